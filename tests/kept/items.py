"""Kept items, in a file or a table, of which a tighter contract refuses some."""

from pathlib import Path
from uuid import uuid4

from infra.aws.account import Account
from service.stores import Filters, Position, Scope, Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.sqlite import SQLiteStore
from tests.changes.contracts import Json, contract
from tests.engines import patient_client

FILTERS: Filters = {"things": {}, "others": {}}
STRING: Json = {"type": "string", "maxLength": 20}
LOOSE, TIGHT = contract(shown=STRING), contract(shown={**STRING, "maxLength": 10})
NAMES = ("things",)


def put(store: Store, length: int, collection: str = "things", owner: str = "everyone") -> str:
    """An item with a value of some length; its id."""
    id = str(uuid4())
    values = {"id": id, "value": "x" * length}
    store.create(Scope(collection, owner), Position(1, id), values, uuid4().hex, None)
    return id


def file_with(path: Path, *lengths: int) -> SQLiteStore:
    store = SQLiteStore(path, FILTERS)
    for each in lengths:
        put(store, each)
    return store


def table_with(account: Account, table: str, *lengths: int) -> DynamoDBStore:
    account.client("dynamodb").create_table(**table_definition(table, FILTERS))
    store = DynamoDBStore(patient_client(), table, FILTERS)
    for each in lengths:
        put(store, each)
    return store
