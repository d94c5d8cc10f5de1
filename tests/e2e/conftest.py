"""The engine that the whole room shares."""

import pytest

from tests.e2e.cloud import Cloud
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
