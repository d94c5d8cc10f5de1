"""The load: a mix of requests over connections that stay open, each request timed.

python -m tests.benchmarks.load   reads {"host", "port", "seed", "requests"} lines,
                                  writes {"seconds", "latencies"} for each
"""

import asyncio
import json
import random
import re
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import uvloop

from tests.benchmarks.cases import PAGE, SENT

ITEMS = 10_000
"""How many are there before the first request."""

CONNECTIONS = 16
SECONDS = 60.0
"""More than any burst takes: one that takes longer has failed."""

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@cache
def ids() -> list[str]:
    """The ids of the items, the same every time."""
    chance = random.Random(ITEMS)  # noqa: S311 - no secret
    return [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(ITEMS)]


@dataclass(frozen=True)
class Kind:
    """One kind of request, how much of the load it is, and the status that it must get."""

    method: str
    path: str
    status: int
    weight: int
    body: Any = None


GET = Kind("GET", "/todos/{id}", 200, 50)
LIST = Kind("GET", f"/todos?limit={PAGE}", 200, 25)
CREATE = Kind("POST", "/todos", 201, 15, SENT)
UPDATE = Kind("PUT", "/todos/{id}", 200, 10, {"title": "Learn it well", "completed": True})
MIX = (GET, LIST, CREATE, UPDATE)


@dataclass(frozen=True)
class Request:
    kind: Kind
    sent: bytes


def requests(seed: int, count: int) -> list[Request]:
    """The same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    kinds = chance.choices(MIX, [kind.weight for kind in MIX], k=count)
    return [Request(kind, _written(kind, chance.choice(ids()))) for kind in kinds]


def _written(kind: Kind, id: str) -> bytes:
    body = b"" if kind.body is None else json.dumps(kind.body).encode()
    head = (
        f"{kind.method} {kind.path.format(id=id)} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: gzip, deflate, br\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Exchange:
    """All that several connections share. `done` fails with the first answer that is wrong."""

    def __init__(self, load: Sequence[Request]) -> None:
        self.queue = iter(load)
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count = len(load)

    def answered(self, seconds: float) -> None:
        self.latencies.append(seconds)
        if len(self.latencies) == self._count and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Connection(asyncio.Protocol):
    """Sends one request after the other, as long as there are any."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._exchange.fail(ConnectionError("The server closed a connection."))

    def ask(self) -> None:
        request = next(self._exchange.queue, None)
        if request is not None:
            self._request, self._received = request, b""
            self._began = time.perf_counter()
            self._transport.write(request.sent)

    def data_received(self, data: bytes) -> None:
        self._received += data
        body = _body(self._received)
        if body is None:
            return
        seconds = time.perf_counter() - self._began
        try:
            check(self._request.kind, self._received, body)
        except AssertionError as error:
            self._exchange.fail(error)
            return
        self._exchange.answered(seconds)
        self.ask()


def _body(received: bytes) -> bytes | None:
    """The body of an answer, None while it is incomplete."""
    head = received.find(b"\r\n\r\n")
    length = _LENGTH.search(received, 0, head + 2) if head >= 0 else None
    if length is None or len(received) < head + 4 + int(length[1]):
        return None
    return received[head + 4 :]


def check(kind: Kind, received: bytes, body: bytes) -> None:
    """Raise AssertionError for a wrong answer. Bodies are looked at as little as will do."""
    assert received.startswith(b"HTTP/1.1 %d " % kind.status), (kind, received)
    assert body.count(b'"updatedAt"') == (PAGE if kind is LIST else 1), (kind, received)


async def burst(host: str, port: int, load: Sequence[Request]) -> dict[str, Any]:
    """Send everything once. Connecting is not timed."""
    loop = asyncio.get_running_loop()
    exchange = Exchange(load)
    pairs = [
        await loop.create_connection(lambda: Connection(exchange), host, port)
        for _ in range(CONNECTIONS)
    ]
    try:
        async with asyncio.timeout(SECONDS):
            began = time.perf_counter()
            for _, connection in pairs:
                connection.ask()
            await exchange.done
            return {"seconds": time.perf_counter() - began, "latencies": exchange.latencies}
    finally:
        for transport, _ in pairs:
            transport.close()


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        load = requests(asked["seed"], asked["requests"])
        measured = uvloop.run(burst(asked["host"], asked["port"], load))
        sys.stdout.write(json.dumps(measured) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
