"""For every test: machines that pause now and then are no fault of what is tested."""

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.least_privilege"]

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine", default="chromium", help="of the browser: chromium, firefox, webkit"
    )
    parser.addoption("--kills", type=int, help="kill the browser that often, amid ten writes each")
    parser.addoption("--examples", type=int, default=60, help="of each phase of Schemathesis [60]")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """To kill browsers takes minutes: it is asked for, by `make kills`."""
    if collection_path.name == "test_kills.py" and not config.getoption("--kills"):
        return True
    return None
