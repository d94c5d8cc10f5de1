"""The network between a browser and the servers: a proxy that a test may cut, hold or bend.

Routes are Playwright's: the newest whose pattern fits decides, and may leave it to the next.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.browser.drivers.exchanges import (
    OF_A_HOP,
    PATIENCE_SECONDS,
    Request,
    Response,
    fetch,
    made,
)
from tests.browser.drivers.scripts import Scripts


class Route:
    """A request that waits for what a test makes of it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.response: Response | None = None
        self.passes = False
        self._decided = threading.Event()

    def fulfill(
        self,
        *,
        status: int = 200,
        body: str = "",
        json: Any = None,
        headers: dict[str, str] | None = None,
        content_type: str = "",
        response: Response | None = None,
    ) -> None:
        self.response = response or made(self.request, status, body, json, headers, content_type)
        self._decided.set()

    def fetch(self) -> Response:
        return fetch(self.request)

    def continue_(self, url: str | None = None) -> None:
        asked = replace(self.request, url=url) if url else self.request
        self.fulfill(response=fetch(asked))

    def abort(self, _: str = "") -> None:
        self._decided.set()

    def fallback(self) -> None:
        self.passes = True
        self._decided.set()

    def wait(self) -> None:
        self._decided.wait(PATIENCE_SECONDS)


Handler = Callable[[Route], object]
Filter = re.Pattern[str] | Callable[[Any], bool]


@dataclass
class Network:
    """What lies between one browser and the world: whatever changes an answer on its way back."""

    scripts: Scripts = field(default_factory=Scripts)
    offline: bool = False
    routes: list[tuple[re.Pattern[str], Handler]] = field(default_factory=list)
    listeners: dict[str, list[Callable[[Any], object]]] = field(
        default_factory=lambda: {"request": [], "response": []}
    )

    def route(self, pattern: re.Pattern[str], handler: Handler) -> None:
        self.routes.insert(0, (pattern, handler))

    def answer(self, request: Request) -> Response | None:
        """What the browser gets, or nothing: then the connection breaks."""
        own = self.scripts.answer(request)
        return own or self._handled(request)

    def _handled(self, request: Request) -> Response | None:
        handlers = [] if self.offline else self._handlers(request)
        for number, handler in enumerate(handlers):
            route = Route(request)
            handler(route)
            if not number:
                self.tell("request", request)
            route.wait()
            if not route.passes:
                return route.response
        if not handlers:
            self.tell("request", request)
        return None if self.offline else self.scripts.bend(fetch(request))

    def _handlers(self, request: Request) -> list[Handler]:
        return [handler for pattern, handler in self.routes if pattern.search(request.url)]

    def tell(self, event: str, what: Request | Response) -> None:
        for listener in [*self.listeners[event]]:
            listener(what)

    def expect(self, event: str, wanted: Filter) -> "Awaited":
        return Awaited(self, event, wanted)


class Awaited:
    """Something that is to happen within a `with`, or soon after it."""

    def __init__(self, network: Network, event: str, wanted: Filter) -> None:
        self._heard = network.listeners[event]
        self._wanted = wanted
        self._came = threading.Event()
        self.value: Any = None

    def __enter__(self) -> "Awaited":
        self._heard.append(self._hear)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert self._came.wait(PATIENCE_SECONDS), f"{self._wanted} did not come"
        self._heard.remove(self._hear)

    def _hear(self, what: Any) -> None:
        wanted = self._wanted
        fits = wanted.search(what.url) if isinstance(wanted, re.Pattern) else wanted(what)
        if fits and not self._came.is_set():
            self.value = what
            self._came.set()


class Proxy(ThreadingHTTPServer):
    """Where a browser sends everything."""

    daemon_threads = True

    def __init__(self, network: Network) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.network = network
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        names = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, names, self.rfile.read(size))
        try:
            response = self.server.network.answer(request)
        except OSError:  # there is no server at the moment
            response = None
        if response is None:
            self._break()
            return
        self._send(response)
        self.server.network.tell("response", response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _break(self) -> None:
        """Where a connection only closes, WebKitGTK asks once more by itself."""
        self.close_connection = True
        self.wfile.write(b"This is not HTTP.\r\n\r\n")

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            if name.lower() not in OF_A_HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    def handle(self) -> None:
        """A browser that goes in the middle of an answer is no fault."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""
