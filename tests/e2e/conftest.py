"""The engine that the whole room shares."""

from collections.abc import Iterator

import pytest

from tests.e2e.cloud import Cloud
from tests.engines import (
    Guarded,
    Strictness,
    aws_environment,  # noqa: F401
    guarded_ministack,  # noqa: F401
    strict_ministack,  # noqa: F401
    strictness,  # noqa: F401
)


@pytest.fixture(scope="module")
def cloud(guarded_ministack: Guarded) -> Cloud:  # noqa: F811
    return Cloud(guarded_ministack.endpoint, guarded_ministack.certificate)


@pytest.fixture
def strict(strictness: Strictness) -> Iterator[Strictness]:  # noqa: F811
    """What a test may make stricter than usual; afterwards it is as before."""
    yield strictness
    strictness.set()
