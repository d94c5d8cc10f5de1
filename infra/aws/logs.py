"""The log of a stage's function: one readable line per request, or the raw log.

The function writes one JSON line per request (`service/proxy.py`); Lambda adds its own lines.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from infra.aws.account import Account, explained
from infra.aws.cloudformation import Stack, Template
from infra.aws.outputs import outputs
from infra.aws.stage import Stage

_PAUSE_SECONDS = 1.0
"""CloudWatch Logs allows an account five requests a second (AWS: FilterLogEvents quota)."""

_LATE_MS = 60_000
"""How long after its time a line may still arrive."""

_SILENT = re.compile(r"(START|END|INIT_START|RESTORE_START) ")
_REPORT = re.compile(r"(?:RESTORE_)?REPORT .*?(?:Init|Restore) Duration: ([\d.]+) ms", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Write = Callable[[str], object]


def show(
    account: Account, stage: Stage, seconds: float, follow: bool, as_json: bool, write: Write
) -> None:
    """Write the lines of the last seconds, and with `follow` all new lines, without end.

    As JSON, each line is one object, and Lambda's own lines have the form {"message": ...}.
    Raises StackError.
    """
    group = outputs(account, stage)["FunctionLogGroup"]
    line = _raw if as_json else _Reader(Stack(account, stage.stack).template()).line
    since = int((time.time() - seconds) * 1000)
    for event in _events(account, group, since, follow):
        told = line(event)
        if told:
            write(f"{told}\n")


def _events(account: Account, group: str, since: int, follow: bool) -> Iterator[dict[str, Any]]:
    """Each event once, including events that arrive up to a minute late."""
    seen: dict[str, int] = {}
    while True:
        for event in _since(account, group, since):
            if _identity(event) not in seen:
                seen[_identity(event)] = event["timestamp"]
                yield event
        if not follow:
            return
        since = max(since, max(seen.values(), default=0) - _LATE_MS)
        seen = {id: at for id, at in seen.items() if at >= since}
        time.sleep(_PAUSE_SECONDS)


def _identity(event: Mapping[str, Any]) -> str:
    """The id of an event, made up for emulators, which give none."""
    return (
        event.get("eventId") or f"{event['logStreamName']} {event['timestamp']} {event['message']}"
    )


def _since(account: Account, group: str, since: int) -> Iterator[dict[str, Any]]:
    with explained():
        pages = account.client("logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, startTime=since):
            yield from page["events"]


def _raw(event: Mapping[str, Any]) -> str:
    message = event["message"].rstrip()
    if _request(message):
        return str(message)
    return json.dumps({"message": message}) if _own(message) else ""


def _own(message: str) -> bool:
    """Whether it says more than that an invocation began or succeeded."""
    return not _SILENT.match(message) and not message.startswith(("REPORT ", "RESTORE_REPORT "))


def _request(message: str) -> dict[str, Any] | None:
    """The function's own line for a request, if it is one."""
    try:
        found = json.loads(message)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "durationMs" in found else None


class _Reader:
    """Turns events into readable lines. The deployed template has the route of each operation."""

    def __init__(self, template: Template) -> None:
        self._routes = dict(_routes(template))

    def line(self, event: Mapping[str, Any]) -> str:
        message = event["message"].rstrip()
        request = _request(message)
        told = self._answered(request) if request else _said(message)
        moment = datetime.fromtimestamp(event["timestamp"] / 1000).astimezone()
        clock = moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03}"
        return f"{clock}  {_printable(told)}" if told else ""

    def _answered(self, request: Mapping[str, Any]) -> str:
        operation = request.get("operation")
        route = self._routes.get(operation, operation) if operation else "(no operation)"
        cold = "  cold" if request.get("coldStart") else ""
        line = (
            f"{request.get('status')}  {request['durationMs']:8.1f} ms  {route:24}"
            f"  {request.get('requestId')}{cold}"
        )
        return f"{line}{_failure(request)}"


def _routes(template: Template) -> Iterator[tuple[str, str]]:
    body = template.get("Resources", {}).get("Api", {}).get("Properties", {}).get("Body", {})
    for path, methods in body.get("paths", {}).items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                yield operation["operationId"], f"{method.upper():6} {path}"


def _failure(request: Mapping[str, Any]) -> str:
    """What failed, and the id that Lambda's own lines of the invocation have."""
    failure = request.get("failure")
    if not failure:
        return ""
    causes = " from ".join(failure.get("errors", ()))
    code = f"{failure['code']}: " if "code" in failure else ""
    id = request.get("lambdaRequestId")
    lines = [f"{code}{causes}", *([f"Lambda request {id}"] if id else [])]
    return "".join(f"\n    {line}" for line in [*lines, *failure.get("trace", ())])


def _said(message: str) -> str:
    """What Lambda says about a cold start, a timeout or an exception; nothing for routine lines."""
    started = _REPORT.match(message)
    if started:
        return f"cold start, {float(started[1]):.0f} ms before its first request"
    return message.replace("\r", "\n").replace("\n", "\n    ") if _own(message) else ""


def _printable(text: str) -> str:
    """The text without characters that would control a terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
