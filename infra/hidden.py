"""Items in a SQLite file that nobody sees, as others own them than who may call."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from service.contract.model import Collection, Contract
from service.stores import OWNER

MOST = 10_000
"""Beyond them they are not counted: the server is to start."""

_EVERYONES = "SELECT 1 FROM items WHERE collection = ? AND owner = ?"
_OTHERS = (
    "SELECT 1 FROM items WHERE collection = ?1 AND owner < ?2"
    " UNION ALL SELECT 1 FROM items WHERE collection = ?1 AND owner > ?2"
)
"""Two ranges of the index: where there are none, nothing is read."""


def hidden(contract: Contract, store: str) -> Iterator[str]:
    """A line a collection whose items vanish from view; `store` is an address as serve takes it."""
    kind, _, rest = store.partition(":///")
    if kind != "sqlite" or not Path(rest).is_file():
        return
    with closing(sqlite3.connect(f"{Path(rest).absolute().as_uri()}?mode=ro", uri=True)) as file:
        for collection in contract.collections.values():
            number = _counted(file, collection)
            if number:
                yield f"Nobody sees {_told(number)} of {collection.path}: {_why(collection)}"


def _counted(file: sqlite3.Connection, collection: Collection) -> int:
    found = _OTHERS if collection.caller is None else _EVERYONES
    asked = f"SELECT count(*) FROM ({found} LIMIT {MOST})"  # noqa: S608 - of constants alone
    (number,) = file.execute(asked, (collection.name, OWNER)).fetchone()
    return int(number)


def _told(number: int) -> str:
    if number == MOST:
        return f"at least {MOST:,} items"
    return "1 item" if number == 1 else f"{number:,} items"


def _why(collection: Collection) -> str:
    if collection.caller is None:
        return "what belongs to one caller is hidden where everybody shares all."
    return f"what belongs to everyone is hidden where each {collection.caller} has their own."
