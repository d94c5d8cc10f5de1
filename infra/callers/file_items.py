"""Items in a SQLite file by their owner: counted, and passed from one owner to another.

Only the column `owner` says who owns an item (`service/stores/sqlite.py`), and every index follows
it. So an item is passed on by one update, on condition that its owner is still the same; anything
else that a server changes in it meanwhile is kept.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.callers.counted import Counted
from infra.console import Tell
from service.stores import Scope

_AT_ONCE = 500
"""The number of items passed on in one transaction, which blocks a server's writes."""

_PATIENCE_SECONDS = 30

_OWNERS = "SELECT 1 FROM items WHERE collection = ?1 AND owner = ?2"
_OTHERS = (
    "SELECT 1 FROM items WHERE collection = ?1 AND owner < ?2"
    " UNION ALL SELECT 1 FROM items WHERE collection = ?1 AND owner > ?2"
)
"""Two ranges of the index: if there are no such items, nothing is read."""

_NEXT = "SELECT id FROM items WHERE collection = ? AND owner = ? LIMIT ?"
_PASS = "UPDATE items SET owner = ? WHERE id = ? AND collection = ? AND owner = ?"  # noqa: S105


class FileItems:
    """The items of one file. Raises sqlite3.Error."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def owned_by(self, scope: Scope, most: int = -1) -> Counted:
        """The items of one owner, counted up to `most`."""
        return self._count(_OWNERS, scope, most)

    def not_owned_by(self, scope: Scope, most: int = -1) -> Counted:
        """The items that other owners have in the collection."""
        return self._count(_OTHERS, scope, most)

    def _count(self, found: str, scope: Scope, most: int) -> Counted:
        asked = f"SELECT count(*) FROM ({found} LIMIT ?3)"  # noqa: S608 - of constants alone
        with self._opened("ro") as file:
            (number,) = file.execute(asked, (*scope, most)).fetchone()
        return Counted(number, is_all=number != most)

    def hand_over(self, collection: str, owner: str, to: str, tell: Tell) -> int:
        """Give all items of an owner in a collection to another owner, and return their number.

        If it is stopped, it can be run again and continues.
        """
        passed = 0
        with self._opened("rw") as file:
            while ids := file.execute(_NEXT, (collection, owner, _AT_ONCE)).fetchall():
                file.execute("BEGIN IMMEDIATE")
                passed += file.executemany(
                    _PASS, [(to, id, collection, owner) for (id,) in ids]
                ).rowcount
                file.execute("COMMIT")
                tell(f"  {passed} handed over")
        return passed

    @contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        """The database, rolled back unless it is committed."""
        file = sqlite3.connect(
            f"{self._file.absolute().as_uri()}?mode={mode}", uri=True,
            timeout=_PATIENCE_SECONDS, isolation_level=None,
        )  # fmt: skip
        try:
            yield file
        finally:
            file.close()
