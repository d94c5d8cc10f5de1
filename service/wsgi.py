"""The bridge: a WSGI callable, which aws-wsgi needs, around the ASGI application.

The application runs in the calling thread, without an event loop: all messages that it awaits are
there already. aws-wsgi flattens repeated headers and query parameters, so those are read from the
event itself, which it passes on as `awsgi.event`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote, urlencode

from starlette.types import ASGIApp, Message, Scope

from service.call import EVENT, REQUEST_PATH

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Bridge:
    """`answered` is called with the scope and the status of every request, once it is answered."""

    def __init__(self, app: ASGIApp, answered: Callable[[Scope, int], None]) -> None:
        self.app = app
        self.answered = answered
        run(app({"type": "lifespan"}, _no_message, _ignore))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        scope = scope_of(environ["awsgi.event"])
        exchange = _Exchange(environ["wsgi.input"].read())
        run(self.app(scope, exchange.receive, exchange.send))
        self.answered(scope, exchange.status)
        start_response(f"{exchange.status} -", exchange.headers)
        return [b"" if scope["method"] == "HEAD" else exchange.body]


class _Exchange:
    """One request's body in, one response out."""

    def __init__(self, request_body: bytes) -> None:
        self.request_body = request_body
        self.status = 500
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self.request_body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            ]
        else:
            self.body += message.get("body", b"")


def run(awaitable: Awaitable[None]) -> None:
    """Run an awaitable to its end in this thread.

    Raises:
        RuntimeError: it awaited something that would never arrive here.
    """
    steps = awaitable.__await__()
    for _ in steps:
        break
    else:
        return
    steps.close()
    raise RuntimeError("The application waits for an event loop, and there is none.")


def scope_of(event: dict[str, Any]) -> Scope:
    """The ASGI scope of a REST API proxy event (payload format 1.0).

    AWS: Input format of a Lambda function for proxy integration.
    """
    context = event["requestContext"]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": event["httpMethod"].upper(),
        "scheme": "https",
        "path": _path(event),
        "root_path": "",
        "query_string": _query_string(event),
        "headers": _headers(event),
        "extensions": {},
        EVENT: event,
        REQUEST_PATH: "/" + (context.get("path") or event["path"]).strip("/"),
    }


def _path(event: dict[str, Any]) -> str:
    """The path within the API: the resource that API Gateway chose, with its parameters, decoded.

    `path` is what the client sent: it may have a base path or a stage before it, and a slash
    after it. It counts only if the event has no resource like those of a contract.
    """
    resource = event.get("resource") or ""
    values = event.get("pathParameters") or {}
    if resource and "{" not in resource:
        return cast(str, resource)
    try:
        return _template(resource) % {
            name: _segment(unquote(value)) for name, value in values.items() if value is not None
        }
    except (KeyError, ValueError):
        return _decoded(event["path"])


@lru_cache(maxsize=1024)
def _template(resource: str) -> str:
    """A resource as a template for `%`. Raises ValueError for an empty one, or `/{proxy+}`."""
    if not resource or "+}" in resource:
        raise ValueError(resource)
    return re.sub(r"{(.+?)}", r"%(\1)s", resource)


def _segment(value: str) -> str:
    """A decoded segment: a slash inside it is not a separator, and so is encoded again."""
    return value.replace("/", "%2F")


def _decoded(path: str) -> str:
    """A path as API Gateway reads it: a single slash at its end does not count."""
    segments = path.removesuffix("/").split("/")
    return "/".join(_segment(unquote(each)) for each in segments)


def _query_string(event: dict[str, Any]) -> bytes:
    fields = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
    if not fields:
        return b""
    given = {name: value for name, value in fields.items() if value is not None}
    return urlencode(given, doseq=True, errors="surrogatepass").encode()


def _headers(event: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """The multi-value headers, or the plain ones: API Gateway's console sends null for both."""
    several = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    return [
        (_field(name), value.encode("latin-1", "replace"))
        for name, values in several.items()
        for value in values or ()
        if value is not None
    ]


@lru_cache(maxsize=256)
def _field(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


async def _no_message() -> Message:
    return {"type": "lifespan.startup"}


async def _ignore(message: Message) -> None:
    pass
