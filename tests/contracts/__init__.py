"""Contracts that the tests serve."""

from functools import cache
from pathlib import Path

from service.contract import Contract
from service.derivation import derive
from service.document import read

ROOT = Path(__file__).parents[2]
TODOS = ROOT / "openapi.yaml"
CUSTOMERS = ROOT / "examples" / "customers.yaml"
LIBRARY = Path(__file__).with_name("library.yaml")
ALL = (TODOS, CUSTOMERS, LIBRARY)


@cache
def load(path: Path) -> Contract:
    return derive(read(path))
