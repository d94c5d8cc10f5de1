"""Invocations: a function is called for a request, and its answer is checked against the contract.

A function that does something its contract does not describe is a fault of ours: it ends in a 500
and a log line that names the operation and the fault, but no value.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, cast

import orjson
from starlette.exceptions import HTTPException

from service.call import Answer, Call
from service.contract.document import ContractError, Document, Place
from service.contract.model import PARSERS, Contract, Operation
from service.contract.parts import whole
from service.contract.rules import Rule
from service.contract.schemas import Schema, schema_at
from service.contract.stated import check_problem
from service.functions import Answer as OwnAnswer
from service.functions import Derived, Item, Items, NotWritten, Turn
from service.ids import ids_of
from service.operations import Operations
from service.problems import FunctionFault, Problem, members, problem_of
from service.signatures import Argument, Signatures
from service.stores import StoreError
from service.stores.limits import can_be_sent

_OF_ITEMS = {"etag", "location", "link"}
"""Headers that a rule sends whether the contract names them or not."""

_OURS = {"content-type", "content-length", "transfer-encoding", "connection"}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")


def answerer(contract: Contract, operations: Operations) -> Callable[[Call], Answer]:
    """What answers a validated call: the operation's function if it has one, else its rule."""
    signatures = Signatures(contract)
    invocations = {
        each.id: Invocation(contract, each, operations, signatures.arguments(each))
        for each in contract.operations.values()
        if each.function
    }

    def answer(call: Call) -> Answer:
        invocation = invocations.get(call.operation.id)
        return operations.answer(call) if invocation is None else invocation.answer(call)

    return answer


@dataclass(frozen=True)
class _Success:
    """What the contract says about one status."""

    has_content: bool
    schema: Schema | None = None
    headers: Mapping[str, tuple[bool, str, Schema | None]] = field(default_factory=dict)
    """By lower-case name: whether the header is required, its type, its schema."""


class Invocation:
    """One operation and its function."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        operations: Operations,
        arguments: Mapping[str, list[Argument]],
    ) -> None:
        self.contract = contract
        self.operation = operation
        self.operations = operations
        self.function = cast(Callable[..., Any], operation.function)
        self.arguments = [
            arguments[name][0] for name in signature(self.function).parameters if name in arguments
        ]
        self.successes = dict(_successes(contract.document, operation))
        self.own = _own(contract, operation)
        self.taken = {each.parameter.name for each in self.arguments if each.parameter}
        self.wraps = any(each.source == "derived" for each in self.arguments)
        self.repeats = self.wraps and operation.rule is Rule.CREATE

    def answer(self, call: Call) -> Answer:
        """Call the function, and check its answer. Raises Problem, or FunctionFault."""
        try:
            repeated = self.operations.recall(call) if self.repeats else None
            return repeated or self._held(call, self._called(call))
        except FunctionFault as fault:
            raise FunctionFault(f"{self.operation.id}: {fault}") from fault
        except (HTTPException, SystemExit) as error:  # which the code around this would misread
            raise RuntimeError(f"{self.operation.id} raised {type(error).__name__}") from error

    def _called(self, call: Call) -> Any:
        turn = Turn(call, self._own_item(call), self.taken)
        values = {
            each.name: self._value(each, call, turn)
            for each in self.arguments
            if each.parameter is None or each.parameter.name in call.parameters
        }
        try:
            return self.function(**values)
        except (Problem, StoreError) as error:
            self._check_problem(problem_of(error))
            raise

    def _own_item(self, call: Call) -> tuple[str, str] | None:
        """The collection and the id of the item that the path identifies."""
        if self.own is None:
            return None
        name, parameter = self.own
        id = ids_of(self.contract.collections[name]).named(call.parameters[parameter])
        return None if id is None else (name, id)

    def _value(self, argument: Argument, call: Call, turn: Turn) -> Any:
        match argument.source:
            case "parameter":
                return call.parameters[argument.parameter.name] if argument.parameter else None
            case "body":  # a copy: what a function changes in it must not reach the rule
                return deepcopy(call.body) if self.wraps else call.body
            case "items":
                return Items(self.contract, argument.collection, self.operations.store, turn)
            case "caller":
                return call.caller
        return self._derived(call, turn)

    def _derived(self, call: Call, turn: Turn) -> Derived:
        def derived() -> OwnAnswer:
            turn.check_time()
            turn.own = None  # the rule obeys the precondition
            answer = self.operations.answer(call)
            body = None if answer.body is None else orjson.loads(answer.body)
            return OwnAnswer(answer.status, body, answer.headers)

        return derived

    # -- what is answered ------------------------------------------------------------------------

    def _held(self, call: Call, value: Any) -> Answer:
        status, headers = int(self.operation.success), {}
        if isinstance(value, OwnAnswer):
            status, headers, value = value.status, dict(value.headers), value.body
        if isinstance(value, Item):
            headers = {"ETag": value.etag, **headers}
            of = self.operation.of
            if self.operation.rule is Rule.CREATE and of and of.name == value.collection:
                headers = {"Location": f"{call.path}/{value[of.id]}", **headers}
        success = self.successes.get(status)
        if success is None:
            raise FunctionFault(f"answers {status}, and the contract describes no such success")
        _check_headers(status, success, headers)
        return Answer(status, _body(status, success, value), headers)

    def _check_problem(self, problem: Problem) -> None:
        if isinstance(problem, NotWritten):
            return
        kind = problem.kind
        try:
            check_problem(
                self.contract.document,
                self.operation.place,
                members(kind, problem.detail, problem.errors),
            )
        except ContractError as fault:
            raise FunctionFault(
                f"raises {kind.name}, a {kind.status} that is not described: {fault.reason}"
            ) from problem


def _own(contract: Contract, operation: Operation) -> tuple[str, str] | None:
    """The collection of the item that a path identifies, and the parameter that has its id."""
    for name, collection in contract.collections.items():
        match = re.match(re.escape(collection.path) + r"/\{([^{}]+)\}(/[^{}]*)?$", operation.path)
        if match:
            return name, match[1]
    return None


def _successes(document: Document, operation: Operation) -> list[tuple[int, _Success]]:
    found = []
    responses: Place = (*operation.place, "responses")
    for status in document.at(responses):
        if status[0] in "23" and status.isdigit():
            place, response = document.resolve((*responses, status))
            headers = dict(_headers(document, place, response.get("headers", {})))
            found.append((int(status), _success(document, place, response, headers)))
    if operation.has_rule and operation.rule is Rule.GET:
        found.insert(0, (304, _Success(False)))  # unless it is described: later entries win
    return found


def _success(document: Document, place: Place, response: Any, headers: Any) -> _Success:
    content = response.get("content", {})
    for media_type, holder in content.items():
        if "schema" in holder:
            schema = schema_at(document, (*place, "content", media_type, "schema"))
            return _Success(True, schema, headers)
    return _Success(bool(content), None, headers)


def _headers(
    document: Document, place: Place, headers: Mapping[str, Any]
) -> list[tuple[str, tuple[bool, str, Schema | None]]]:
    found = []
    for name in headers:
        where, header = document.resolve((*place, "headers", name))
        schema, kind = None, "string"
        if "schema" in header:
            schema = schema_at(document, (*where, "schema"))
            kind = whole(document, (*where, "schema"))[1].get("type", "string")
        found.append((name.lower(), (bool(header.get("required")), kind, schema)))
    return found


def _check_headers(status: int, success: _Success, headers: Mapping[str, str]) -> None:
    sent = {name.lower() for name in headers}
    for name, (is_required, _, _) in success.headers.items():
        if is_required and name not in sent | _OURS:
            raise FunctionFault(f"answers {status} without the header {name}")
    for name, value in headers.items():
        low = name.lower()
        if not _HEADER.fullmatch(name) or low in _OURS:
            raise FunctionFault(f"answers {status} with a header that is not its to send")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise FunctionFault(f"answers {status} with {name}, which is not one line of text")
        if low not in success.headers and low not in _OF_ITEMS:
            raise FunctionFault(f"answers {status} with {name}, which is not described")
        _, kind, schema = success.headers.get(low, (False, "string", None))
        if schema is not None and kind in PARSERS:
            _check_header(status, name, value, kind, schema)


def _check_header(status: int, name: str, value: str, kind: str, schema: Schema) -> None:
    try:
        faults = [each.detail for each in schema.faults(PARSERS[kind](value))]
    except ValueError as error:
        faults = [str(error)]
    for detail in faults:
        raise FunctionFault(f"answers {status} with {name}, which {detail}")


def _body(status: int, success: _Success, value: Any) -> bytes | None:
    """The body as JSON; the schema checks the values of this very JSON."""
    if not success.has_content:
        if value is not None:
            raise FunctionFault(f"answers with a body, and {status} has none")
        return None
    try:
        body = orjson.dumps(value)
    except TypeError as error:
        raise FunctionFault(f"answers {status} with a value that JSON does not have") from error
    schema = success.schema
    if schema is not None and not schema.accepts(sent := orjson.loads(body)):
        if value is None:
            raise FunctionFault(f"answers nothing, and {status} has a body")
        fault = schema.faults(sent)[0]
        raise FunctionFault(f"answers {status} with {schema.named(fault)}: {fault.detail}")
    if not can_be_sent({"body": body.decode()}):
        raise FunctionFault(f"answers {status} with more than Lambda sends")
    return body
