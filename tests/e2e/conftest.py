"""The engine that the whole room shares."""

from collections.abc import Iterator

import pytest

from tests.e2e.cloud import Cloud
from tests.engines import aws_environment, ministack  # noqa: F401


@pytest.fixture(scope="module")
def cloud(ministack: str) -> Iterator[Cloud]:  # noqa: F811
    yield Cloud(ministack)
