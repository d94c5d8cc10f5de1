"""What arrives in many small parts is taken in few helpings, whatever a client sends."""

import asyncio
import socket

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.gateway.protocol import Protocol

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
NUMBER = 20_000
HELPING = 256 * 1024
"""What asyncio reads at once."""

CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
)


class Recorder(Protocol):
    """Remembers how often something arrived, and how many requests waited for their turn."""

    most = arrivals = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        Recorder.arrivals += 1
        Recorder.most = max(Recorder.most, len(self.pipeline))


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(await Request(scope, receive).body())(scope, receive, send)


async def exchange(sent: bytes) -> bytes:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(echo, http=Recorder, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(sent)
    received = await reader.read()
    writer.close()
    server.should_exit = True
    await serving
    return received


def test_no_more_is_read_while_requests_wait_for_their_turn() -> None:
    received = asyncio.run(exchange(REQUEST * (NUMBER - 1) + LAST))
    assert received.count(b"HTTP/1.1 200 OK\r\n") == NUMBER
    assert Recorder.most <= HELPING // len(REQUEST) + 1


def test_a_body_in_chunks_of_a_byte_is_handed_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn copies the whole body for each piece."""
    pieces: list[bytes] = []
    hand_on = HttpToolsProtocol.on_body

    def record(protocol: HttpToolsProtocol, body: bytes) -> None:
        pieces.append(body)
        hand_on(protocol, body)

    monkeypatch.setattr(HttpToolsProtocol, "on_body", record)
    Recorder.arrivals = 0
    received = asyncio.run(exchange(CHUNKED + b"1\r\nx\r\n" * NUMBER + b"0\r\n\r\n"))
    assert received.endswith(b"\r\n\r\n" + b"x" * NUMBER)
    assert len(pieces) <= Recorder.arrivals
