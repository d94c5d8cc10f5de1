"""Every link of a contract leads on (OpenAPI, "Link Object"): from what is created to its item."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from service.contract.document import read
from service.contract.model import Contract, Operation
from tests.client import Client, Reply
from tests.contracts import ALL, CUSTOMERS, LIBRARY, TODOS, load
from tests.service.conftest import ServeContract
from tests.service.test_enforcement import value_of

BODY = "$response.body#/"


class Link(NamedTuple):
    """What stands in a response: `source` is answered, and `target` may be called next."""

    source: Operation
    name: str
    target: Operation
    parameters: dict[str, str]


def links(contract: Contract) -> Iterator[Link]:
    for source in contract.operations.values():
        place = ("paths", source.path, source.method, "responses", source.success)
        _, response = contract.document.resolve(place)
        for name, link in response.get("links", {}).items():
            yield Link(source, name, contract.operations[link["operationId"]], link["parameters"])


LINKS = [
    pytest.param(path, each, id=f"{each.source.id}-{each.name}")
    for path in ALL
    for each in links(load(path))
]


def call(client: Client, contract: Contract, operation: Operation, path: str) -> Reply:
    body: Any = None
    if operation.body is not None:
        place = ("paths", operation.path, operation.method, "requestBody")
        content = (*contract.document.resolve(place)[0], "content", "application/json", "schema")
        body = value_of(contract.document, content)
    return client.request(operation.method.upper(), path, body)


@pytest.mark.parametrize(("path", "link"), LINKS)
def test_a_link_leads_on(serve: ServeContract, path: Path, link: Link) -> None:
    client, contract = serve(path), load(path)
    answered = call(client, contract, link.source, link.source.path)
    assert str(answered.status) == link.source.success
    following = link.target.path
    for name, expression in link.parameters.items():
        assert expression.startswith(BODY)
        value = answered.json[expression.removeprefix(BODY)]
        following = following.replace(f"{{{name}}}", str(value))
    reply = call(client, contract, link.target, following)
    assert str(reply.status) == link.target.success


@pytest.mark.parametrize("path", [TODOS, CUSTOMERS, LIBRARY], ids=lambda path: path.stem)
def test_every_operation_on_an_item_is_linked_from_its_creation(path: Path) -> None:
    """So that whoever creates an item, a fuzzer too, knows what to do with it."""
    contract = load(path)
    linked = {link.target.id for link in links(contract)}
    assert linked == {
        each.id for each in contract.operations.values() if each.rule and each.rule.of_item
    }


def test_a_list_without_a_limit_links_to_what_it_takes(
    serve: ServeContract, tmp_path: Path
) -> None:
    data = copy.deepcopy(read(LIBRARY).data)
    browse = data["paths"]["/books"]["get"]
    browse["parameters"].pop(0)
    page = browse["responses"]["200"]["content"]["application/json"]["schema"]
    page["properties"]["count"]["maximum"] = 100
    (tmp_path / "books.json").write_bytes(orjson.dumps(data))
    books = serve(tmp_path / "books.json")
    for _ in range(51):
        books.post("/books", {"name": "One", "genre": "travel", "pages": 1})
    target = re.match("<([^>]+)>", books.get("/books?genre=travel").headers["link"])
    assert target is not None
    rest = books.get(f"/books{target[1]}")
    assert (rest.status, rest.json["count"]) == (200, 1)
