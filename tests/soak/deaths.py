"""Deaths: processes that are killed amid their writes."""

import json
import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.client import Client
from tests.contracts import TODOS
from tests.engines import free_port
from tests.soak.ground import Effort, Ground
from tests.soak.tally import Tally
from tests.writers import kept, wait_for_more, writers

WRITERS = 12
WRITES_BETWEEN_KILLS = 4
"""Of each writer."""

INVOCATIONS = 10
"""Of a round: each is killed, and repeated."""


def killed_servers(ground: Ground, effort: Effort) -> Tally:
    """The local server, killed under writers: what it acknowledged is there."""
    tally, file, port = Tally(), ground.folder / "killed.db", free_port()
    with writers(port, effort.of(WRITERS, 4)) as writing:
        for _ in effort.rounds():
            server = ground.servers.start(file, port)
            wait_for_more(writing, WRITES_BETWEEN_KILLS)
            ground.servers.kill(server)
            tally.survived += 1
    acknowledged = {id for writer in writing for id in writer.acknowledged}
    tally.held = len(acknowledged)
    tally.lost += sorted(acknowledged - kept(file))
    return tally


def killed_functions(ground: Ground, effort: Effort) -> Tally:
    """The Lambda function, killed amid a create: its repetition makes no second item."""
    tally, table = Tally(), ground.table()
    made: dict[str, str] = {}
    with _functions(ground.engine, table) as functions:
        functions.ask(_create("first"))
        began = time.monotonic()
        functions.ask(_create("first"))
        seconds = time.monotonic() - began
        for round_ in effort.rounds():
            for number in range(effort.of(INVOCATIONS, 3)):
                key, moment = f"{round_}-{number}", random.uniform(0, seconds)  # noqa: S311
                tally.survived += functions.ask(_create(key), moment) is None
                answer = functions.ask(_create(key)) or {"statusCode": "0"}
                if tally.hold(answer["statusCode"] == "201", f"a repetition got {answer}"):
                    made[key] = json.loads(answer["body"])["id"]
    items = _all(ground, table)
    tally.lost += sorted({*made.values()} - {*items})
    tally.expect(len(items) == len(made) + 1, f"{len(made) + 1} creates made {len(items)} items")
    return tally


def _create(key: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return Client(_unused).event("POST", "/todos", json.dumps({"title": key}), headers)


def _unused(*_: Any) -> Any:
    raise NotImplementedError


def _all(ground: Ground, table: str) -> list[str]:
    """The ids of all items."""
    found: list[str] = []
    with ground.on_dynamodb(table) as service:
        target = "/todos?limit=100"
        while True:
            page = service.get(target).json
            found += [item["id"] for item in page["items"]]
            if "next" not in page:
                return found
            target = f"/todos?limit=100&cursor={page['next']}"


_FUNCTIONS = """
    import json, os, signal, sys, time
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the lines of the log
    from service.stores import client
    client._CONNECT_SECONDS = client._READ_SECONDS = 600  # it shares a machine with other tests
    from service.lambda_function import handler

    def tell(told):
        os.write(answers, json.dumps(told).encode() + b"\\n")

    for line in sys.stdin:
        event, seconds = json.loads(line)
        function = os.fork()
        if not function:
            tell(handler(event, None))
            os._exit(0)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(function, signal.SIGKILL)
        os.waitpid(function, 0)
        tell(None)
"""
"""Reads events, each with the seconds after which its function is killed, or none. Each has a
function of its own, forked after INIT; what it answers is followed by null."""


class _Functions:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, event: dict[str, Any], seconds: float | None = None) -> dict[str, Any] | None:
        """The answer; None if the function was killed before, after so many seconds."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([event, seconds]), file=self._process.stdin, flush=True)
        told: list[dict[str, Any]] = []
        while found := json.loads(self._process.stdout.readline()):
            told.append(found)
        return told[0] if told else None


@contextmanager
def _functions(endpoint: str, table: str) -> Iterator[_Functions]:
    places = {"CONTRACT": str(TODOS), "STORE": f"dynamodb:{table}", "AWS_ENDPOINT_URL": endpoint}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(_FUNCTIONS)],
        stdin=pipe, stdout=pipe, text=True, env={**os.environ, **places},
    ) as process:  # fmt: skip
        yield _Functions(process)
