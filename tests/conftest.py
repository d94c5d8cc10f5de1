"""For every test: machines that pause now and then are no fault of what is tested."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.least_privilege"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=2, help="of the browser, ten writes each [2]")
    parser.addoption("--examples", type=int, default=60, help="of each phase of Schemathesis [60]")
