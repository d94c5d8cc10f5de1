"""How many creates a second the index of a list takes, told with the largest item."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.capacity import Capacity, capacity
from service.application import create_app
from service.contract.derivation import derive
from service.contract.document import read
from service.problems import MAX_BODY_BYTES
from service.proxy import create_handler
from service.stores.attributes import to_value
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.limits import item_bytes
from tests.client import Client
from tests.commands import call
from tests.contracts import ALL, LIBRARY, ROOT, SHIPPED, TODOS, load
from tests.engines import patient_client

TABLE = "Capacity"
WIDE = "😀"
Json = dict[str, Any]


def largest(path: Path) -> Capacity:
    found = capacity(load(path))
    assert found is not None
    return found


def test_the_largest_item_is_as_large_as_dynamodb_keeps_it(ministack: str) -> None:
    contract = load(TODOS)
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as engine:
        engine.create_table(**table_definition(TABLE, contract.filters))
        store = DynamoDBStore(patient_client(ministack), TABLE, contract.filters)
        client = Client(create_handler(create_app(contract, store), lambda _: None))
        body = {"title": WIDE * 200, "description": WIDE * 2000, "completed": False}
        assert client.post("/todos", body, idempotency_key="k").status == 201
        (kept,) = engine.scan(TableName=TABLE)["Items"]
    assert largest(TODOS).item_bytes == item_bytes(
        {name: to_value(value) for name, value in kept.items()}
    )


def test_what_one_partition_takes_is_divided_by_the_kilobytes_of_an_item() -> None:
    assert [Capacity("a", size).creates for size in (1, 1024, 1025, 9193, 65_536)] == [
        *(1000, 1000, 500, 111, 15)
    ]


@pytest.mark.shipped
def test_the_documentation_tells_what_the_to_dos_allow() -> None:
    told = f"or {largest(SHIPPED).creates} of the largest to-do; the throttle, `--rate`"
    page = ROOT / "docs" / "architecture.md"
    assert told in " ".join(page.read_text("utf-8").split())


def changed(change: Callable[[Json], object]) -> int:
    """The largest item when the description of a to-do is another."""
    document = read(TODOS)
    schema = document.data["components"]["schemas"]["Description"]
    schema.clear()
    change(schema)
    for name in ("Todo", "TodoInput"):
        item = document.data["components"]["schemas"][name]
        item["required"] = ["title"]
        item["properties"]["description"] = {"$ref": "#/components/schemas/Description"}
    found = capacity(derive(document))
    assert found is not None
    return found.item_bytes - changed_by_nothing()


def changed_by_nothing() -> int:
    """The largest item but for its description."""
    return largest(TODOS).item_bytes - 4 * 2000


MOST = MAX_BODY_BYTES * 3 // 2
CLOSED = {"type": "object", "additionalProperties": False}
TEXT = {"type": "string", "maxLength": 10}


@pytest.mark.parametrize(
    ("schema", "size"),
    [
        (TEXT, 40),
        ({"type": "string", "format": "uuid"}, 36),
        ({"type": "string", "enum": ["a", "é"]}, 2),
        ({"allOf": [{"type": "string"}], "maxLength": 3}, 12),
        ({"type": "boolean"}, 1),
        ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, 12),
        ({"type": "number"}, 24),
        ({"type": "array", "maxItems": 3, "items": TEXT}, 3 + 3 * 41),
        ({**CLOSED, "properties": {"ab": TEXT, "c": {"type": "boolean"}}}, 3 + 43 + 3),
        ({"oneOf": [TEXT, {"type": "boolean"}]}, 40),
    ],
    ids=str,
)
def test_each_kind_of_value_counts_as_dynamodb_counts_it(schema: Json, size: int) -> None:
    assert changed(lambda empty: empty.update(schema)) == size


@pytest.mark.parametrize(
    ("schema", "most"),
    [
        ({"type": "string"}, MAX_BODY_BYTES),
        ({"type": "string", "maxLength": 10**9}, MAX_BODY_BYTES),
        ({"type": "array", "items": TEXT}, MOST),
        ({"type": "array", "maxItems": 10**9, "items": TEXT}, MOST),
        ({"type": "object", "properties": {"a": TEXT}}, MOST),
        ({**CLOSED, "properties": {"a": {"$ref": "#/components/schemas/Description"}}}, MOST),
    ],
    ids=str,
)
def test_no_item_is_larger_than_a_body_can_hold(schema: Json, most: int) -> None:
    title = len("title") + 4 * 200 + len("description") + len("completed") + 1
    assert changed(lambda empty: empty.update(schema)) == most - title


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_document_tells_it_beside_the_document(path: Path, tmp_path: Path) -> None:
    told = f"{largest(path)}\n"
    assert call("document", "--contract", path, cwd=tmp_path).stderr == told
    summary = call("document", "--summary", "--contract", path, cwd=tmp_path)
    assert (summary.stdout.endswith(told), summary.stderr) == (True, "")


def test_a_contract_that_creates_nothing_has_no_such_number() -> None:
    document = read(LIBRARY)
    for path in document.data["paths"].values():
        path.pop("post", None)
        path.pop("put", None)
    assert capacity(derive(document)) is None
