"""The engine that the whole room shares."""

import pytest

from tests.e2e.cloud import Cloud
from tests.engines import aws_environment, ministack  # noqa: F401


@pytest.fixture(scope="module")
def cloud(ministack: str) -> Cloud:  # noqa: F811
    return Cloud(ministack)
