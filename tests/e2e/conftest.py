"""The engine that the whole room shares."""

import pytest

from tests.e2e.cloud import Cloud
from tests.engines import (
    Guarded,
    aws_environment,  # noqa: F401
    guarded_ministack,  # noqa: F401
    strict_ministack,  # noqa: F401
    strictness,  # noqa: F401
)


@pytest.fixture(scope="module")
def cloud(guarded_ministack: Guarded) -> Cloud:  # noqa: F811
    return Cloud(guarded_ministack.endpoint, guarded_ministack.certificate)
