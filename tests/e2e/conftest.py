"""The engine that the whole room shares."""

from collections.abc import Iterator

import pytest

from tests.e2e.cloud import Cloud
from tests.e2e.deadly import Way, way_to
from tests.e2e.deployer import hired
from tests.engines import (
    Guarded,
    aws_environment,  # noqa: F401
    guarded_ministack,  # noqa: F401
    strict,  # noqa: F401
    strict_ministack,  # noqa: F401
    strictness,  # noqa: F401
)


@pytest.fixture(scope="module")
def cloud(
    guarded_ministack: Guarded,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Cloud:
    """The engine as a deployer uses it who is no administrator."""
    root = Cloud(guarded_ministack.endpoint, guarded_ministack.certificate)
    return hired(root, tmp_path_factory.mktemp("calls") / "calls")


@pytest.fixture(scope="module")
def plain(strict_ministack: str) -> Cloud:  # noqa: F811
    """An engine that is as strict as AWS, as an administrator uses it."""
    return Cloud(strict_ministack)


@pytest.fixture
def way(strict_ministack: str) -> Iterator[Way]:  # noqa: F811
    """A way to the engine of `plain`."""
    with way_to(strict_ministack) as way:
        yield way
