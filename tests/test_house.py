"""The house as a whole: who may import whom, and that what stands in the files is true."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import ROOT

RANKS = [
    ["service.stores.dynamodb", "service.stores.sqlite", "service.stores.attributes"],
    ["service.stores"],
    ["service.document", "service.problems", "service.cors"],
    ["service.schemas", "service.bodies"],
    ["service.contract", "service.items"],
    ["service.headers"],
    ["service.derivation", "service.validation"],
    ["service.operations"],
    ["service.application", "service.wsgi"],
    ["service.proxy"],
    ["service.lambda_function"],
]
"""Each module may import the ranks above its own; stores know nothing but their promises."""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SERVICE = sorted((ROOT / "service").rglob("*.py"))
INFRA = sorted((ROOT / "infra").rglob("*.py"))


@pytest.mark.parametrize("path", SERVICE, ids=module)
def test_the_service_imports_only_what_stands_before_it(path: Path) -> None:
    order = {name: rank for rank, names in enumerate(RANKS) for name in names}
    own = module(path)
    if own == "service":
        return
    for name in imports(path):
        assert not name.startswith(("infra", "tests")), name
        if name.startswith("service") and own != "service.lambda_function":
            if own.startswith("service.stores"):
                assert name.startswith("service.stores"), name
            else:
                assert order[name] < order[own], name


@pytest.mark.parametrize("path", INFRA, ids=module)
def test_only_the_command_that_serves_calls_the_lambda_function(path: Path) -> None:
    names = {name for name in imports(path) if name.startswith("service.lambda_function")}
    assert not names or module(path) == "infra.serve"


@pytest.mark.parametrize("path", [*SERVICE, *INFRA], ids=module)
def test_every_module_says_first_what_it_owns(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))
