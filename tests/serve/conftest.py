"""Servers: one that many tests share, and one in this process with any handler."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.gateway.import_document import import_document
from infra.gateway.local import Gateway
from infra.serve import server as http_server
from tests.contracts import LIBRARY, load
from tests.engines import aws_environment, ministack  # noqa: F401
from tests.servers import Server, serve

Address = tuple[str, int]

DOCUMENT = import_document(load(LIBRARY))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serve() as server:
        yield server


class StartGateway:
    """Called with a handler once; `stop` ends the server as Ctrl-C would."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, handler: Callable[[Any, Any], Any], **options: Any) -> Address:
        listener = socket.create_server(("127.0.0.1", 0))
        # What a client does not read soon waits in the server, and not in the kernel.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        address: Address = listener.getsockname()
        self.server = http_server(Gateway(handler, DOCUMENT, {}, **options))
        self._thread = threading.Thread(target=self.server.run, args=([listener],))
        self._thread.start()
        self._stack.callback(self._thread.join, 300)
        self._stack.callback(self.stop)
        while not self.server.started:
            time.sleep(0.01)
        return address

    def stop(self) -> None:
        self.server.should_exit = True


@pytest.fixture
def gateway() -> Iterator[StartGateway]:
    """Starts a gateway in front of a handler; the answer is where it listens."""
    with ExitStack() as stack:
        yield StartGateway(stack)
