"""A request and what answers it, as a proxy has them."""

import http.client
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60
OF_A_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"}
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


def fetch(request: Request) -> Response:
    """What the server answers; as it is, not compressed. Raises OSError.

    Whatever its name, it is on this machine.
    """
    target = urlsplit(request.url)
    hidden = {*OF_A_HOP, "accept-encoding"}
    headers = {name: value for name, value in request.headers.items() if name not in hidden}
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE_SECONDS)
    try:
        path = target.path + (f"?{target.query}" if target.query else "")
        connection.request(request.method, path, request.body or None, headers)
        answer = connection.getresponse()
        return Response(request, answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


def made(
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
