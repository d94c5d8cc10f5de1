"""Filling: items that were there before a filter are found by it."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.stage import Stage
from infra.callers.items import Items, _Passing
from infra.deploy.fill import _Filling, begin_anew, fill
from service.stores import Filters, ItemMissing, Position, Scope
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.shards import shard_of
from tests.engines import aws_environment, ministack, patient_client  # noqa: F401

THINGS = Scope("things", "everyone")
WIDE: Filters = {"things": {"colour": None, "size": 3}}
NARROW: Filters = {"things": {}}


class Stopped(Exception):
    """As Ctrl-C would."""


class Table:
    """A table with all indexes, its items written before there was any filter."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.name = f"Items-{uuid4().hex}"
        self.artifacts = Artifacts(account, Stage("dev"))
        self.artifacts.create()
        account.client("dynamodb").create_table(**table_definition(self.name, WIDE))
        self.before = DynamoDBStore(patient_client(), self.name, NARROW)
        self.after = DynamoDBStore(patient_client(), self.name, WIDE)
        self.told: list[str] = []

    def put(self, number: int, **values: Any) -> str:
        id = f"{number:06d}"
        self.before.create(THINGS, Position(number, id), values, uuid4().hex, None)
        return id

    def fill(self) -> int:
        return fill(self.account, self.artifacts, self.name, WIDE, self.told.append)

    def stop_filling(self, filters: Filters) -> None:
        """Begin to fill, and stop when the first page is done."""

        def stop(_: str) -> None:
            raise Stopped

        with pytest.raises(Stopped):
            fill(self.account, self.artifacts, self.name, filters, stop)

    def item(self, id: str) -> dict[str, Any]:
        """Its attributes."""
        client = self.account.client("dynamodb")
        found: dict[str, Any] = client.get_item(TableName=self.name, Key={"id": {"S": id}})["Item"]
        return found

    def found(self, **filters: Any) -> set[str]:
        ids, after = set(), None
        while True:
            page = self.after.list(THINGS, filters, 100, after)
            ids |= {item.values["id"] for item in page.items}
            if not (after := page.next):
                return ids


@pytest.fixture
def table(ministack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    made = Table(Account())
    yield made
    made.account.client("dynamodb").delete_table(TableName=made.name)


def test_items_from_before_a_filter_are_found_by_it(table: Table) -> None:
    red = {table.put(n, colour="red") for n in range(60)}
    table.put(60, colour="blue")
    assert table.found(colour="red") == set()
    assert table.fill() == 61
    assert table.found(colour="red") == red


def test_items_without_the_property_count_as_its_default(table: Table) -> None:
    old = table.put(1)
    table.fill()
    assert table.found(size=3) == {old}
    assert table.found(colour="red") == set()


def test_an_item_keeps_its_version(table: Table) -> None:
    id = table.put(1, colour="red")
    token = table.before.get(THINGS, id).token
    table.fill()
    assert table.after.get(THINGS, id).token == token


def test_filling_again_changes_nothing(table: Table) -> None:
    table.put(1, colour="red")
    assert table.fill() == 1
    assert table.fill() == 0


def test_a_key_from_an_older_life_of_the_filter_is_corrected(table: Table) -> None:
    """The filter went, the item changed without it, and the filter came back."""
    id = "000001"
    table.after.create(THINGS, Position(1, id), {"colour": "red", "size": 1}, "a", None)
    table.before.update(THINGS, id, {"colour": "blue", "size": None}, "b", None)
    assert table.found(colour="red") == {id}
    table.fill()
    assert (table.found(colour="red"), table.found(colour="blue")) == (set(), {id})
    assert table.found(size=1) == set()


def test_what_somebody_else_put_into_the_table_is_left_alone(table: Table) -> None:
    strange = {"id": {"S": "strange"}, "colour": {"S": "red"}}
    client = table.account.client("dynamodb")
    client.put_item(TableName=table.name, Item=strange)
    assert table.fill() == 0
    assert client.get_item(TableName=table.name, Key={"id": strange["id"]})["Item"] == strange


def test_filling_that_was_stopped_goes_on_where_it_was(table: Table) -> None:
    for number in range(40):
        table.put(number, colour="red", text="x" * 90_000)  # eleven items are a page of 1 MB

    table.stop_filling(WIDE)
    done = len(table.found(colour="red"))
    assert 0 < done < 40
    assert table.fill() == 40 - done
    assert table.told[-1] == f"  {40 - done} items looked at, {40 - done} filled in"
    assert len(table.found(colour="red")) == 40


def test_filling_begins_anew_where_keys_were_not_written_all_the_time(table: Table) -> None:
    """A deployment was stopped and taken back, and its filter is asked for again."""
    for number in range(40):
        table.put(number, colour="red", text="x" * 90_000)

    table.stop_filling(WIDE)
    passed = sorted(table.found(colour="red"))
    table.before.update(THINGS, passed[0], {"colour": "blue"}, "b", None)
    begin_anew(table.artifacts)
    table.fill()
    assert table.found(colour="blue") == {passed[0]}


def test_shards_are_filled_in_with_every_key(table: Table) -> None:
    """That of the list without a filter is new, too."""
    id = table.put(1, colour="red")
    assert fill(table.account, table.artifacts, table.name, WIDE, table.told.append, 4) == 1
    found = table.item(id)
    shard = shard_of(id, 4)
    assert {name: each["S"] for name, each in found.items() if name.startswith("_of")} == {
        "_of4byCreated": f'["things","everyone",{shard}]',
        "_of4byColour": f'["things","everyone","colour","red",{shard}]',
        "_of4bySize": f'["things","everyone","size",3,{shard}]',
    }
    assert fill(table.account, table.artifacts, table.name, WIDE, table.told.append, 4) == 0


def test_an_item_that_is_handed_over_meanwhile_keeps_no_key_of_its_owner(table: Table) -> None:
    """Its version stays, as it has not changed."""
    id = table.put(1, colour="red")
    client = table.account.client("dynamodb")
    filling = _Filling(client, table.name, WIDE, 4)
    stale = table.item(id)
    Items(table.account, table.name).hand_over("things", "everyone", "ann", lambda _: None)
    assert filling.fill(stale)
    found = table.item(id)
    assert all('"ann"' in each["S"] for name, each in found.items() if name.startswith("_of"))


def test_an_item_that_is_filled_in_after_it_was_read_to_be_handed_over_keeps_none_either(
    table: Table,
) -> None:
    """A hand-over is begun before a deployment whose filling overtakes it."""
    id = table.put(1, colour="red")
    client = table.account.client("dynamodb")
    stale = table.item(id)
    assert fill(table.account, table.artifacts, table.name, WIDE, table.told.append, 4) == 1
    passing = _Passing(client, table.name, THINGS, "ann")
    assert passing.pass_on(stale)
    found = table.item(id)
    keys = [each["S"] for name, each in found.items() if name.startswith("_of")]
    assert len(keys) == 3
    assert all('"ann"' in key for key in keys)
    assert not passing.pass_on(stale), "it has been passed on"


def test_other_filters_begin_from_the_first_item(table: Table) -> None:
    for number in range(30):
        table.put(number, colour="red", text="x" * 90_000)

    table.stop_filling({"things": {"size": 3}})
    table.fill()
    assert len(table.found(colour="red")) == 30


def test_items_that_change_meanwhile_end_with_the_key_of_their_last_change(table: Table) -> None:
    """The function of a deployment in progress writes keys itself."""
    ids = [table.put(number, colour="red", text="x" * 20_000) for number in range(100)]
    end = threading.Event()

    def churn() -> None:
        round = 0
        while not end.is_set():
            for id in ids[::7]:
                colour = "blue" if round % 2 else "green"
                table.after.update(THINGS, id, {"colour": colour}, uuid4().hex, None)
            round += 1
        for id in ids[::14]:
            table.after.delete(THINGS, id, None)

    writer = threading.Thread(target=churn)
    writer.start()
    table.fill()
    end.set()
    writer.join()
    for colour in ("red", "green", "blue"):
        for id in table.found(colour=colour):
            assert table.after.get(THINGS, id).values["colour"] == colour
    with pytest.raises(ItemMissing):
        table.after.get(THINGS, ids[0])
    every = {*table.found(colour="red"), *table.found(colour="green"), *table.found(colour="blue")}
    assert every == table.found()
