"""A way to AWS on which a command dies: a proxy that ends it after a chosen request.

The request has reached the engine and been carried out; its answer reaches nobody.
"""

import http.client
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.contracts import ROOT
from tests.e2e.cloud import Cloud

_READS = re.compile(r"(Describe|Get|List|Head|Scan|Query)")

_PROGRAM = """
import sys
import infra.deploy.execution
from infra.cli import main
infra.deploy.execution.function_seconds = lambda _: 0  # here no version of before writes
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Way:
    """The requests that took it, and the process that is to die on it."""

    endpoint: str
    requests: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Told of each request before it is forwarded."""
    deadly: int | None = None
    """The request, counted from 0, that is the last one."""
    process: "subprocess.Popen[str] | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self, operation: str) -> bool:
        """Whether the answer may go back."""
        with self.lock:
            self.requests.append(operation)
            if self.deadly is None or len(self.requests) <= self.deadly:
                return True
            if self.process:
                self.process.send_signal(signal.SIGKILL)
            return False

    def writes(self) -> list[int]:
        """The requests that change something, and of several alike in a row the first."""
        found: list[int] = []
        last = ""
        for number, operation in enumerate(self.requests):
            if not _READS.match(operation.split(" ")[1]):
                if operation != last:
                    found.append(number)
                last = operation
        return found


@contextmanager
def way_to(engine: str) -> Iterator[Way]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = _operation(self.command, self.path, self.headers, body)
            way.before(operation)
            response, answer = _forwarded(engine, self.command, self.path, self.headers, body)
            if not way.passed(operation):
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header(
                "Content-Length", response.headers.get("Content-Length", str(len(answer)))
            )
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    way = Way(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(way: Way, words: list[str], deadly: int | None = None) -> int:
    """The exit code of a command on that way; -9 if it died there."""
    way.requests.clear()
    way.deadly = deadly
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words], cwd=ROOT, text=True,
        env=Cloud(way.endpoint).env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        way.process = process
        _, told = process.communicate(timeout=600)
    assert process.returncode in (0, -9), told
    return process.returncode


def _forwarded(
    engine: str, method: str, path: str, headers: Message, body: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(engine).netloc, timeout=120)
    try:
        connection.request(method, path, body or None, dict(headers.items()))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def _operation(method: str, path: str, headers: Message, body: bytes) -> str:
    """`service Operation` as far as a request tells it; for REST the method stands for it."""
    scope = re.search(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/", headers.get("Authorization") or "")
    service = scope[1] if scope else "-"
    action = re.search(rb"(?:^|&)Action=(\w+)", body)
    target = headers.get("X-Amz-Target")
    if action:
        return f"{service} {action[1].decode()}"
    if target:
        return f"{service} {target.split('.')[-1]}"
    names = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "POST": "Post", "DELETE": "Delete"}
    kind = urlsplit(path).query.split("=")[0] if service == "s3" else urlsplit(path).path
    return f"{service} {names.get(method, method)} {kind}"
