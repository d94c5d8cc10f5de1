"""The drivers: what they cannot do is named, and named once."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from tests.browser.drivers.limits import LIMITS, limit

FOLDER = Path(__file__).parent
TESTS = {
    each.name
    for path in FOLDER.glob("test_*.py")
    for each in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
}


@pytest.mark.parametrize("engine", LIMITS)
def test_every_limit_is_one_of_a_test_that_there_is(engine: str) -> None:
    named = [*chain.from_iterable(LIMITS[engine].values())]
    assert len(named) == len(set(named))
    assert {*named} <= TESTS


def test_chromium_runs_every_test() -> None:
    assert [name for name in TESTS if limit("chromium", name)] == []
