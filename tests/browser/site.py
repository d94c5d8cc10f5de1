"""A site on a port of its own: the page's files, with a config.js that names the API elsewhere."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.site import site
from service.contract.document import read
from tests.contracts import TODOS


class Site(ThreadingHTTPServer):
    """Serves what CloudFront would. `api` is what deploy writes into config.js, set before use."""

    daemon_threads = True
    api = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = site(TODOS, read(TODOS))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        file = self.server.files[path] if path in self.server.files else self.server.files["/"]
        body = file.body
        if path == "/config.js":
            api = f'export const api = "{self.server.api}";\n'
            body = f"{api}export const signIn = null;\n".encode()
        self.send_response(200)
        for name, value in file.headers:
            text = value.decode().replace("connect-src 'self'", self._connect())
            self.send_header(name.decode(), text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _connect(self) -> str:
        return f"connect-src 'self' {self.server.api}"

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def running() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
