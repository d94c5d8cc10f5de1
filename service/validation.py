"""Validation: every parameter and body is checked against the contract before an operation sees it.

This is one of Connexion's middlewares: Connexion routes a request to an operation of the contract,
and finds the `OperationValidation` that was built for it at start. That leaves the request as it
understood it in the scope, as a `Call`: nothing is parsed twice.
"""

from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import parse_qsl

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from service.bodies import NotJson, media_type_of, parse
from service.call import CALL, EVENT, REQUEST_PATH, Call
from service.callers import caller_reader
from service.contract.model import Contract, Operation, Parameter
from service.contract.paths import slots
from service.contract.schemas import Schema
from service.problems import InvalidRequest, UnsupportedMediaType

MOST_ERRORS = 100

Errors = list[dict[str, str]]
Headers = dict[bytes, str]


class OperationValidation:
    """Checks the requests of one operation; finds every fault before it raises."""

    def __init__(self, operation: Operation, next_app: ASGIApp) -> None:
        self.operation = operation
        self.parameters = (*operation.parameters, *operation.undeclared)
        self.slots = slots(operation.path)
        self.read_caller = caller_reader(operation.access)
        self.exploded = {each.name for each in operation.parameters if each.exploded}
        self.fields = {
            *(b"content-type", b"content-encoding"),
            *(each.field for each in self.parameters if each.place == "header"),
        }
        self.next_app = next_app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(self.operation, scope.get(REQUEST_PATH, scope["path"]))
        if self.read_caller is not None:
            call.caller = self.read_caller(scope[EVENT])
        headers = _headers(scope["headers"], self.fields)
        errors = self._read_parameters(call, scope, headers)
        if self.operation.bodies:
            errors += await _read_body(call, self.operation.bodies, receive, headers)
        if errors:
            raise InvalidRequest(errors[:MOST_ERRORS])
        scope[CALL] = call
        await self.next_app(scope, receive, send)

    def _read_parameters(self, call: Call, scope: Scope, headers: Headers) -> Errors:
        errors: Errors = []
        query, several = _query(scope["query_string"], self.exploded, errors)
        for parameter in self.parameters:
            if parameter.exploded:
                texts = several.pop(parameter.name, None)
            elif (text := _text(parameter, self.slots, scope, query, headers)) is not None:
                texts = text.split(",") if parameter.several else [text]
            else:
                texts = None
            if texts is not None:
                _take(parameter, texts, call, errors)
            elif parameter.required:
                errors.append(_error(parameter.place, parameter.name, "is required"))
        for name in query:
            errors.append(_error("query", name, "is not a parameter that is known here"))
        return errors


class ValidationAPI(RoutedAPI):  # type: ignore[misc]
    """Connexion's list of operations, each with its validation."""

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self.add_paths()

    def make_operation(self, operation: Any) -> OperationValidation:
        return OperationValidation(self.contract.operations[operation.operation_id], self.next_app)


class ValidationMiddleware(RoutedMiddleware):  # type: ignore[misc]
    """Passes each request through the validation of its operation."""

    api_cls = ValidationAPI


def _take(parameter: Parameter, texts: list[str], call: Call, errors: Errors) -> None:
    try:
        values = [parameter.parse(text) for text in texts]
    except ValueError as error:
        errors.append(_error(parameter.place, parameter.name, str(error)))
        return
    value = values if parameter.several else values[0]
    for fault in parameter.schema.faults(value):
        errors.append(_error(parameter.place, parameter.name, fault.detail))
    call.parameters[parameter.name] = value


async def _read_body(
    call: Call, schemas: Mapping[str, Schema], receive: Receive, headers: Headers
) -> Errors:
    call.media_type = media_type_of(
        headers.get(b"content-type"), headers.get(b"content-encoding"), schemas
    )
    call.raw_body = await _read(receive)
    if not call.raw_body:
        return [{"detail": "is required: send a JSON object", "pointer": ""}]
    if b"content-type" not in headers:
        raise UnsupportedMediaType(f"Say Content-Type: {call.media_type}.")
    try:
        call.body = parse(call.raw_body)
    except NotJson as error:
        return [{"detail": str(error), "pointer": ""}]
    faults = schemas[call.media_type].faults(call.body)
    return [{"detail": each.detail, "pointer": each.pointer[:2000]} for each in faults]


async def _read(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _headers(fields: list[tuple[bytes, bytes]], wanted: Container[bytes]) -> Headers:
    """The wanted headers by name; several fields of one name form one list (RFC 9110, 5.3).

    A browser sends 17 headers, of which an operation reads four.
    """
    headers: Headers = {}
    for name, value in fields:
        if name in wanted:
            text = value.decode("latin-1").strip(" \t")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _query(
    query_string: bytes, exploded: Container[str], errors: Errors
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The query's parameters: each may be there once, except those that are exploded."""
    if not query_string:
        return {}, {}
    found: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    try:
        pairs = pairs_of(query_string.decode("ascii"))
    except ValueError:
        errors.append(_error("query", "", "is not percent-encoded UTF-8"))
        return {}, {}
    for name, value in pairs:
        if name in exploded:
            several.setdefault(name, []).append(value)
            continue
        if name in found:
            errors.append(_error("query", name, "is given twice"))
        found[name] = value
    return found, several


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Like `parse_qsl`, but faster where nothing is encoded, as in most queries.

    Raises ValueError for text that is not percent-encoded UTF-8.
    """
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    parts = (each.partition("=") for each in query.split("&") if each)
    return [(name, value) for name, _, value in parts]


def _text(
    parameter: Parameter,
    slots: Mapping[str, str],
    scope: Scope,
    query: dict[str, str],
    headers: Headers,
) -> str | None:
    """The text of a parameter; a query parameter is also removed from `query`."""
    if parameter.place == "query":
        return query.pop(parameter.name, None)
    if parameter.place == "path":
        text: str = scope["path_params"][slots[parameter.name]]
        return text
    return headers.get(parameter.field)


def _error(part: str, name: str, detail: str) -> dict[str, str]:
    return {"detail": detail, "part": part, "name": name[:500]}
