"""Items by their owner: counted, handed over, deleted, and missed where a contract changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.aws.account import Account, Declined, StackError
from infra.aws.artifacts import Artifacts
from infra.aws.stage import Stage
from infra.callers.counted import Counted
from infra.callers.items import Items, _Passing
from infra.callers.owners import HandOver, StageOwners, vanishing
from infra.console import Tell
from infra.deploy.served import live_shards
from service.contract.model import Contract
from service.stores import OWNER, Filters, ItemMissing, Position, Scope
from service.stores.layout import table_with
from service.stores.shards import indexes_in
from tests.aws.stages import nothing, put_up
from tests.contracts import TODOS, load
from tests.contracts.closed import closed_file
from tests.engines import patient_client, patient_store

ANN, BOB = "5f0cc5aa-0000-4000-8000-000000000001", "5f0cc5aa-0000-4000-8000-000000000002"
FILTERS: Filters = {"todos": {"completed": None}, "others": {}}
PROD = Stage("prod")


def handing_over(table: "Table", contract: Contract, tell: Tell = nothing) -> HandOver:
    owners = StageOwners(table.account, PROD)
    return HandOver(contract, table.items, owners, "stage", "prod", tell)


class Table:
    """A table with two collections and several owners."""

    def __init__(self, account: Account, *shards: int) -> None:
        self.account = account
        self.name = f"Items-{uuid4().hex}"
        names = [name for number in shards for name in indexes_in(number, FILTERS)]
        account.client("dynamodb").create_table(**table_with(self.name, names))
        self.store = patient_store(patient_client(), self.name, FILTERS, *shards)
        self.items = Items(account, self.name, shards[0])

    def put(self, owner: str, number: int = 1, collection: str = "todos", **more: Any) -> str:
        id = str(uuid4())
        values = {"completed": number % 2 == 0, **more}
        self.store.create(
            Scope(collection, owner), Position(number, id), values, uuid4().hex, uuid4().hex
        )
        return id

    def ids(self, owner: str, **filters: Any) -> set[str]:
        found, after = set(), None
        while True:
            page = self.store.list(Scope("todos", owner), filters, 100, after)
            found |= {item.values["id"] for item in page.items}
            if not (after := page.next):
                return found

    def raw(self, id: str) -> dict[str, Any]:
        client = self.account.client("dynamodb")
        found: dict[str, Any] = client.get_item(TableName=self.name, Key={"id": {"S": id}})["Item"]
        return found


@pytest.fixture
def table(ministack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    made = Table(Account(), 1)
    yield made
    made.account.client("dynamodb").delete_table(TableName=made.name)


@pytest.mark.usefixtures("table")
def test_items_pass_in_every_number_of_shards() -> None:
    """On the way from one to the other: both are read afterwards."""
    table = Table(Account(), 4, 1)
    ids = {table.put(OWNER, number) for number in range(30)}
    bobs = table.put(BOB)
    assert table.items.owned_by(Scope("todos", OWNER)) == Counted(30)
    assert table.items.hand_over("todos", OWNER, ANN, nothing) == 30
    for number in (4, 1):
        table.store = patient_store(patient_client(), table.name, FILTERS, number)
        assert (table.ids(OWNER), table.ids(ANN), table.ids(BOB)) == (set(), ids, {bobs})
        assert table.ids(ANN, completed=True) | table.ids(ANN, completed=False) == ids
    assert table.items.delete("todos", ANN, nothing) == 30
    assert table.ids(ANN) == set()


def test_items_pass_with_all_that_finds_them(table: Table) -> None:
    ids = {table.put(OWNER, number) for number in range(30)}
    bobs = table.put(BOB)
    (one, *_) = ids
    token = table.store.get(Scope("todos", OWNER), one).token
    assert table.items.hand_over("todos", OWNER, ANN, nothing) == 30
    assert table.ids(OWNER) == table.ids(OWNER, completed=True) == set()
    assert table.ids(ANN) == ids
    assert table.ids(ANN, completed=True) | table.ids(ANN, completed=False) == ids
    assert table.ids(BOB) == {bobs}
    assert table.store.get(Scope("todos", ANN), one).token == token
    with pytest.raises(ItemMissing):
        table.store.get(Scope("todos", OWNER), one)


def test_what_is_of_another_collection_stays(table: Table) -> None:
    other = table.put(OWNER, collection="others")
    assert table.items.hand_over("todos", OWNER, ANN, nothing) == 0
    assert table.store.get(Scope("others", OWNER), other)


def test_a_change_on_the_way_is_not_lost(table: Table) -> None:
    id = table.put(OWNER, title="before")
    stale = table.raw(id)
    table.store.update(Scope("todos", OWNER), id, {"title": "after"}, "new", None)
    passing = _Passing(table.account.client("dynamodb"), table.name, Scope("todos", OWNER), ANN)
    assert passing.pass_on(stale)
    found = table.store.get(Scope("todos", ANN), id)
    assert (found.values["title"], found.token) == ("after", "new")


def test_a_value_that_changes_on_the_way_is_found_at_the_new_owner(table: Table) -> None:
    id = table.put(OWNER)
    stale = table.raw(id)
    table.store.update(Scope("todos", OWNER), id, {"completed": True}, "new", None)
    passing = _Passing(table.account.client("dynamodb"), table.name, Scope("todos", OWNER), ANN)
    assert passing.pass_on(stale)
    assert (table.ids(ANN, completed=True), table.ids(ANN, completed=False)) == ({id}, set())


def test_what_has_gone_or_passed_already_is_left_alone(table: Table) -> None:
    gone, passed = table.put(OWNER), table.put(OWNER)
    stale = [table.raw(gone), table.raw(passed)]
    table.store.delete(Scope("todos", OWNER), gone, None)
    table.items.hand_over("todos", OWNER, BOB, nothing)
    passing = _Passing(table.account.client("dynamodb"), table.name, Scope("todos", OWNER), ANN)
    assert [*map(passing.pass_on, stale)] == [False, False]
    assert (table.ids(ANN), table.ids(BOB)) == (set(), {passed})


def test_whoever_is_stopped_goes_on(table: Table) -> None:
    for number in range(30):
        table.put(OWNER, number, text="x" * 90_000)  # eleven items are a page of 1 MB

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        table.items.hand_over("todos", OWNER, ANN, stop)
    done = len(table.ids(ANN))
    assert 0 < done < 30
    assert table.items.hand_over("todos", OWNER, ANN, nothing) == 30 - done
    assert len(table.ids(ANN)) == 30


def test_the_items_of_one_owner_are_deleted(table: Table) -> None:
    kept = table.put(BOB)
    for number in range(3):
        table.put(ANN, number)
    assert table.items.delete("todos", ANN, nothing) == 3
    assert (table.ids(ANN), table.ids(BOB)) == (set(), {kept})


def test_items_are_counted_by_their_owner(table: Table) -> None:
    for owner in (OWNER, ANN, ANN, BOB):
        table.put(owner)
    table.put(ANN, collection="others")
    assert table.items.owned_by(Scope("todos", ANN)) == Counted(2)
    assert table.items.not_owned_by(Scope("todos", OWNER)) == Counted(3)
    assert [str(Counted(1)), str(Counted(1200, is_all=False))] == ["1 item", "at least 1,200 items"]


# -- what vanishes -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return load(closed_file(tmp_path_factory.mktemp("closed") / "closed.json", "person"))


def test_closing_a_stage_hides_what_belongs_to_everyone(table: Table, closed: Contract) -> None:
    for owner in (OWNER, OWNER, ANN):
        table.put(owner)
    (found,) = vanishing(table.items, PROD, load(TODOS), closed)
    assert str(found).startswith("Nobody will see 2 items of /todos any more: what belongs")
    assert "todo-api hand-over --stage prod --collection todos --from everyone --to ADDRESS" in str(
        found
    )


def test_opening_a_stage_hides_what_belongs_to_each(table: Table, closed: Contract) -> None:
    for owner in (OWNER, ANN, BOB):
        table.put(owner)
    (found,) = vanishing(table.items, PROD, closed, load(TODOS))
    assert str(found).startswith("Nobody will see 2 items of /todos any more: what belongs")
    assert "--from OWNER --to everyone" in str(found)


def test_where_nothing_is_known_of_before_everything_is_looked_at(
    table: Table, closed: Contract
) -> None:
    table.put(OWNER)
    assert [each.items.number for each in vanishing(table.items, PROD, None, closed)] == [1]
    assert [*vanishing(table.items, PROD, None, load(TODOS))] == []


def test_nothing_vanishes_where_nothing_changes(table: Table, closed: Contract) -> None:
    table.put(OWNER)
    assert [*vanishing(table.items, PROD, closed, closed)] == []


@pytest.mark.parametrize(
    ("parameters", "shards"),
    [({"Stage": "dev"}, 1), ({"Shards": "4", "OtherShards": "1"}, 4)],
    ids=["of an earlier release", "while they change"],
)
def test_a_stage_tells_the_shards_that_its_lists_read(
    account: Account, parameters: dict[str, str], shards: int
) -> None:
    stage = Stage("dev")
    Artifacts(account, stage).create()
    template = {
        "Parameters": {name: {"Type": "String"} for name in parameters},
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    }
    put_up(account, stage, template, parameters)
    assert live_shards(account, stage) == shards


# -- handing over ------------------------------------------------------------------------------


def test_private_items_become_everybodys_only_by_the_name_of_the_stage(
    table: Table, closed: Contract
) -> None:
    id = table.put(ANN)
    told: list[str] = []
    over = handing_over(table, closed, told.append)
    with pytest.raises(Declined, match="which --yes does not do"):
        over.run("todos", ANN, OWNER, agreed=True)
    assert table.ids(ANN) == {id}
    assert "Everybody who may call will see and change them." in told
    assert any("Idempotency keys from before are forgotten" in each for each in told)


def test_a_service_is_no_person_to_be_looked_for(table: Table, tmp_path: Path) -> None:
    id = table.put(OWNER)
    contract = load(closed_file(tmp_path / "services.json", "service"))
    over = handing_over(table, contract)
    assert over.run("todos", OWNER, "AIDAEXAMPLE", agreed=True) == 1
    assert table.ids("AIDAEXAMPLE") == {id}


@pytest.mark.parametrize(
    ("collection", "source", "to", "reason"),
    [("none", ANN, OWNER, "It has: todos"), ("todos", OWNER, OWNER, "are the same owner")],
)
def test_what_cannot_be_handed_over_is_told(
    table: Table, closed: Contract, collection: str, source: str, to: str, reason: str
) -> None:
    over = handing_over(table, closed)
    with pytest.raises(StackError, match=reason):
        over.run(collection, source, to, agreed=True)
