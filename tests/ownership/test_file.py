"""Items of a file of this machine that pass to another owner, as those of a stage do."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from infra.callers.file_items import FileItems
from infra.hidden import hidden
from infra.sign_in.people import Person
from service.stores import OWNER, Filters, Position, Scope
from service.stores.sqlite import SQLiteStore
from tests.aws.stages import nothing
from tests.commands import Ended, call
from tests.contracts import TODOS, load
from tests.contracts.closed import closed_file

FILTERS: Filters = {"todos": {"completed": None}, "others": {}}
ANN = Person("Ann").sub


class Data:
    """A file with items of two collections, which a server keeps open."""

    def __init__(self, path: Path, store: SQLiteStore) -> None:
        self.path = path
        self.store = store
        self.items = FileItems(path)

    def put(self, owner: str, number: int = 1, collection: str = "todos") -> str:
        id = str(uuid4())
        values = {"id": id, "completed": number % 2 == 0}
        self.store.create(Scope(collection, owner), Position(number, id), values, "t", None)
        return id

    def ids(self, owner: str, collection: str = "todos", **filters: bool) -> set[str]:
        page = self.store.list(Scope(collection, owner), filters, 2_000, None)
        return {str(item.values["id"]) for item in page.items}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Data]:
    with closing(SQLiteStore(tmp_path / "items.db", FILTERS)) as store:
        yield Data(tmp_path / "items.db", store)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return closed_file(tmp_path / "people.json", "person")


def handed_over(data: Data, contract: Path, source: str, to: str, *more: str) -> Ended:
    words: list[str | Path] = [
        "hand-over",
        "--store",
        f"sqlite:///{data.path}",
        "--contract",
        contract,
    ]
    words += ["--collection", "todos", "--from", source, "--to", to, *more]
    return call(*words, cwd=data.path.parent)


@contextmanager
def typing(text: str) -> Iterator[None]:
    """Somebody at the terminal, who has typed the answer already."""
    keyboard, terminal = os.openpty()
    with pytest.MonkeyPatch.context() as patch, open(terminal) as typed:
        os.write(keyboard, f"{text}\n".encode())
        patch.setattr(sys, "stdin", typed)
        yield
    os.close(keyboard)


def test_items_pass_with_all_that_finds_them_and_nothing_else_does(data: Data) -> None:
    ids = {data.put(OWNER, number) for number in range(1_200)}
    other, bobs = data.put(OWNER, collection="others"), data.put("bob")
    assert data.items.hand_over("todos", OWNER, ANN, nothing) == 1_200
    assert data.ids(OWNER) == data.ids(OWNER, completed=True) == set()
    assert data.ids(ANN, completed=True) | data.ids(ANN, completed=False) == ids
    assert (data.ids(OWNER, "others"), data.ids("bob")) == ({other}, {bobs})


def test_whoever_is_stopped_goes_on(data: Data) -> None:
    ids = {data.put(OWNER, number) for number in range(1_200)}

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.items.hand_over("todos", OWNER, ANN, stop)
    done = len(data.ids(ANN))
    assert 0 < done < 1_200
    assert data.items.hand_over("todos", OWNER, ANN, nothing) == 1_200 - done
    assert data.ids(ANN) == ids


def test_what_is_everyones_passes_to_whoever_signs_in_with_a_name(data: Data, people: Path) -> None:
    id = data.put(OWNER)
    done = handed_over(data, people, "everyone", "ann", "--yes")
    assert (done.returncode, data.ids(ANN)) == (0, {id})
    assert "1 item of /todos pass" in done.stderr
    assert "Idempotency keys from before are forgotten" in done.stderr
    assert handed_over(data, people, ANN, "Bob", "--yes").returncode == 0
    assert data.ids(Person("Bob").sub) == {id}


def test_private_items_become_everybodys_only_by_the_name_of_the_file(data: Data) -> None:
    id = data.put(ANN)
    refused = handed_over(data, TODOS, "Ann", "everyone", "--yes")
    assert (refused.returncode, data.ids(ANN)) == (4, {id})
    assert "type the file's name when asked, which --yes does not do" in refused.stderr
    with typing("items.db"):
        assert handed_over(data, TODOS, "Ann", "everyone").returncode == 0
    assert data.ids(OWNER) == {id}


def test_a_service_is_called_by_its_id(data: Data, tmp_path: Path) -> None:
    id = data.put("AIDALOCAL1")
    contract = closed_file(tmp_path / "services.json", "service")
    assert handed_over(data, contract, "AIDALOCAL1", "AROALOCAL2", "--yes").returncode == 0
    assert data.ids("AROALOCAL2") == {id}


@pytest.mark.parametrize("owner", [OWNER, ANN])
def test_serve_tells_the_command_that_brings_items_back(
    data: Data, people: Path, owner: str
) -> None:
    """With the names that only who is at the machine knows."""
    data.put(owner)
    path = people if owner == OWNER else TODOS
    (line,) = hidden(load(path), path, f"sqlite:///{data.path}")
    command = re.sub("NAME|OWNER", "Ann", line.partition("todo-api ")[2])
    with typing("items.db" if owner == ANN else "y"):
        assert call(*shlex.split(command), cwd=data.path.parent).returncode == 0
    assert [*hidden(load(path), path, f"sqlite:///{data.path}")] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--store", "sqlite:///nothing.db"], "nothing.db cannot be used"),
        (["--store", "dynamodb:Todos"], "write sqlite:///FILE"),
        (["--store", "sqlite:///a.db", "--stage", "dev"], "not allowed with argument"),
    ],
)
def test_what_is_no_file_of_items_is_told(tmp_path: Path, words: list[str], said: str) -> None:
    asked = ["--contract", str(TODOS), "--collection", "todos", "--from", "a", "--to", "everyone"]
    ended = call("hand-over", *words, *asked, cwd=tmp_path)
    assert ended.returncode in (2, 3)
    assert said in ended.stderr
    assert [*tmp_path.iterdir()] == []
