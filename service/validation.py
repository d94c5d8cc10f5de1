"""Connexion's validators: every parameter and body is held against the contract.

Both are found by Connexion through its `validator_map`. What they understood of the request is
left in the scope as a `Call`, for the operation to use: nothing is parsed twice.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from service.bodies import NotJson, check_media_type, parse
from service.contract import Contract, Operation, Parameter
from service.problems import InvalidRequest, UnsupportedMediaType

CALL = "service.call"
"""The key of a request's `Call` in its scope."""

Errors = list[dict[str, str]]


@dataclass(slots=True)
class Call:
    """One request, understood."""

    operation: Operation
    path: str
    """As the client wrote it, so with the stage: what `Location` builds on."""
    parameters: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    fingerprint: str = ""
    """SHA-256 of the body as sent."""
    errors: Errors = field(default_factory=list)


class MediaTypeMiddleware:
    """Refuses a body that is not plain JSON, before Connexion reads what type it is.

    Connexion compares media types by case, and does not validate a body of a type it does not
    find: so what passes here is called by its one name.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.operations = contract.operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self.operations.get(_operation_id(scope) or "")
        if operation is not None and operation.body is not None:
            scope["headers"] = self._checked(scope["headers"])
        await self.app(scope, receive, send)

    def _checked(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        content_type = _header(headers, b"content-type")
        check_media_type(content_type, _header(headers, b"content-encoding"))
        if content_type in (None, "application/json"):
            return headers
        others = [header for header in headers if header[0] != b"content-type"]
        return [*others, (b"content-type", b"application/json")]


class ParameterValidator:
    """Reads and checks every parameter. Connexion makes one a request, and calls `validate`."""

    def __init__(self, contract: Contract, *_: Any, **__: Any) -> None:
        self.operations = contract.operations

    def validate(self, scope: Scope) -> None:
        operation = self.operations[_operation_id(scope) or ""]
        call = Call(operation, scope.get("service.path", scope["path"]))
        scope[CALL] = call
        query = _query(scope["query_string"], call.errors)
        for parameter in operation.parameters:
            self._take(parameter, scope, query, call)
        for name in query:
            call.errors.append(_error("query", name, "is not a parameter that is known here"))
        if call.errors and operation.body is None:
            raise InvalidRequest(call.errors)

    def _take(self, parameter: Parameter, scope: Scope, query: dict[str, str], call: Call) -> None:
        text = _text(parameter, scope, query)
        if text is None:
            if parameter.required:
                call.errors.append(_error(parameter.place, parameter.name, "is required"))
            return
        try:
            value = parameter.parse(text)
        except ValueError as error:
            call.errors.append(_error(parameter.place, parameter.name, str(error)))
            return
        for fault in parameter.schema.faults(value):
            call.errors.append(_error(parameter.place, parameter.name, fault.detail))
        call.parameters[parameter.name] = value


class BodyValidator:
    """Reads and checks the body. Connexion makes one a request, and calls `wrap_receive`."""

    def __init__(self, **_: Any) -> None:
        pass

    async def wrap_receive(self, receive: Receive, *, scope: Scope) -> tuple[Receive, Scope]:
        call: Call = scope[CALL]
        body = await _read(receive)
        if body and _header(scope["headers"], b"content-type") is None:
            raise UnsupportedMediaType("Say Content-Type: application/json.")
        call.body, errors = _check(call.operation, body)
        call.errors += errors
        if call.errors:
            raise InvalidRequest(call.errors[:100])
        call.fingerprint = hashlib.sha256(body).hexdigest()
        return receive, scope


class EveryMediaType(dict[str, type[BodyValidator]]):
    """Connexion's map from media type to validator: only JSON comes this far."""

    def __getitem__(self, media_type: str) -> type[BodyValidator]:
        return BodyValidator


class NoUriParser:
    """Connexion wants to make a parser of parameters a request; ParameterValidator is it."""

    def __init__(self, *_: Any) -> None:
        pass


def _operation_id(scope: Scope) -> str | None:
    operation_id: str | None = scope["extensions"]["connexion_routing"]["operation_id"]
    return operation_id


def _check(operation: Operation, body: bytes) -> tuple[Any, Errors]:
    if not body:
        return None, [{"detail": "is required: send a JSON object", "pointer": ""}]
    try:
        value = parse(body)
    except NotJson as error:
        return None, [{"detail": str(error), "pointer": ""}]
    faults = operation.body.faults(value) if operation.body else []
    return value, [{"detail": each.detail, "pointer": each.pointer[:2000]} for each in faults]


async def _read(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _header(headers: list[tuple[bytes, bytes]], name: bytes) -> str | None:
    """A header's value; several fields of one name are one list (RFC 9110, 5.3)."""
    values = [value.decode("latin-1") for key, value in headers if key == name]
    return ", ".join(values) if values else None


def _query(query_string: bytes, errors: Errors) -> dict[str, str]:
    """The query's parameters; each may stand there once."""
    if not query_string:
        return {}
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        errors.append(_error("query", "", "is not percent-encoded UTF-8"))
        return {}
    for name, value in pairs:
        if name in found:
            errors.append(_error("query", name, "is given twice"))
        found[name] = value
    return found


def _text(parameter: Parameter, scope: Scope, query: dict[str, str]) -> str | None:
    if parameter.place == "query":
        return query.pop(parameter.name, None)
    if parameter.place == "path":
        text: str = scope["path_params"][parameter.name]
        return text
    return _header(scope["headers"], parameter.name.lower().encode())


def _error(place: str, name: str, detail: str) -> dict[str, str]:
    return {"detail": detail, "in": place, "name": name[:500]}
