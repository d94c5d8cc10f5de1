"""A SQLite file as a source of kept items; it is read, and never written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson

from infra.kept.counting import Kept, Page
from infra.kept.progress import Position

_ROWS = 200
"""The number of rows in a page, which is 80 MB with the largest items."""

_PAGE = "SELECT id, collection, properties FROM items WHERE id > ? ORDER BY id LIMIT ?"


class ItemsInFile:
    """The items of all owners. Raises sqlite3.Error for a file of another type."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def name(self) -> str:
        return f"sqlite:///{self.path}"

    def pages(self, after: Position) -> Iterator[Page]:
        """Pages in the order of ids, from the first one, or after an id."""
        last = after or ""
        while True:
            rows = self._rows(last)
            items = [Kept(row[1], row[0], orjson.loads(row[2])) for row in rows]
            last = items[-1].id if items else last
            is_last = len(items) < _ROWS
            yield Page(items, None if is_last else last)
            if is_last:
                return

    def _rows(self, last: str) -> list[tuple[str, str, str]]:
        """One page, in a transaction of its own, so that a server of the file is not blocked."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as file:
            return file.execute(_PAGE, (last, _ROWS)).fetchall()
