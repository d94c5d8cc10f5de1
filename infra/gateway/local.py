"""The local gateway: an ASGI application that obeys an import document as API Gateway would."""

import asyncio
import json
import logging
import re
import traceback
import uuid
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from infra.gateway.allowlist import THIS_MACHINE, Allowlist, Door
from infra.gateway.authorizers import NOBODY, Authorizers
from infra.gateway.credentials import Credential
from infra.gateway.event import Event, event_of
from infra.gateway.gateway_problems import TOO_SLOW, GatewayProblem
from infra.gateway.groups import Groups
from infra.gateway.identity import Identity
from infra.gateway.imported import ImportedApi, Resource
from infra.gateway.keys import Keys
from infra.gateway.lines import Lines
from infra.gateway.responses import Fields, GatewayResponses, Refusal, Reply
from infra.gateway.signatures import Signed
from infra.gateway.throttle import TokenBucket
from infra.gateway.workers import Workers
from infra.site import File
from service.problems import MethodNotAllowed, Problem, body_of
from service.stores.limits import can_be_sent

if TYPE_CHECKING:
    from service.proxy import Handler
    from service.stores import Groups as StoreGroups

MAX_PAYLOAD_BYTES = 10 * 1024 * 1024
"""AWS: quotas for a REST API, payload size (read 2026-11-26)."""

STAGE = "prod"

BODY_SECONDS = 30.0
DRAIN_SECONDS = 2.0

Answer = Callable[[Scope, bytes], Reply]
"""The response for a path that is not the API's, made anew each time. May raise Problem."""

_log = logging.getLogger(__name__)


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Gateway:
    """Serves the files of the site, and for every other path does what API Gateway would do.

    The handler runs in worker threads, so that no request waits for another's store, or in the
    loop's own thread if the store takes calls in `groups`; except for `functions`, methods on
    resources, which may wait for anything. `lines` is where the handler writes its log.
    `identity`, `keys` and `credentials` belong to the callers that secured methods admit.
    Without a `throttle` there is no limit. With a `base_path` the API is below it, as behind a
    custom domain (AWS: API mappings for REST APIs, read 2026-11-26); the files of the site stay at
    the root, and so does the `sign_in`, whose paths are not the API's.
    """

    def __init__(
        self,
        handler: "Handler",
        document: dict[str, Any],
        site: Mapping[str, File],
        stage: str = STAGE,
        throttle: TokenBucket | None = None,
        base_path: str = "",
        allowlist: Allowlist = THIS_MACHINE,
        groups: "StoreGroups | None" = None,
        lines: Lines | None = None,
        functions: Container[tuple[str, str]] = (),
        sign_in: Mapping[str, Answer] | None = None,
        identity: Identity | None = None,
        keys: Keys | None = None,
        credentials: Mapping[str, Credential] = MappingProxyType({}),
    ) -> None:
        self._door = Door(allowlist)
        self._api = ImportedApi(document)
        self._base_path = base_path
        self._responses = GatewayResponses(document)
        self._site = {path.encode(): file for path, file in site.items() if not self._has(path)}
        self._stage = stage
        self._throttle = throttle
        self._workers = Workers(lambda event: handler(event, None))
        self._groups: Groups | None = None
        if groups is not None:
            self._groups = Groups(lambda event: handler(event, None), groups, self._workers, lines)
        self._functions = functions
        self._sign_in = {path.encode(): answer for path, answer in (sign_in or {}).items()}
        self._authorizers = Authorizers(identity, keys, credentials)
        self._variables = None if identity is None else {"client": identity.client}

    def _has(self, path: str) -> bool:
        try:
            return bool(self._find(path))
        except Refusal:
            return False

    def _find(self, path: str) -> tuple[Resource, dict[str, str] | None]:
        """The resource of a path, and its parameters. Raises Refusal."""
        if not path.startswith(self._base_path):
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        return self._api.find(path.removeprefix(self._base_path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._door.check(scope["headers"])
            body = await _read(scope, receive)
        except Disconnected:
            return
        except Exception as error:
            await _refuse(self._failed(error), receive, send)
        else:
            await _send(await self._reply(scope, body), send)

    async def _reply(self, scope: Scope, body: bytes) -> Reply:
        """The response to a request, even if something goes wrong on the way to it."""
        try:
            file = self._site.get(scope["raw_path"])
            answer = self._sign_in.get(scope["raw_path"])
            if file:
                reply = _show(file, scope)
            else:
                reply = answer(scope, body) if answer else await self._ask(scope, body)
        except Exception as error:
            reply = self._failed(error)
        return _framed(reply, scope["method"])

    async def _ask(self, scope: Scope, body: bytes) -> Reply:
        """The API's response: throttle, route, authorize, validate, integrate. Raises Refusal."""
        if self._throttle is not None and not self._throttle.take():
            raise Refusal("THROTTLED")
        resource, parameters = self._find(scope["raw_path"].decode("ascii"))
        method = resource.methods.get(scope["method"])
        if method is None:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        granted = NOBODY
        if method.demand is not None:
            granted = await self._authorizers.granted(method.demand, _as_sent(scope, body))
        event = event_of(scope, body, resource, parameters, self._stage, granted, self._variables)
        query = event["multiValueQueryStringParameters"] or {}
        method.validate(query, event["multiValueHeaders"], body)
        if method.mock is not None:
            return method.mock.answer(event["multiValueHeaders"])
        return await self._invoke(event, method.seconds)

    async def _invoke(self, event: Event, seconds: float) -> Reply:
        """Call the handler; an invalid response is a 502 (recorded 2024-11-15:
        test_aws_proxy_response_payload_format_validation).
        """
        try:
            async with asyncio.timeout(seconds):
                writes = event["httpMethod"] not in ("GET", "HEAD")
                return _reply_of(await self._who_calls(event).call(event, writes=writes))
        except TimeoutError:
            raise Refusal("INTEGRATION_TIMEOUT") from None
        except Exception as error:
            _log_failure("The handler failed", error)
            raise Refusal("DEFAULT_5XX") from error

    def _who_calls(self, event: Event) -> Workers | Groups:
        if self._groups is None or (event["httpMethod"], event["resource"]) in self._functions:
            return self._workers
        return self._groups

    def _failed(self, error: Exception) -> Reply:
        """The response to a request that failed; a fault of the gateway's own is logged."""
        if isinstance(error, Problem):
            return _told(error, self._responses.headers)
        if not isinstance(error, Refusal):
            _log_failure("The gateway failed", error)
            error = Refusal("API_CONFIGURATION_ERROR")
        return self._responses.reply(error, str(uuid.uuid4()))


def _as_sent(scope: Scope, body: bytes) -> Signed:
    path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
    return Signed(scope["method"], path, query, scope["headers"], body)


def _log_failure(what: str, error: Exception) -> None:
    """Log an error without its text, which may quote what somebody sent."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s: %s\n%s", what, type(error).__qualname__, trace)


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The body. Raises Refusal, GatewayProblem, Disconnected."""
    length = _announced(scope)
    if length is None:
        return b""
    if length > MAX_PAYLOAD_BYTES:
        raise Refusal("REQUEST_TOO_LARGE")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(receive)
    except TimeoutError:
        raise GatewayProblem(TOO_SLOW) from None


def _announced(scope: Scope) -> int | None:
    """The declared length of a body, 0 for one in chunks, None if there is no body."""
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
        if size > MAX_PAYLOAD_BYTES:
            raise Refusal("REQUEST_TOO_LARGE")
        if not message["more_body"]:
            return b"".join(parts)


def _show(file: File, scope: Scope) -> Reply:
    if scope["method"] not in ("GET", "HEAD"):
        raise MethodNotAllowed(("GET", "HEAD"))
    asked = dict(scope["headers"])
    sent = file.encoded(asked.get(b"accept-encoding", b""))
    if file.is_known(asked.get(b"if-none-match", b"")):
        # What a cache holds may have another encoding (RFC 9110, 15.4.5).
        headers = [each for each in sent.headers if each[0] != b"content-encoding"]
        return Reply(304, headers, b"")
    return Reply(sent.status, sent.headers, sent.body)


def _reply_of(answer: Any) -> Reply:
    """What a Lambda proxy integration makes of a handler's response. Raises ValueError.

    Nothing is decoded: the import document names no binary media types. A status code may be a
    string of digits, or missing, and no member may be unknown (recorded 2024-11-15:
    test_aws_proxy_response_payload_format_validation).
    AWS: Output format of a Lambda function for proxy integration (read 2026-11-26).
    """
    if not set() < answer.keys() <= _MEMBERS:
        raise ValueError("The response is empty, or has a member that API Gateway does not know.")
    status = int(answer.get("statusCode", 200))
    if not 200 <= status <= 599:  # HTTP/1.1 expects another response after one below
        raise ValueError("The status code is not one of HTTP.")
    headers = [_field(name, value) for name, value in _fields_of(answer)]
    if status not in (204, 304) and not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"application/json"))
    if not can_be_sent(answer):
        raise ValueError("The answer is larger than Lambda lets through.")
    return Reply(status, headers, (answer.get("body") or "").encode())


_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


def _fields_of(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The header fields, multi-value ones first; a value that is in both members is sent once."""
    several = answer.get("multiValueHeaders") or {}
    for name, values in several.items():
        if not isinstance(values, list):
            raise ValueError("A member of multiValueHeaders is not a list.")
        yield from ((name, _header_value(value)) for value in values)
    sent = {(name.lower(), value) for name, values in several.items() for value in values}
    for name, value in (answer.get("headers") or {}).items():
        if (name.lower(), value) not in sent:
            yield name, _header_value(value)


def _header_value(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


@lru_cache(maxsize=256)
def _field(name: str, value: str) -> tuple[bytes, bytes]:
    """A field (RFC 9110, 5.1 and 5.5), cached as most are in every response. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError("A header's name is not a token.")
    if _CONTROL.search(value):
        raise ValueError("A header's value holds a control character.")
    return name.lower().encode(), value.encode("latin-1")


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def _framed(reply: Reply, method: str) -> Reply:
    """The response with its length, and without a body where HTTP allows none (RFC 9110, 6.4.1)."""
    if reply.status in (204, 304) or (method == "HEAD" and not reply.body):
        return Reply(reply.status, reply.headers, b"")
    length = (b"content-length", b"%d" % len(reply.body))
    return Reply(reply.status, [*reply.headers, length], b"" if method == "HEAD" else reply.body)


def _told(problem: Problem, headers: Fields) -> Reply:
    more = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    return Reply(problem.kind.status, [*headers, *more], body_of(problem))


async def _send(reply: Reply, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _refuse(reply: Reply, receive: Receive, send: Send) -> None:
    """Answer before the body has arrived, then close.

    What still arrives is discarded for a while: if the connection were closed at once, with
    input unread, the client would lose the response.
    """
    headers = [
        *reply.headers,
        (b"content-length", b"%d" % len(reply.body)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body", "body": b""})
