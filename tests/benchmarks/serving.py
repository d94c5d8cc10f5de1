"""The measuring of servers: the local server and FastAPI's, under the same load in turn."""

import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.contract.derivation import derive
from service.contract.document import read
from service.stores.sqlite import SQLiteStore
from tests.benchmarks.cases import SCOPE, TODO
from tests.benchmarks.load import ids
from tests.benchmarks.venvs import ROOT
from tests.contracts import TODOS
from tests.servers import serve

START_SECONDS = 60
BEFORE = 1_750_000_000_000
"""When the first of the items was created, in Unix milliseconds; the others followed."""

Address = tuple[str, int]


@dataclass(frozen=True)
class Burst:
    """What one burst of requests measured."""

    a_second: float
    p99: float
    """Seconds in which 99 of 100 requests were answered."""


Bursts = dict[str, list[Burst]]
"""By server, one a round."""


def measure_servers(fastapi: Path, rounds: int, requests: int) -> Bursts:
    """Bursts of `requests` each, against one server after the other; the first warms up.

    `fastapi` is the interpreter that has it.
    """
    with TemporaryDirectory(prefix="bench-") as name:
        full = Path(name) / "full.db"
        fill(full)
        ours, theirs = (Path(shutil.copy(full, full.with_stem(s))) for s in ("ours", "theirs"))
        with (
            serve(store=f"sqlite:///{ours}") as server,
            _serve_fastapi(fastapi, theirs) as rival,
            load_client() as client,
        ):
            servers = {"service": (server.host, server.port), "fastapi": rival}
            taken = [_round(client, servers, seed, requests) for seed in range(rounds + 1)]
    return {server: [each[server] for each in taken[1:]] for server in servers}


def fill(path: Path) -> None:
    """Make a file of the store's with all items that the load knows of."""
    contract = derive(read(TODOS))
    SQLiteStore(path, contract.filters).close()
    rows = (
        (id, *SCOPE, BEFORE + number, str(number), None, json.dumps({**TODO, "id": id}))
        for number, id in enumerate(ids())
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _round(
    client: "Client", servers: Mapping[str, Address], seed: int, requests: int
) -> dict[str, Burst]:
    """Who goes first changes from round to round."""
    order = sorted(servers, reverse=bool(seed % 2))
    return {name: client.burst(servers[name], seed, requests) for name in order}


class Client:
    """The process that sends the load."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def burst(self, server: Address, seed: int, requests: int) -> Burst:
        """Raises RuntimeError if an answer was wrong; the client has said which by then."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"host": server[0], "port": server[1], "seed": seed, "requests": requests}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("The load failed.")
        return burst_of(json.loads(answer))


def burst_of(measured: Mapping[str, Any]) -> Burst:
    """The numbers that count, of all that the client measured."""
    latencies = sorted(measured["latencies"])
    p99 = latencies[math.ceil(len(latencies) * 0.99) - 1]
    return Burst(len(latencies) / measured["seconds"], p99)


@contextmanager
def load_client() -> Iterator[Client]:
    command = [sys.executable, "-m", "tests.benchmarks.load"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, text=True) as process:
        yield Client(process)


@contextmanager
def _serve_fastapi(python: Path, database: Path) -> Iterator[Address]:
    application = "tests.benchmarks.variants.fastapi:app"
    options = ["--port", "0", "--http", "httptools", "--loop", "uvloop", "--no-access-log"]
    said = database.with_suffix(".log")
    with said.open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "uvicorn", *options, application],
            env={**os.environ, "DATABASE": str(database)},
            stderr=log,
            cwd=ROOT,
        )
    try:
        yield _address(process, said)
    finally:
        process.kill()
        process.wait()


def _address(process: "subprocess.Popen[bytes]", said: Path) -> Address:
    """Where uvicorn says that it listens. Raises RuntimeError if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"running on http://([\d.]+):(\d+)", said.read_text()):
            return found[1], int(found[2])
        time.sleep(0.02)
    raise RuntimeError(f"FastAPI does not serve:\n{said.read_text()}")
