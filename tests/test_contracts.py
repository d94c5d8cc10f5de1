"""What our contracts owe to the clients that others make of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.contract.document import Place, read
from service.contract.model import Contract
from service.contract.parts import whole
from tests.contracts import ALL, CUSTOMERS, SHIPPED, SIGNED_IN, TODOS, load

EVERY = pytest.mark.parametrize(
    "path", [*ALL, pytest.param(SHIPPED, marks=pytest.mark.shipped)], ids=lambda path: path.stem
)
OURS = pytest.mark.parametrize(
    "path", [TODOS, CUSTOMERS, pytest.param(SHIPPED, marks=pytest.mark.shipped)]
)


def operations(contract: Contract) -> Iterator[tuple[Place, dict[str, Any]]]:
    for each in contract.operations.values():
        place = ("paths", each.path, each.method)
        yield place, contract.document.at(place)


@EVERY
def test_no_optional_parameter_has_an_example(path: Path) -> None:
    """Tools send it unasked: a cursor that was never given out, a tag that is stale."""
    document = load(path).document
    seen = 0
    for place, operation in operations(load(path)):
        for index in range(len(operation.get("parameters", ()))):
            where, declared = document.resolve((*place, "parameters", str(index)))
            if not declared.get("required"):
                schema = whole(document, (*where, "schema"))[1]
                assert not {"example", "examples"} & (declared.keys() | schema.keys()), where
                seen += 1
    assert seen > 3


@OURS
def test_bodies_are_closed_and_whatever_is_answered_is_open(path: Path) -> None:
    document = load(path).document
    bodies = {
        document.resolve((*place, "requestBody", "content", "application/json", "schema"))[0]
        for place, operation in operations(load(path))
        if "requestBody" in operation
    }
    assert len(bodies) == 2
    for place, schema in document.schemas():
        assert ("additionalProperties" in schema) == (place in bodies), place


@OURS
def test_every_operation_says_what_it_does(path: Path) -> None:
    for place, operation in operations(load(path)):
        assert operation["summary"], place
        assert operation["description"], place


@OURS
def test_nobody_has_to_sign_in_and_the_contract_says_so(path: Path) -> None:
    assert load(path).document.data["security"] == []


@pytest.mark.shipped
def test_the_closed_contract_is_openapi_yaml_and_who_may_call_it() -> None:
    """The lines that close it are those of README."""
    own, closed = read(SHIPPED).data, read(SIGNED_IN).data
    assert closed["info"].pop("description").startswith(own["info"].pop("description").rstrip())
    assert closed["components"].pop("securitySchemes").keys() == {"person"}
    assert (closed.pop("security"), own.pop("security")) == ([{"person": ["todos/read"]}], [])
    assert closed["paths"]["/todos"].pop("x-owner") == "caller"
    for path, method in (("/todos", "post"), ("/todos/{id}", "put"), ("/todos/{id}", "delete")):
        assert closed["paths"][path][method].pop("security")
    assert closed == own
