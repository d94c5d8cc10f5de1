"""What was acknowledged is there, whatever happens to the server."""

import http.client
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.stores import OWNER, Position, Scope
from service.stores.sqlite import SQLiteStore
from tests.contracts import TODOS, load
from tests.engines import free_port
from tests.servers import send

KILLS = 20
WRITERS = 12
WRITES_BETWEEN_KILLS = 4
"""Of each writer."""

SERVERS = """
    import os, sys
    import infra.cli, infra.serve, service.application, service.stores.sqlite

    for line in sys.stdin:
        server = os.fork()
        if not server:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(infra.cli.main(["serve", *line.split()]))
        print(server, flush=True)
        os.waitpid(server, 0)
        print("ended", flush=True)
"""
"""Servers of one process after the other, without the imports that each would begin with."""


class Servers:
    def __init__(self, process: "subprocess.Popen[str]", options: str) -> None:
        self._process = process
        self._options = options

    def start(self) -> int:
        """The process of a new one, which may not serve yet."""
        return int(self._ask(self._options))

    def kill(self, server: int) -> None:
        os.kill(server, signal.SIGKILL)
        assert self._ask("") == "ended"

    def _ask(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        if line:
            print(line, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


@contextmanager
def servers(options: str) -> Iterator[Servers]:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Servers(process, options)


@pytest.fixture
def writers() -> Iterator["list[_Writer]"]:
    port = free_port()
    found = [_Writer(port) for _ in range(WRITERS)]
    yield found
    for writer in found:
        writer.stop.set()
    for writer in found:
        writer.join(20)


def test_no_acknowledged_write_is_lost_to_kill_9(writers: "list[_Writer]", tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    options = f"--contract {TODOS} --port {writers[0].port} --rate 0 --store sqlite:///{path}"
    with servers(options) as running:
        for _ in range(KILLS):
            server = running.start()
            _wait_for_more(writers)
            running.kill(server)
    acknowledged = {id for writer in writers for id in writer.acknowledged}
    assert len(acknowledged) >= KILLS * WRITERS * WRITES_BETWEEN_KILLS
    assert acknowledged <= kept(path)


def kept(path: Path) -> set[str]:
    """Every id that the file has."""
    found: set[str] = set()
    after: Position | None = None
    with closing(SQLiteStore(path, load(TODOS).filters)) as store:
        while True:
            page = store.list(Scope("todos", OWNER), {}, 100, after)
            found |= {item.values["id"] for item in page.items}
            after = page.next
            if after is None:
                return found


def _wait_for_more(writers: "list[_Writer]") -> None:
    """Until every writer has written a few since now."""
    before = [len(writer.acknowledged) + WRITES_BETWEEN_KILLS for writer in writers]
    deadline = time.monotonic() + 30
    while any(len(w.acknowledged) < n for w, n in zip(writers, before, strict=True)):
        assert time.monotonic() < deadline, "The writers cannot write"
        time.sleep(0.01)


class _Writer(threading.Thread):
    """Creates items for as long as there is a server."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.acknowledged: list[str] = []
        self.stop = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                while True:
                    answer = send(connection, "POST", "/todos", {"title": "Kept"})
                    assert answer.status == 201
                    self.acknowledged.append(answer.json["id"])
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
            finally:
                connection.close()
