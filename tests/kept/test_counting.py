"""What a contract refuses is counted: each item once, wherever it is, however often stopped."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.aws.account import Account
from infra.kept.counting import Page, Source, count
from infra.kept.files import ItemsInFile
from infra.kept.judgement import Tallies, refused, told
from infra.kept.progress import Position
from infra.kept.tables import ItemsInTable
from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract
from tests.aws.stages import nothing
from tests.contracts import TODOS
from tests.kept.items import NAMES, TIGHT, file_with, put, table_with


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


class Stopping:
    """A source that is stopped after some pages, of a few items each."""

    def __init__(self, source: ItemsInFile | ItemsInTable, pages: int) -> None:
        self._source = source
        self._left = pages

    @property
    def name(self) -> str:
        return self._source.name

    def pages(self, after: Position) -> Iterator[Page]:
        for page in self._source.pages(after):
            yield page
            self._left -= 1
            if not self._left:
                raise Stopped


@pytest.fixture(params=["file", "table"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Seven items, three of which are too long, and one of another collection, which is, too."""
    monkeypatch.chdir(tmp_path)
    lengths = (20, 10, 1, 0, 11, 5, 12)
    if request.param == "file":
        with closing(file_with(tmp_path / "items.db", *lengths)) as store:
            put(store, 20, collection="others")
        monkeypatch.setattr("infra.kept.files._ROWS", 2)
        return ItemsInFile(tmp_path / "items.db")
    account: Account = request.getfixturevalue("account")
    name = f"Items-{uuid4().hex}"
    put(table_with(account, name, *lengths), 20, collection="others")
    source = ItemsInTable(account, name)
    scan: Callable[..., Any] = source._client.scan
    monkeypatch.setattr(source._client, "scan", lambda **words: scan(**{"Limit": 2, **words}))
    return source


def counted(source: Source, contract: Contract = TIGHT) -> Tallies:
    return count(source, contract, NAMES, nothing)


def test_what_a_tighter_bound_refuses_is_counted(kept: Source) -> None:
    tallies = counted(kept)
    assert (tallies["things"].looked_at, refused(tallies)) == (7, 3)
    line, reason = told(tallies)
    assert line.startswith("/things: the contract refuses 3 of 7 items, such as ")
    assert reason == "  3: /value must have at most 10 characters"


def test_a_count_that_was_stopped_goes_on_and_counts_each_item_once(
    kept: ItemsInFile | ItemsInTable,
) -> None:
    expected = counted(kept)
    lines: list[str] = []
    for pages in (1, 2):
        with pytest.raises(Stopped):
            count(Stopping(kept, pages), TIGHT, NAMES, lines.append)
    seen: list[Page] = []

    class Watched(Stopping):
        def pages(self, after: Position) -> Iterator[Page]:
            for page in super().pages(after):
                seen.append(page)
                yield page

    tallies = count(Watched(kept, 99), TIGHT, NAMES, lines.append)
    assert sum(len(page.items) for page in seen) < 8, "what was looked at is not looked at again"
    assert (tallies["things"].looked_at, refused(tallies)) == (7, 3)
    assert tallies["things"].reasons == expected["things"].reasons
    assert any("going on with a count that was stopped" in each for each in lines)
    assert not list(Path("data").iterdir()), "nothing of a count that is done stays"


def test_a_count_for_another_contract_begins_anew(kept: ItemsInFile | ItemsInTable) -> None:
    with pytest.raises(Stopped):
        count(Stopping(kept, 2), TIGHT, NAMES, nothing)
    document = {**TIGHT.document.data, "info": {"title": "Things", "version": "2"}}
    assert counted(kept, derive(Document(document)))["things"].looked_at == 7


def test_items_of_all_owners_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(file_with(tmp_path / "items.db", 11)) as store:
        put(store, 11, owner="ann")
    assert refused(counted(ItemsInFile(tmp_path / "items.db"))) == 2


def test_what_somebody_else_wrote_into_a_table_is_left_alone(account: Account) -> None:
    name = f"Items-{uuid4().hex}"
    table_with(account, name, 11)
    account.client("dynamodb").put_item(TableName=name, Item={"id": {"S": "theirs"}})
    assert refused(counted(ItemsInTable(account, name))) == 1


def test_an_item_lacks_what_has_a_default_without_being_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held against the contract as it would be shown."""
    monkeypatch.chdir(tmp_path)
    document = read(TODOS)
    for name in ("Todo", "TodoInput"):
        schema = document.data["components"]["schemas"][name]
        schema["properties"]["priority"] = {"type": "integer", "default": 3}
        schema["required"].append("priority")
    with_default = derive(Document(document.data))
    with closing(file_with(tmp_path / "items.db")) as store:
        put(store, 1, collection="todos")
    tallies = count(ItemsInFile(tmp_path / "items.db"), with_default, ("todos",), nothing)
    assert not [each for each in tallies["todos"].reasons if "priority" in each]


def test_reading_a_table_says_beforehand_what_it_costs(account: Account) -> None:
    name = f"Items-{uuid4().hex}"
    table_with(account, name, 11)
    assert f"reads all of the table {name}: about " in ItemsInTable(account, name).costs
