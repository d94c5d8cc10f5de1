"""The release before this one, whose code is in `previous.zip`, on what this one has written.

During a deployment, and after a rollback, both work on one table or file.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from service.stores import KeyReused, Position, Scope, Store
from service.stores.fingerprints import fingerprint_of
from service.stores.sqlite import SQLiteStore
from tests.stores.conftest import FILTERS, TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BODY = b'{"title": "Milk"}'
VALUES = {"title": "Milk", "completed": False}

PREVIOUS = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from service.stores import Position, Scope, StoreError
kind, place, endpoint, owner, filters, calls = json.loads(sys.argv[2])
if kind == "sqlite":
    from service.stores.sqlite import SQLiteStore
    store = SQLiteStore(Path(place), filters)
else:
    from service.stores.dynamodb import DynamoDBStore, create_client
    store = DynamoDBStore(create_client(endpoint), place, filters)
scope = Scope("todos", owner)
def answer(name, id, *given):
    if name == "create":
        item = store.create(scope, Position(1, id), given[0], given[1], given[2])
    elif name == "list":
        return [item.values["id"] for item in store.list(scope, given[0], 100, None).items]
    else:
        item = getattr(store, name)(scope, id, *given)
    return item and [item.values, item.token]
answers = []
for call in calls:
    try:
        answers.append(answer(*call))
    except StoreError as error:
        answers.append(type(error).__name__)
print(json.dumps(answers))
"""


class Previous:
    """The release before this one, at work where a store of this one is."""

    def __init__(self, kind: str, place: str, endpoint: str) -> None:
        self.kind, self.place, self.endpoint = kind, place, endpoint

    def answers(self, owner: str, calls: list[list[Any]]) -> list[Any]:
        """What it answers to calls, each the name of a method, an id and what else is given."""
        asked = [self.kind, self.place, self.endpoint, owner, FILTERS, calls]
        zipped = Path(__file__).with_name("previous.zip")
        printed = subprocess.check_output(
            [sys.executable, "-c", PREVIOUS, str(zipped), json.dumps(asked)], text=True
        )
        answers: list[Any] = json.loads(printed)
        return answers


@pytest.fixture
def previous(
    store: Store,
    dynamodb: "DynamoDBClient",  # noqa: ARG001 - it made the table
    ministack: str,
    tmp_path: Path,
) -> Previous:
    if isinstance(store, SQLiteStore):
        return Previous("sqlite", str(tmp_path / "items.db"), "")
    return Previous("dynamodb", TABLE, ministack)


@pytest.fixture
def owner() -> str:
    return uuid4().hex


def test_items_of_this_release_are_its_own_to_the_one_before(
    store: Store, previous: Previous, owner: str
) -> None:
    scope, id, other = Scope("todos", owner), uuid4().hex, uuid4().hex
    store.create(scope, Position(1, id), {**VALUES, "id": id}, "t1", fingerprint_of(BODY))
    store.create(scope, Position(2, other), {**VALUES, "id": other}, "t1", None)
    assert previous.answers(
        owner,
        [
            ["get", id],
            ["list", "", {}],
            ["list", "", {"completed": False}],
            ["update", id, {"completed": True}, "t2", ["t1"]],
            ["update", id, {"completed": True}, "t3", ["t1"]],
            ["list", "", {"completed": False}],
            ["delete", other, ["t1"]],
            ["delete", other, None],
        ],
    ) == [
        [{**VALUES, "id": id}, "t1"],
        [other, id],
        [other, id],
        [{**VALUES, "id": id, "completed": True}, "t2"],
        "TokenStale",
        [other],
        None,
        "ItemMissing",
    ]
    assert store.get(scope, id).token == "t2"


def test_a_create_that_the_release_before_repeats_makes_no_second_item(
    store: Store, previous: Previous, owner: str
) -> None:
    """It knows a longer fingerprint alone, so it takes the request for another one."""
    scope, id = Scope("todos", owner), uuid4().hex
    item = store.create(scope, Position(1, id), {**VALUES, "id": id}, "t1", fingerprint_of(BODY))
    longer = sha256(BODY).hexdigest()
    repeated = ["create", id, {**VALUES, "id": id}, "t2", longer]
    assert previous.answers(owner, [repeated, ["list", "", {}]]) == ["KeyReused", [id]]
    assert store.get(scope, id) == item


def test_a_create_of_the_release_before_can_be_repeated(
    store: Store, previous: Previous, owner: str
) -> None:
    scope, id = Scope("todos", owner), uuid4().hex
    longer = sha256(BODY).hexdigest()
    previous.answers(owner, [["create", id, {**VALUES, "id": id}, "t1", longer]])
    position, values = Position(1, id), {**VALUES, "id": id}
    assert store.create(scope, position, values, "t2", fingerprint_of(BODY)).token == "t1"
    with pytest.raises(KeyReused):
        store.create(scope, position, values, "t2", fingerprint_of(b"{}"))


def test_a_fingerprint_is_as_long_as_a_token() -> None:
    assert len(fingerprint_of(BODY)) == 22
