"""The ground of the exercises: engines, servers and services, each made when it is asked for."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self, TypeVar
from uuid import uuid4

import boto3

from service.application import create_app
from service.contract.model import Contract
from service.proxy import create_handler
from service.stores import Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from tests.client import Client
from tests.contracts import TODOS, load
from tests.engines import running
from tests.forked_servers import Forked, ForkedServers, forked_servers
from tests.servers import Answer, send
from tests.stores.wire import client_of

FULL_SECONDS = 600
"""How long a whole run takes."""

Done = TypeVar("Done")


@dataclass(frozen=True)
class Effort:
    """How long an exercise goes on, and how much of a whole run it is."""

    until: float
    """In seconds of the monotonic clock."""
    part: float
    """Of a whole run: 1 or more is one."""

    def rounds(self) -> Iterator[int]:
        """Numbers of rounds: at least one, and others as long as there is time."""
        number = 0
        while number == 0 or time.monotonic() < self.until:
            yield number
            number += 1

    def of(self, most: int, least: int) -> int:
        """As much of something as befits the run."""
        return max(least, min(most, round(most * self.part)))


class Api:
    """An API over HTTP, on one connection: of one thread, for the length of a block."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=300)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        return send(self._connection, method, path, body, headers)


@dataclass
class Ground:
    """All of it is gone with `stack`. `engine` stands in for AWS.

    Beside other tests servers wait longer for their turns to write: `wait_seconds`.
    """

    stack: ExitStack
    endpoint: str | None = None
    wait_seconds: float | None = None
    contract: Contract = field(default_factory=lambda: load(TODOS))

    @cached_property
    def folder(self) -> Path:
        return Path(self.stack.enter_context(TemporaryDirectory(prefix="soak-")))

    @cached_property
    def engine(self) -> str:
        if self.endpoint is None:
            folder = self.folder / "engine"
            folder.mkdir()
            self.endpoint = self.stack.enter_context(running(folder))
        return self.endpoint

    @cached_property
    def servers(self) -> ForkedServers:
        return self.stack.enter_context(forked_servers(self.wait_seconds))

    @contextmanager
    def server(self, file: Path) -> Iterator[Forked]:
        """One that serves, and keeps its items in that file."""
        server = self.servers.start(file)
        try:
            server.wait_until_it_serves()
            yield server
        finally:
            self.servers.kill(server)

    @cached_property
    def shared(self) -> Forked:
        """A server for all who mind no items of others."""
        return self.stack.enter_context(self.server(self.folder / "shared.db"))

    def table(self) -> str:
        """The name of a new table."""
        name = f"Soak-{uuid4().hex}"
        with closing(boto3.client("dynamodb", endpoint_url=self.engine)) as engine:
            engine.create_table(**table_definition(name, self.contract.filters))
        return name

    @contextmanager
    def on_dynamodb(
        self, table: str, endpoint: str | None = None, patient: bool = True
    ) -> Iterator[Client]:
        """The service with its own client of an engine."""
        with client_of(endpoint or self.engine, patient) as client:
            yield self.service(DynamoDBStore(client, table, self.contract.filters))

    def service(self, store: Store) -> Client:
        return Client(create_handler(create_app(self.contract, store), lambda _: None))


def at_once(work: Callable[[int], Done], number: int) -> list[Done]:
    """The work in that many threads, each told its number."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(work, range(number)))


def in_turn(ports: Sequence[int], number: int) -> Api:
    return Api(ports[number % len(ports)])


def told(answer: Answer) -> str:
    """An answer in a sentence about what is wrong."""
    return f"{answer.status} {answer.body[:200]!r}"
