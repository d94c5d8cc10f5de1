"""The suite's own contracts: what `openapi.yaml` makes use of, they make use of as well."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.contract.document import read
from tests.contracts import ALL, SHIPPED

NAMED = {"paths", "schemas", "properties", "headers", "examples", "links"}
"""Below these stand the contract's own names; what is called so says nothing to the code."""
PROSE = {"info", "servers", "tags", "example", "default", "enum"}


def traits(node: Any, within: str = "") -> Iterator[tuple[str, object]]:
    """Each keyword, where it stands, and its value if it is one of a few."""
    if isinstance(node, list):
        for each in node:
            yield from traits(each, within)
    elif isinstance(node, dict):
        for key, value in node.items():
            if within in NAMED:
                yield from traits(value)
            else:
                told = isinstance(value, bool) or key in ("type", "format", "in", "name")
                yield f"{within}.{key}", value if told and not isinstance(value, dict) else None
                if key not in PROSE:
                    yield from traits(value, key)


@pytest.mark.shipped
def test_what_openapi_yaml_makes_use_of_is_in_a_contract_of_the_suite() -> None:
    """If this fails, write the same into `tests/contracts/`: it is tested nowhere else."""
    own = {trait for path in ALL for trait in traits(read(path).data)}
    assert set(traits(read(SHIPPED).data)) - own == set()


def test_names_are_no_traits_and_what_is_said_of_them_is() -> None:
    document = {"paths": {"/x": {"get": {"deprecated": True}}}}
    assert set(traits(document)) == {(".paths", None), (".get", None), ("get.deprecated", True)}
