"""For every test: how much is left to chance, and what is asked for by name only."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.least_privilege"]

# Machines that pause now and then are no fault of what is tested.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few", patient, max_examples=50)
settings.register_profile("many", patient, max_examples=300)  # make fuzz
settings.load_profile("few")

_LONGEST_NAME = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine", default="chromium", help="of the browser: chromium, firefox, webkit"
    )
    parser.addoption("--kills", type=int, help="kill the browser that often, amid ten writes each")
    parser.addoption("--examples", type=int, default=30, help="of each phase of Schemathesis [30]")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """To kill browsers takes minutes: it is asked for, by `make kills`."""
    if collection_path.name == "test_kills.py" and not config.getoption("--kills"):
        return True
    return None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A name for what is too long to be one: workers send the name of each test to one another."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_NAME:
        return argname
    return None
