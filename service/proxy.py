"""The handler: a REST API proxy event in, a proxy response out, and one log line per request."""

import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import awsgi
import orjson
from starlette.types import ASGIApp, Scope

from service.application import FAILURE
from service.problems import MAX_BODY_BYTES, FunctionFault
from service.wsgi import Bridge

Event = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Event, Any], Answer]


class NotAProxyEvent(TypeError):
    """The function was invoked with an event that API Gateway's REST proxy never sends."""


def create_handler(app: ASGIApp, write: Callable[[str], object] = sys.stdout.write) -> Handler:
    """A Lambda handler around an application. `write` is given one JSON line per request.

    The handler may be called from several threads at once.
    """
    log = RequestLog(write)
    bridge = Bridge(app, log.answered)

    def handler(event: Event, context: Any) -> Answer:
        check_event(event)
        log.starts(event, context)
        answer: Answer = awsgi.response(bridge, _for_awsgi(event), context)
        return answer

    return handler


def check_event(event: Any) -> None:
    """Raise NotAProxyEvent for anything but a REST API proxy event (payload format 1.0)."""
    if not isinstance(event, dict):
        raise NotAProxyEvent(
            f"The event is not a JSON object but a {type(event).__name__}. {_WANTED}"
        )
    if event.get("version") == "2.0":
        raise NotAProxyEvent(f"The event has payload format 2.0, of an HTTP API. {_WANTED}")
    context = event.get("requestContext")
    if not isinstance(context, dict) or "elb" in context:
        raise NotAProxyEvent(f"The event is not API Gateway's. {_WANTED}")
    for name in ("httpMethod", "path"):
        if not isinstance(event.get(name), str):
            raise NotAProxyEvent(f"The event has no {name}. {_WANTED}")


def _for_awsgi(event: Event) -> Event:
    """The event for aws-wsgi: without what the bridge itself reads, and with a large body cut."""
    query = event.get("queryStringParameters")  # aws-wsgi expects the key
    if event.get("multiValueQueryStringParameters"):
        query = None
    headers = None
    if not event.get("multiValueHeaders"):
        given = (event.get("headers") or {}).items()
        headers = {name: value for name, value in given if value is not None}
    body = (event.get("body") or "")[:_MOST_CHARACTERS]
    return {**event, "queryStringParameters": query, "headers": headers, "body": body}


_MOST_CHARACTERS = 2 * MAX_BODY_BYTES
"""A longer body is too large, whether it is text or base64."""

_WANTED = "This function answers REST API proxy events (payload format 1.0) only."


class RequestLog:
    """Writes one JSON line per request, which never contains any of a body, a path or a header.

    It has API Gateway's id of the request and Lambda's id of the invocation, which is also in the
    lines that Lambda itself writes.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.cold = True
        self._started: ContextVar[tuple[float, dict[str, str]]] = ContextVar("started")

    def starts(self, event: Event, context: Any) -> None:
        lambdas = getattr(context, "aws_request_id", None)
        ids = {"requestId": str(event["requestContext"].get("requestId") or lambdas)}
        if lambdas is not None:
            ids["lambdaRequestId"] = str(lambdas)
        self._started.set((time.perf_counter(), ids))

    def answered(self, scope: Scope, status: int) -> None:
        started, ids = self._started.get()
        line = {
            "level": "ERROR" if status >= 500 else "INFO",
            **ids,
            "operation": scope["extensions"].get("connexion_routing", {}).get("operation_id"),
            "status": status,
            "durationMs": round((time.perf_counter() - started) * 1000, 3),
            "coldStart": self.cold,
        }
        self.cold = False
        if FAILURE in scope["extensions"]:
            line["failure"] = _failure(scope["extensions"][FAILURE])
        self.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode())


def _failure(error: BaseException) -> dict[str, Any]:
    """The types and the trace of an error and its causes, without texts, which may quote a body.

    `fault` is how a function broke its contract, `code` the store's name for the error:
    `SQLITE_FULL`, `ThrottlingException`.
    """
    causes = list(_causes(error))
    faults = [str(each) for each in causes if isinstance(each, FunctionFault)]
    codes = [code for each in causes if (code := _code(each))]
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "errors": [type(each).__qualname__ for each in causes],
        **({"fault": faults[0]} if faults else {}),
        **({"code": codes[0]} if codes else {}),
        "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(5):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _code(error: BaseException) -> str | None:
    """The code of an sqlite3 error or a botocore ClientError; either module may not be loaded."""
    response = getattr(error, "response", None)
    answered = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    code = str(getattr(error, "sqlite_errorname", answered))
    return code if _CODE.fullmatch(code) and code != "None" else None


_CODE = re.compile(r"[A-Za-z0-9_.]{1,100}")
