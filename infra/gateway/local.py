"""The local gateway: an ASGI application around the Lambda handler and the static site."""

import asyncio
import logging
import traceback
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.types import Receive, Scope, Send

from infra.gateway.event import Resources, event_of
from infra.gateway.problems import BODY_TOO_LARGE, HANDLER_FAILED, TOO_SLOW, GatewayProblem
from infra.site import File
from service.problems import MethodNotAllowed, Problem, body_of

if TYPE_CHECKING:
    from service.proxy import Handler

MAX_BODY_BYTES = 10 * 1024 * 1024
"""AWS: quotas for a REST API, payload size."""

BODY_SECONDS = 30.0
DRAIN_SECONDS = 2.0
WORKERS = 32

_log = logging.getLogger(__name__)


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Gateway:
    """Files of the site, and for every other path the handler's answer.

    The handler runs in worker threads, so that no request waits for another's store.
    """

    def __init__(self, handler: "Handler", resources: Resources, site: Mapping[str, File]) -> None:
        self._handler = handler
        self._resources = resources
        self._site = {path.encode(): site[path] for path in site if path not in resources}
        self._workers = ThreadPoolExecutor(WORKERS, "handler")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read(scope, receive)
        except GatewayProblem as problem:
            await _refuse(_told(problem), receive, send)
        except Disconnected:
            return
        else:
            await _send(await self._reply(scope, body), send)

    async def _reply(self, scope: Scope, body: bytes) -> Reply:
        file = self._site.get(scope["raw_path"])
        if file is not None:
            return _show(file, scope)
        try:
            event = event_of(scope, body, self._resources)
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._workers, self._handler, event, None)
            return _reply_of(answer, scope["method"])
        except Exception as error:
            trace = "".join(traceback.format_tb(error.__traceback__))
            _log.error("The handler failed: %s\n%s", type(error).__qualname__, trace)
            return _told(GatewayProblem(HANDLER_FAILED))


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The body. Raises GatewayProblem, Disconnected."""
    length = _announced(scope)
    if length is None:
        return b""
    if length > MAX_BODY_BYTES:
        raise GatewayProblem(BODY_TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(receive)
    except TimeoutError:
        raise GatewayProblem(TOO_SLOW) from None


def _announced(scope: Scope) -> int | None:
    """The length that a body will have, 0 for one in chunks, None for no body."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return 0
    return None


async def _collect(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected()
        parts.append(message["body"])
        size += len(message["body"])
        if size > MAX_BODY_BYTES:
            raise GatewayProblem(BODY_TOO_LARGE)
        if not message["more_body"]:
            return b"".join(parts)


def _show(file: File, scope: Scope) -> Reply:
    if scope["method"] not in ("GET", "HEAD"):
        return _told(MethodNotAllowed(("GET", "HEAD")))
    for name, value in scope["headers"]:
        if name == b"if-none-match" and file.etag in value:
            return Reply(304, file.headers, b"")
    return _sized(file.status, file.headers, file.body)


def _reply_of(answer: Any, method: str) -> Reply:
    """What a Lambda proxy integration makes of a handler's answer."""
    status = int(answer["statusCode"])
    several = answer.get("multiValueHeaders") or {}
    single = answer.get("headers") or {}
    headers = [
        (name.lower().encode("latin-1"), str(value).encode("latin-1"))
        for name, values in ({name: [single[name]] for name in single} | several).items()
        for value in values
    ]
    text = answer.get("body") or ""
    body = b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    if status in (204, 304) or method == "HEAD":
        return Reply(status, headers, b"")
    return _sized(status, headers, body)


def _told(problem: Problem) -> Reply:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    return _sized(problem.kind.status, headers, body_of(problem))


def _sized(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
    return Reply(status, [*headers, (b"content-length", b"%d" % len(body))], body)


async def _send(reply: Reply, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _refuse(reply: Reply, receive: Receive, send: Send) -> None:
    """Answer before the body has arrived, then close.

    What still comes is thrown away for a while: closing at once, with input unread, would take
    the answer away from the client.
    """
    headers = [*reply.headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body", "body": b""})
