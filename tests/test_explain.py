"""`todo-api explain`: what it says of an operation is what is metered, and what others say."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest

from infra.explain import explained
from infra.prices import Calls
from infra.units import units
from service.application import create_app
from service.contract.model import Contract
from service.proxy import create_handler
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from tests.benchmarks.cost import INDEXES, WIDE, Meter, labels, with_indexes
from tests.client import Client
from tests.commands import call
from tests.contracts import ACTIONS, LIBRARY, ROOT, SIGNED_IN, TODOS, load
from tests.engines import aws_environment, ministack, patient_client  # noqa: F401


def largest(number: int, mark: str) -> Mapping[str, Any]:
    """The largest item there may be with so many indexes; the mark tells two of them apart."""
    filters = dict.fromkeys(labels(number), mark + WIDE * 19)
    body = {"title": WIDE * 200, "description": WIDE * 2000, **filters}
    return body if number == 1 else {**body, "completed": mark == "b"}


@pytest.fixture(params=INDEXES)
def metered(
    request: pytest.FixtureRequest,
    ministack: str,  # noqa: F811
) -> Iterator[tuple[Contract, int, Client, Meter]]:
    """A contract with so many indexes, its API, and the meter of its table."""
    contract, table = with_indexes(request.param), f"Explain-{uuid4().hex}"
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as engine:
        engine.create_table(**table_definition(table, contract.filters))
    with closing(patient_client(ministack)) as client:
        meter = Meter(client)
        store = DynamoDBStore(cast(Any, meter), table, contract.filters)
        app = create_app(contract, store)
        yield contract, request.param, Client(create_handler(app, lambda _: None)), meter


def test_the_units_of_writes_are_those_that_are_metered(
    metered: tuple[Contract, int, Client, Meter],
) -> None:
    """Of the largest item, with every filter changed."""
    contract, number, client, meter = metered

    def told(id: str) -> float:
        found = units(contract, contract.operations[id])
        assert found is not None
        return found.write

    made = client.post("/todos", largest(number, "a"))
    assert (made.status, meter.units) == (201, told("createTodo"))
    path = f"/todos/{made.json['id']}"
    assert client.put(path, largest(number, "b")).status == 200
    assert meter.units == told("updateTodo")
    assert client.delete(path).status == 204
    assert meter.units == told("deleteTodo")


def test_the_units_of_reads_follow_from_the_largest_item() -> None:
    """9 KB are three blocks of 4 KB; a page of 100 reads one item more, 226 blocks."""
    contract = load(TODOS)
    got, listed = (units(contract, contract.operations[id]) for id in ("getTodo", "listTodos"))
    assert got is not None
    assert listed is not None
    assert (got.read, listed.read) == (3, 113)


def test_a_page_tells_all_there_is_to_know_of_an_operation() -> None:
    contract = load(LIBRARY)
    text = explained(contract, contract.operations["browseBooks"], "library.yaml")
    assert text.startswith("browseBooks: GET /books  (library.yaml:")
    for part in (
        "the rule list",
        "  anybody",
        "one Query; IAM: dynamodb:Query on its indexes",
        "with the filter genre: reads byGenre",
        "what stands in limit, cursor, genre, shelf, copies",
        "TableThrottlesAlarm: The table throttles requests",
        "A million calls cost at most",
    ):
        assert part in text


def test_units_are_told_of_the_example_and_of_the_largest_item() -> None:
    contract = load(TODOS)
    text = "".join(explained(contract, each, "x") for each in contract.operations.values())
    assert re.findall(r"(\w+ units with .*)", text) == [
        "read units with the contract's example: 2.5 for a page of 50, 5 for a page of 100",
        "read units with the largest item, 9 KB: 57 for a page of 50, 113 for a page of 100",
        "write units with the contract's example: 3",
        "write units with the largest item, 9 KB: 27",
        "read units with the contract's example: 1",
        "read units with the largest item, 9 KB: 3",
        "write units with the contract's example: 3, 4 if every filter's value changes",
        "write units with the largest item, 9 KB: 27, 36 if every filter's value changes",
        "write units with the contract's example: 3",
        "write units with the largest item, 9 KB: 27",
    ]


def test_who_may_call_is_told() -> None:
    contract = load(SIGNED_IN)
    text = explained(contract, contract.operations["updateTodo"], "x")
    assert "people who signed in, with todos/read and todos/write, each for their own" in text


def test_a_function_tells_that_it_is_one() -> None:
    contract = load(ACTIONS)
    text = explained(contract, contract.operations["health"], "x")
    assert "the function health" in text
    assert "and what its function does with the table" in text


def test_an_operation_that_is_not_there_is_told_with_those_that_are() -> None:
    ended = call("explain", "createTodoo", "--contract", TODOS, cwd=ROOT)
    assert ended.returncode == 2
    assert "createTodo," in ended.stderr


def test_prices_are_those_of_the_page_about_costs() -> None:
    """A million requests, one in five a write to the table and two indexes."""
    row = next(
        line
        for line in (ROOT / "docs" / "costs.md").read_text("utf-8").splitlines()
        if line.startswith("| 1 million")
    )
    api, function, _, logs, traffic = (float(each) for each in row.split("|")[2:7])
    parts = Calls(1_000_000, 0, 0, 2000).parts
    assert [round(parts[each], 2) for each in ("API Gateway", "Lambda", "logs", "traffic")] == [
        api,
        function,
        logs,
        traffic,
    ]
