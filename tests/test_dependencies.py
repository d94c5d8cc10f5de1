"""What is imported is declared, and what is used from inside cannot change under it."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.contracts import ROOT
from tests.imports import imports_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGED: list[str] = PROJECT["dependencies"]
EVERYTHING: list[str] = PACKAGED + PROJECT["optional-dependencies"]["cli"]
KNOWN = packages_distributions()
"""The distributions of each module that is installed; to look takes a second."""
ONLY_HERE = ["ruamel-yaml"]
"""The function reads JSON: only a developer's machine has a contract in YAML."""


def canonical(requirement: str) -> str:
    """The name alone, as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def distributions(path: Path) -> set[str]:
    """The distributions of the modules that a file imports when it runs."""
    names = {each.name.partition(".")[0] for each in imports_of(path, ROOT) if not each.for_types}
    outside = names - sys.stdlib_module_names - {"service", "infra"}
    return {canonical(KNOWN[name][0]) for name in outside if name in KNOWN}


@pytest.mark.parametrize(
    ("room", "declared"),
    [("service", PACKAGED + ONLY_HERE), ("infra", EVERYTHING)],
    ids=["service", "infra"],
)
def test_what_is_imported_is_declared(room: str, declared: list[str]) -> None:
    names = set(map(canonical, declared))
    for path in sorted((ROOT / room).rglob("*.py")):
        assert distributions(path) <= names, path


def test_uvicorn_stays_the_one_that_the_protocol_is_built_on() -> None:
    (uvicorn,) = (each for each in EVERYTHING if canonical(each) == "uvicorn")
    version = re.fullmatch(r"uvicorn>=0\.(\d+)(?:\.\d+)?,<0\.(\d+)", uvicorn)
    assert version
    assert int(version[2]) == int(version[1]) + 1
