"""How long to fuzz."""

import pytest


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> int:
    number: int = pytestconfig.getoption("--examples")
    return number
