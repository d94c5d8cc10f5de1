"""Every example of a contract is true: it is valid, and what is sent as it stands is answered."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from service.contract.document import Document, Place
from service.contract.model import Contract, Operation
from service.contract.parts import whole
from service.contract.rules import Rule
from service.contract.schemas import schema_at
from tests.client import Client, Reply
from tests.contracts import CUSTOMERS, SHIPPED, SIGNED_IN, TODOS, load
from tests.service.conftest import ServeContract

EXAMPLES = pytest.mark.parametrize(
    "path",
    [TODOS, CUSTOMERS, SIGNED_IN, pytest.param(SHIPPED, marks=pytest.mark.shipped)],
    ids=lambda path: path.stem,
)


def holders(node: Any, place: Place = ()) -> Iterator[Place]:
    """Where an `example` or `examples` of OpenAPI stands: beside a schema, or in one."""
    if isinstance(node, list):
        node = {str(number): each for number, each in enumerate(node)}
    if not isinstance(node, dict):
        return
    if {"example", "examples"} & node.keys() and place[-1:] != ("properties",):
        yield place
    for key, each in node.items():
        if key not in ("example", "examples", "default", "enum"):
            yield from holders(each, (*place, str(key)))


def values(holder: Mapping[str, Any]) -> list[Any]:
    several = holder.get("examples", {})
    found = several if isinstance(several, list) else [each["value"] for each in several.values()]
    return [*found, *([holder["example"]] if "example" in holder else [])]


def sent(document: Document, operation: Operation) -> Iterator[tuple[str, Any]]:
    """The examples of a request's body, by media type."""
    for media_type, schema in operation.body_places.items():
        body = document.resolve((*operation.place, "requestBody"))[1]
        found = values(body["content"][media_type]) or values(whole(document, schema)[1])
        yield from ((media_type, each) for each in found)


@EXAMPLES
def test_every_example_is_valid(path: Path) -> None:
    document = load(path).document
    places = list(holders(document.data))
    for place in places:
        holder = document.at(place)
        schema = (*place, "schema") if "schema" in holder else place
        for value in values(holder):
            assert schema_at(document, schema).faults(value) == [], place
    assert len(places) > 8


@EXAMPLES
def test_every_example_of_a_body_is_sent_and_answered_as_documented(
    path: Path, serve: ServeContract
) -> None:
    """The answer is held against the contract by the client, and shows what was sent."""
    contract, client = load(path), serve(path)
    seen = 0
    for operation in contract.operations.values():
        for media_type, body in sent(contract.document, operation):
            answer = answered(client, contract, operation, media_type, body)
            assert str(answer.status) == operation.success, answer.body
            if answer.body:
                assert body.items() <= answer.json.items(), operation.id
            seen += 1
    assert seen > 1


@EXAMPLES
def test_every_example_of_a_path_names_an_item_that_may_be_missing(
    path: Path, serve: ServeContract
) -> None:
    contract, client = load(path), serve(path)
    for operation in contract.operations.values():
        if operation.rule is Rule.GET:
            where, parameter = id_of(contract, operation)
            for example in values(parameter) or values(whole(contract.document, where)[1]):
                target = re.sub(r"{[^}]+}", str(example), operation.path)
                assert client.request("GET", target).status == 404


def id_of(contract: Contract, operation: Operation) -> tuple[Place, Mapping[str, Any]]:
    """The place of its schema, and the parameter itself."""
    document = contract.document
    parameters = document.at(operation.place)["parameters"]
    for number in range(len(parameters)):
        where, found = document.resolve((*operation.place, "parameters", str(number)))
        if found["in"] == "path":
            return (*where, "schema"), found
    raise LookupError(operation.id)


def answered(
    client: Client, contract: Contract, operation: Operation, media_type: str, body: Any
) -> Reply:
    """To a body sent as an example has it: an update changes an item that was made before it."""
    target = operation.path
    if "{" in target:
        create = next(
            each
            for each in contract.operations.values()
            if each.rule is Rule.CREATE and each.of == operation.of
        )
        _, first = next(sent(contract.document, create))
        made = client.request("POST", create.path, first)
        assert made.status == int(create.success), made.body
        target = f"{create.path}/{made.json[operation.collection.id]}"
    headers = {"Content-Type": media_type}
    return client.request(operation.method.upper(), target, body, headers)
