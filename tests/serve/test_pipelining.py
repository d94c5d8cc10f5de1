"""A client may send any number of requests at once: the server takes them in small helpings."""

import asyncio
import socket

import uvicorn
from starlette.responses import Response

from infra.gateway.protocol import Protocol

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
NUMBER = 20_000
HELPING = 256 * 1024
"""What asyncio reads at once."""


class Recorder(Protocol):
    """Remembers how many requests have waited for their turn."""

    most = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        Recorder.most = max(Recorder.most, len(self.pipeline))


async def exchange() -> bytes:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Response(b"ok"), http=Recorder, lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(REQUEST * (NUMBER - 1) + LAST)
    received = await reader.read()
    writer.close()
    server.should_exit = True
    await serving
    return received


def test_no_more_is_read_while_requests_wait_for_their_turn() -> None:
    received = asyncio.run(exchange())
    assert received.count(b"HTTP/1.1 200 OK\r\n") == NUMBER
    assert Recorder.most <= HELPING // len(REQUEST) + 1
