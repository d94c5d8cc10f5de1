"""The network between a browser and the servers: a proxy that a test may cut, hold or bend.

Routes are Playwright's: the newest whose pattern fits decides, and may leave it to the next.
"""

import http.client
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 60
_OF_A_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"}
"""What a proxy does not hand on (RFC 9110, 7.6.1), or counts anew."""

Headers = list[tuple[str, str]]


@dataclass
class Request:
    """What a browser asked for."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def post_data(self) -> str:
        return self.body.decode()

    @cached_property
    def post_data_json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Response:
    """What it got."""

    request: Request
    status: int
    headers: Headers
    content: bytes

    @property
    def url(self) -> str:
        return self.request.url

    def json(self) -> Any:
        return json.loads(self.content)


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
        self.response = response or _made(self.request, status, body, json, headers, content_type)
        self._decided.set()

    def fetch(self) -> Response:
        return fetch(self.request)

    def continue_(self, url: str | None = None) -> None:
        asked = Request(**{**vars(self.request), "url": url}) if url else self.request
        self.fulfill(response=fetch(asked))

    def abort(self, _: str = "") -> None:
        self._decided.set()

    def fallback(self) -> None:
        self.passes = True
        self._decided.set()

    def wait(self) -> None:
        self._decided.wait(_SECONDS)


Handler = Callable[[Route], object]
Filter = re.Pattern[str] | Callable[[Any], bool]


@dataclass
class Network:
    """What lies between one browser and the world. `bend` changes each answer on its way back."""

    bend: Callable[[Response], Response]
    offline: bool = False
    routes: list[tuple[re.Pattern[str], Handler]] = field(default_factory=list)
    listeners: dict[str, list[Callable[[Any], object]]] = field(
        default_factory=lambda: {"request": [], "response": []}
    )

    def route(self, pattern: re.Pattern[str], handler: Handler) -> None:
        self.routes.insert(0, (pattern, handler))

    def answer(self, request: Request) -> Response | None:
        """What the browser gets, or nothing: then the connection breaks."""
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
        return None if self.offline else self.bend(fetch(request))

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
            assert self._came.wait(_SECONDS), f"{self._wanted} did not come"
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
            if name.lower() not in _OF_A_HOP:
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


def fetch(request: Request) -> Response:
    """What the server answers; as it is, not compressed. Raises OSError."""
    target = urlsplit(request.url)
    hidden = {*_OF_A_HOP, "accept-encoding"}
    headers = {name: value for name, value in request.headers.items() if name not in hidden}
    connection = http.client.HTTPConnection(target.netloc, timeout=_SECONDS)
    try:
        path = target.path + (f"?{target.query}" if target.query else "")
        connection.request(request.method, path, request.body or None, headers)
        answer = connection.getresponse()
        return Response(request, answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def _made(
    request: Request,
    status: int,
    body: str,
    json_: Any,
    headers: dict[str, str] | None,
    content_type: str,
) -> Response:
    """Like Playwright's `fulfill`, which lets every origin read it."""
    kind = content_type or ("application/json" if json_ is not None else "text/plain")
    content = json.dumps(json_) if json_ is not None else body
    fields = {"content-type": kind, "access-control-allow-origin": "*", **(headers or {})}
    return Response(request, status, [*fields.items()], content.encode())
