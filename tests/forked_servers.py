"""Local servers that are forks of one process: each starts without the imports of `todo-api`."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.contracts import TODOS
from tests.engines import free_port
from tests.servers import send

START_SECONDS = 180

_PARENT = """
    import json, os, signal, sys
    import infra.cli, infra.serve, service.application, service.stores.sqlite
    if len(sys.argv) > 1:
        service.stores.sqlite_file.WAIT_SECONDS = float(sys.argv[1])

    running = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, int):
            os.waitpid(asked, 0)
            running.discard(asked)
            print("ended", flush=True)
            continue
        server = os.fork()
        if not server:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(infra.cli.main(["serve", *asked]))
        running.add(server)
        print(server, flush=True)
    for server in running:
        os.kill(server, signal.SIGKILL)
"""
"""Reads JSON: a list of arguments starts a server, the number of one waits for its end."""


@dataclass(frozen=True)
class Forked:
    """One server, which may not serve yet."""

    pid: int
    port: int

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                send(connection, "GET", "/openapi.json")
                return
            except (OSError, HTTPException):
                time.sleep(0.01)
            finally:
                connection.close()
        raise RuntimeError("The server does not serve.")


class ForkedServers:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, file: Path, port: int | None = None) -> Forked:
        """One that keeps its items in that file."""
        port = port or free_port()
        place = ["--contract", str(TODOS), "--store", f"sqlite:///{file}"]
        return Forked(int(self._ask([*place, "--rate", "0", "--port", str(port)])), port)

    def kill(self, server: Forked, number: int = signal.SIGKILL) -> None:
        """End it, and wait until it has ended."""
        os.kill(server.pid, number)
        assert self._ask(server.pid) == "ended"

    def _ask(self, asked: list[str] | int) -> str:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


@contextmanager
def forked_servers(wait_seconds: float | None = None) -> Iterator[ForkedServers]:
    """All of them have ended with the block. They may wait longer than usual for their turns."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(_PARENT)]
    if wait_seconds is not None:
        command.append(f"{wait_seconds}")
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield ForkedServers(process)
