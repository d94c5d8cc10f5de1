"""Between a client and its engine: a relay that may lose answers, or an engine that fails."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.stores.client import create_client
from tests.engines import patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Wire:
    """The next `lose` answers get lost, each after what happens `meanwhile`."""

    endpoint: str = ""
    lose: int = 0
    meanwhile: list[Callable[[], object]] = field(default_factory=list)


@contextmanager
def relay(engine: str) -> Iterator[Wire]:
    """A wire to an engine."""
    wire = Wire()
    there = urlsplit(engine).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            connection = HTTPConnection(there)
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if wire.lose:
                wire.lose -= 1
                for event in wire.meanwhile:
                    event()
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "date", "server", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as wire.endpoint:
        yield wire


@contextmanager
def client_of(endpoint: str | None, patient: bool = True) -> "Iterator[DynamoDBClient]":
    """The service's own, with a whole quota of retries; without patience it gives up in time."""
    with patience() if patient else nullcontext(), closing(create_client(endpoint)) as client:
        yield client


@contextmanager
def refusing(status: int, code: str, headers: dict[str, str] | None = None) -> Iterator[str]:
    """An engine that answers everything with the same error."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = code if code.startswith("<") else f'{{"__type":"x#{code}","message":"no"}}'
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as endpoint:
        yield endpoint


@contextmanager
def hanging() -> Iterator[str]:
    """An engine that takes connections, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], context: SSLContext | None = None
) -> Iterator[str]:
    """An HTTP server on this machine, each connection in a thread of its own; with TLS if asked."""
    with _Server(("127.0.0.1", 0), handler) as http:
        if context:
            http.socket = context.wrap_socket(http.socket, server_side=True)
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """It waits for no thread at its end: a client may keep its connection."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        pass
