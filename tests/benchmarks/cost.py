"""What a request costs at DynamoDB: units of the table and all its indexes, as they are metered.

Writes are metered by the engine that stands in for AWS. Its meter of reads counts questions and no
bytes, so a page is counted from the items that the engine keeps, by AWS's rule: half a unit for
each 4 KB of a page, read eventually consistent, the last one begun counting whole. AWS: DynamoDB
read and write operations (read 2026-11-26).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import boto3

from service.application import create_app
from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract
from service.proxy import create_handler
from service.stores.attributes import to_value
from service.stores.client import create_client
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.limits import item_bytes
from tests.benchmarks.cases import PAGE, SENT
from tests.client import Client, Reply
from tests.contracts import TODOS
from tests.engines import aws_credentials, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECTION = "Cost of a write"
"""Of `docs/figures.md`."""

INDEXES = (1, 2, 5)
LABELS = {"colour": "teal", "place": "at home", "project": "serverless"}
"""Further properties, each a filter: an index of its own."""

LABEL: Mapping[str, Any] = {"type": "string", "maxLength": 20, "example": "teal"}

WIDE = "😀"
"""No character takes more bytes."""

LARGEST = {
    "title": WIDE * 200,
    "description": WIDE * 2000,
    **dict.fromkeys(LABELS, WIDE * LABEL["maxLength"]),
}
ITEMS: dict[str, dict[str, str]] = {"guide's": {}, "largest": LARGEST}
"""What differs from the guide's own."""

CASES = {
    "create": "create",
    "update": "update of the title",
    "move": "update of completed",
    "page": f"list of {PAGE}",
}

Units = Mapping[str, float]
"""By case."""

Costs = Mapping[str, Mapping[int, Units]]
"""By item and number of indexes."""


@dataclass
class Meter:
    """A client of DynamoDB that asks what each call consumes."""

    client: Any
    units: float = 0.0
    """Of the last call."""

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self.client, operation)

        def metered(**arguments: Any) -> Any:
            answer = method(**arguments, ReturnConsumedCapacity="TOTAL")
            self.units = answer["ConsumedCapacity"]["CapacityUnits"]
            return answer

        return metered


def measure_costs() -> Costs:
    """On an engine of its own, which is started for it."""
    with aws_credentials(), TemporaryDirectory() as folder, running(Path(folder)) as endpoint:
        return costs(endpoint)


def costs(endpoint: str) -> Costs:
    """Of every item with every number of indexes."""
    return {
        item: {number: _units(endpoint, changes, number) for number in INDEXES}
        for item, changes in ITEMS.items()
    }


def as_table(costs: Costs) -> Iterator[str]:
    """Lines of Markdown."""
    columns = [(item, number) for item, by_number in costs.items() for number in by_number]
    yield f"| units | {' | '.join(f'{item} item, {_indexes(n)}' for item, n in columns)} |"
    yield f"| --- |{' --- |' * len(columns)}"
    for case, title in CASES.items():
        cells = " | ".join(f"{costs[item][number][case]:g}" for item, number in columns)
        yield f"| {title} | {cells} |"


def as_json(costs: Costs) -> list[dict[str, Any]]:
    return [
        {"item": item, "indexes": number, "units": dict(units)}
        for item, by_number in costs.items()
        for number, units in by_number.items()
    ]


def with_indexes(number: int) -> Contract:
    """The to-dos with so many filters that their table has that number of indexes."""
    document = read(TODOS).data
    listing = document["paths"]["/todos"]["get"]
    if number == 1:
        listing["parameters"] = [
            each for each in listing["parameters"] if each.get("name") != "completed"
        ]
    for name in labels(number):
        told = {"name": name, "in": "query", "description": f"Exactly this {name}"}
        listing["parameters"].append({**told, "schema": LABEL})
        for each in document["components"]["schemas"].values():
            if {"title", "completed"} <= each.get("properties", {}).keys():
                each["properties"][name] = LABEL
                if "example" in each:
                    each["example"][name] = LABELS[name]
    return bind(derive(Document(document)))


def labels(number: int) -> dict[str, str]:
    """The further properties that an item has then."""
    return dict(islice(LABELS.items(), max(number - 2, 0)))


def _units(endpoint: str, changes: Mapping[str, str], number: int) -> Units:
    contract = with_indexes(number)
    table = f"Cost-{uuid4().hex}"
    with closing(boto3.client("dynamodb", endpoint_url=endpoint)) as engine:
        engine.create_table(**table_definition(table, contract.filters))
        meter = Meter(create_client(endpoint))
        store = DynamoDBStore(cast("DynamoDBClient", meter), table, contract.filters)
        client = Client(create_handler(create_app(contract, store), lambda _: None))
        whole = {**SENT, **labels(number)}
        body = {name: changes.get(name, value) for name, value in whole.items()}
        units = dict(_writes(client, meter, body))
        for _ in range(PAGE):  # with the first, one more than a page: a list reads that as well
            _answered(client.post("/todos", body), 201)
        items = engine.scan(TableName=table)["Items"]
    return {**units, "page": _page_units(items)}


def _writes(client: Client, meter: Meter, body: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    created = _answered(client.post("/todos", body, idempotency_key="k"), 201)
    yield "create", meter.units
    path = f"/todos/{created.json['id']}"
    _answered(client.put(path, {"title": body["title"][::-1]}), 200)
    yield "update", meter.units
    _answered(client.put(path, {"completed": True}), 200)
    yield "move", meter.units


def _answered(reply: Reply, status: int) -> Reply:
    assert reply.status == status, reply
    return reply


def _page_units(items: Iterable[Mapping[str, Any]]) -> float:
    size = sum(
        item_bytes({name: to_value(value) for name, value in item.items()}) for item in items
    )
    return -(-size // 4096) / 2


def _indexes(number: int) -> str:
    return f"{number} index" if number == 1 else f"{number} indexes"
