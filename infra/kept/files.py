"""A SQLite file as a source of kept items; it is read, and never written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson

from infra.kept.counting import Kept, Page
from infra.kept.progress import Position

_ROWS = 200
"""Of a page: with the largest items it is 80 MB."""

_PAGE = "SELECT id, collection, properties FROM items WHERE id > ? ORDER BY id LIMIT ?"


class ItemsInFile:
    """Those of all owners. Raises sqlite3.Error for a file that is something else."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def name(self) -> str:
        return f"sqlite:///{self.path}"

    def pages(self, after: Position) -> Iterator[Page]:
        """In the order of their ids, from the first, or after one."""
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
        """A transaction a page: who serves the file is kept from nothing."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as file:
            return file.execute(_PAGE, (last, _ROWS)).fetchall()
