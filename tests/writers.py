"""Writers: threads that create items for as long as there is a server, and what a file has kept."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread

from service.stores import OWNER, Position, Scope
from service.stores.sqlite import SQLiteStore
from tests.contracts import TODOS, load
from tests.servers import send

_PATIENCE = 300
"""Seconds in which every writer has written something, on a slow machine too."""


class Writer(Thread):
    """Creates items; `acknowledged` are the ids of those that were answered."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.acknowledged: list[str] = []
        self.stop = Event()
        self.start()

    def run(self) -> None:
        while not self.stop.is_set():
            connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                while not self.stop.is_set():
                    answer = send(connection, "POST", "/todos", {"title": "Kept"})
                    assert answer.status == 201
                    self.acknowledged.append(answer.json["id"])
            except (OSError, HTTPException):
                time.sleep(0.02)
            finally:
                connection.close()


@contextmanager
def writers(port: int, number: int) -> Iterator[list[Writer]]:
    """They write to whatever serves there, now or later, until the block ends."""
    found = [Writer(port) for _ in range(number)]
    try:
        yield found
    finally:
        for writer in found:
            writer.stop.set()
        for writer in found:
            writer.join(300)


def wait_for_more(writers: list[Writer], more: int) -> None:
    """Until every writer has written so many since now."""
    before = [len(writer.acknowledged) + more for writer in writers]
    deadline = time.monotonic() + _PATIENCE
    while any(len(w.acknowledged) < n for w, n in zip(writers, before, strict=True)):
        assert time.monotonic() < deadline, "The writers cannot write"
        time.sleep(0.01)


def kept(path: Path) -> set[str]:
    """Every id that a file of to-dos has."""
    found: set[str] = set()
    after: Position | None = None
    with closing(SQLiteStore(path, load(TODOS).filters)) as store:
        while True:
            page = store.list(Scope("todos", OWNER), {}, 100, after)
            found |= {item.values["id"] for item in page.items}
            after = page.next
            if after is None:
                return found
