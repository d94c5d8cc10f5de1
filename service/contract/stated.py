"""What a contract states about one operation, before any rule or function is looked for.

Whatever is wrong here keeps the operation from being served at all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.contract.document import ContractError, Document, Faults, Place
from service.contract.headers import SPELLINGS
from service.contract.model import PARSERS, Parameter
from service.contract.parts import whole
from service.contract.schemas import Schema, schema_at
from service.contract.security import Demand, demand_of
from service.problems import sample

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM_JSON = "application/problem+json"

METHODS = ("get", "put", "post", "delete", "patch")

_BESIDE_OPERATIONS = {"summary", "description", "parameters", "servers"}
_ANSWERED_ALREADY = {"options", "head", "trace"}
_WITHOUT_BODY = ("get", "delete")
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}
"""OpenAPI 3.0.3, Parameter Object: "the parameter definition SHALL be ignored"."""

_OTHER_TYPES = "Functions take and give JSON. Send a link to the file instead."


@dataclass(eq=False)
class Stated:
    """One method on one path, as the contract describes it."""

    document: Document
    path: str
    method: str
    id: str = ""
    parameters: tuple[Parameter, ...] = ()
    parameter_places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """Pointers to parameters, by location and name."""
    body_places: dict[str, Place] = field(default_factory=dict)
    """Pointers to the schemas of the body, by media type."""
    successes: dict[str, Place | None] = field(default_factory=dict)
    """By status, a pointer to the schema of its content; None if it has no content."""
    undescribed: tuple[ContractError, ...] = ()
    """Why a rule finds no schema for a success that has content."""
    demand: Demand = field(default_factory=Demand)
    """Who may call it."""
    faults: Faults = field(default_factory=Faults)

    @property
    def place(self) -> Place:
        return ("paths", self.path, self.method)

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.at(self.place)  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        """Its name in messages: `GET /books`."""
        return f"{self.method.upper()} {self.path}"

    @property
    def bodies(self) -> dict[str, Schema]:
        """The schemas of the body by media type. Raises ContractError if one cannot be compiled."""
        return {
            media_type: schema_at(self.document, place, request=True)
            for media_type, place in self.body_places.items()
        }

    @property
    def body_place(self) -> Place | None:
        return next(iter(self.body_places.values()), None)


def stated_operations(document: Document, faults: Faults) -> Iterator[Stated]:
    """Every operation of a document, in order; anything else is a fault of the document."""
    for path, item in document.data.get("paths", {}).items():
        if path.startswith("x-"):
            continue
        wrong = Faults()
        with wrong.collected():
            _check_path(path)
        for key in item:
            if key in METHODS:
                reader = _Reader(Stated(document, path, key, faults=Faults(wrong)))
                yield reader.read()
            elif key not in _BESIDE_OPERATIONS and not key.startswith("x-"):
                faults.append(_no_operation(path, key))


def _no_operation(path: str, key: str) -> ContractError:
    reason = f"{key!r} is not a method that can be served."
    if key in _ANSWERED_ALREADY:
        reason = f"{key.upper()} is answered already: with GET, by CORS, or not at all."
    return ContractError(("paths", path, key), reason, "Remove it.", "method")


_SEGMENT = re.compile(r"[^{}:]+|\{[^{}]+\}|[^{}:][^{}]*")


def _check_path(path: str) -> None:
    place = ("paths", path)
    if path == "/":
        return
    if path.endswith("/"):
        raise ContractError(
            place,
            "API Gateway has no path that ends in a slash.",
            f"Write {path.rstrip('/') or '/'}.",
            "path",
        )
    for segment in path.removeprefix("/").split("/"):
        if segment.startswith(":"):
            raise ContractError(
                place, f"A parameter is written {{{segment[1:]}}}.", f"Correct {segment}.", "path"
            )
        if not _SEGMENT.fullmatch(segment):
            raise ContractError(
                place,
                f"The segment {segment!r} is neither a name nor one whole parameter.",
                "Write each parameter as a segment of its own, like /books/{bookId}.",
                "path",
            )


class _Reader:
    """Reads one operation, and collects what is wrong with it."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated
        self.document = stated.document

    def read(self) -> Stated:
        stated = self.stated
        if not isinstance(stated.data, dict):
            raise ContractError(
                stated.place, "This is not an operation.", "Write a mapping.", "openapi"
            )
        self._check_keys()
        stated.parameters = tuple(self._parameters())
        self._check_template()
        with stated.faults.collected():
            self._read_body()
        self._read_responses()
        return stated

    def _fault(self, place: Place, reason: str, remedy: str, kind: str) -> None:
        self.stated.faults.append(ContractError(place, reason, remedy, kind))

    # -- the operation itself --------------------------------------------------------------------

    def _check_keys(self) -> None:
        stated = self.stated
        stated.id = stated.data.get("operationId") or ""
        if not stated.id:
            stated.id = stated.name
            self._fault(
                stated.place,
                f"{stated.name} has no operationId.",
                "Give it one ('todo-api complete' does).",
                "operation-id",
            )
        stated.demand = demand_of(self.document, stated.place, stated.faults)
        for owner in (stated.place, stated.place[:-1]):
            if self.document.at(owner).get("servers"):
                self._fault(
                    (*owner, "servers"),
                    "'servers' has no effect here: the API has one address.",
                    "Remove it.",
                    "servers",
                )

    # -- parameters ------------------------------------------------------------------------------

    def _parameters(self) -> Iterator[Parameter]:
        """The operation's own parameters, then those of its path that it does not override."""
        seen: set[tuple[str, str]] = set()
        for owner in (self.stated.place, self.stated.place[:-1]):
            own: set[tuple[str, str]] = set()
            for index in range(len(self.document.at(owner).get("parameters", ()))):
                with self.stated.faults.collected():
                    where, declared = self.document.resolve((*owner, "parameters", str(index)))
                    key = declared["in"], declared["name"]
                    if key in own:
                        raise ContractError(
                            where, f"{key[1]!r} appears twice here.", "Keep one.", "parameter"
                        )
                    own.add(key)
                    if key not in seen and not _is_ignored(declared):
                        yield self._parameter(where, declared)
            seen |= own

    def _parameter(self, where: Place, declared: Mapping[str, Any]) -> Parameter:
        name, part = declared["name"], declared["in"]
        self._check_location(where, declared)
        if part == "header":
            name = SPELLINGS.get(name.lower(), name)
        place, schema = whole(self.document, (*where, "schema"))
        several = schema.get("type") == "array"
        of = schema
        if several:
            has_items = "items" in self.document.at(place)
            of = whole(self.document, (*place, "items"))[1] if has_items else {}
        if of.get("type") not in PARSERS:
            raise ContractError(
                place,
                f"{name!r} is neither a scalar nor an array of scalars.",
                "Give it such a type.",
                "parameter",
            )
        self.stated.parameter_places[part, name] = where
        return Parameter(
            name,
            part,
            bool(declared.get("required", False)),
            of["type"],
            schema_at(self.document, (*where, "schema")),
            several,
            several and part == "query" and declared.get("explode", True),
        )

    def _check_location(self, where: Place, declared: Mapping[str, Any]) -> None:
        name, part = declared["name"], declared["in"]
        if part == "cookie":
            raise ContractError(
                where,
                f"Cookies are not read, and neither is {name!r}.",
                "Send it as a header.",
                "parameter",
            )
        if "schema" not in declared:
            raise ContractError(
                where, f"The parameter {name!r} has no schema.", "Give it one.", "parameter"
            )
        style = declared.get("style", "form" if part == "query" else "simple")
        if style != ("form" if part == "query" else "simple"):
            raise ContractError(
                where,
                f"The style {style!r} of {name!r} is not supported here.",
                "Leave it out: the usual one is read.",
                "parameter",
            )

    def _check_template(self) -> None:
        named = re.findall(r"\{([^{}]+)\}", self.stated.path)
        described = [each.name for each in self.stated.parameters if each.place == "path"]
        for name in named:
            if name not in described and not self._is_faulty(name):
                self._fault(
                    self.stated.place,
                    f"The parameter {name!r} of the path is not described.",
                    "Describe it: in: path, required: true ('todo-api complete' does).",
                    "path-parameter",
                )
        for name in described:
            if name not in named:
                self._fault(
                    self.stated.parameter_places["path", name],
                    f"The path has no parameter {name!r}.",
                    "Remove it, or name it in the path.",
                    "parameter",
                )

    def _is_faulty(self, name: str) -> bool:
        """Whether a parameter is described wrongly, which is a fault that is already reported."""
        return any(f"{name!r}" in fault.reason for fault in self.stated.faults)

    # -- the body --------------------------------------------------------------------------------

    def _read_body(self) -> None:
        stated = self.stated
        if "requestBody" not in stated.data:
            return
        if stated.method in _WITHOUT_BODY:
            raise ContractError(
                (*stated.place, "requestBody"),
                f"{stated.method.upper()} takes no body.",
                "Remove it, and send parameters instead.",
                "body",
            )
        place, body = self.document.resolve((*stated.place, "requestBody"))
        kept = (JSON, MERGE_PATCH) if stated.method == "patch" else (JSON,)
        contents = self._contents(place, body, kept)
        if not body.get("required"):
            self._fault(
                place,
                "A body that clients may leave out is refused when they do.",
                "Write required: true ('todo-api complete' does).",
                "optional-body",
            )
        for media_type, written in contents.items():
            if "*" in written:
                self._fault(
                    (*place, "content", written),
                    f"{written} promises that a body may be anything, and the service reads JSON.",
                    "Write application/json ('todo-api complete' does).",
                    "media-types",
                )
            with stated.faults.collected():
                where = content_schema(self.document, place, written)
                stated.body_places[media_type] = where
                schema_at(self.document, where, request=True)

    def _contents(
        self, place: Place, holder: Mapping[str, Any], kept: tuple[str, ...]
    ) -> dict[str, str]:
        """The supported media types, each with the contract's spelling of it."""
        spelled = {_plain(each): each for each in holder.get("content", {})}
        found = {each: spelled[each] for each in kept if each in spelled}
        if not found and spelled:
            raise ContractError(
                (*place, "content"),
                f"This is {_either(spelled)}, and the service speaks JSON.",
                _OTHER_TYPES,
                "media-type",
            )
        others = [each for each in holder.get("content", {}) if each not in found.values()]
        if others:
            self._fault(
                (*place, "content", others[0]),
                f"It promises {_either(others)} too, and the service speaks JSON.",
                f"Keep {kept[0]} ('todo-api complete' does).",
                "media-types",
            )
        return found

    # -- what is answered ------------------------------------------------------------------------

    def _read_responses(self) -> None:
        stated = self.stated
        place = (*stated.place, "responses")
        responses = stated.data.get("responses", {})
        for status in responses:
            if status.startswith("2") and not status.isdigit():
                self._fault(
                    (*place, status),
                    f"{status} is not an HTTP status.",
                    "Write the status that is meant.",
                    "success",
                )
            elif status.startswith("2"):
                stated.successes[status] = None
                with stated.faults.collected():
                    self._check_empty(status, (*place, status))
                    stated.successes[status] = self._content((*place, status))
            elif status == "304":
                with stated.faults.collected():
                    self._check_empty(status, (*place, status))
        if not any(status[0] in "23" for status in responses):
            self._fault(
                place, "No success is described.", "Describe it, with its status.", "success"
            )

    def _check_empty(self, status: str, place: Place) -> None:
        """A 204 or a 304 has no content (RFC 9110, 15.3.5 and 15.4.5)."""
        place, response = self.document.resolve(place)
        if status in ("204", "304") and response.get("content"):
            raise ContractError(
                (*place, "content"), f"A {status} response has no content.", "Remove it.", "content"
            )

    def _content(self, place: Place) -> Place | None:
        place, response = self.document.resolve(place)
        if not response.get("content"):
            return None
        for media_type in self._contents(place, response, (JSON,)).values():
            try:
                where = content_schema(self.document, place, media_type)
                schema_at(self.document, where)
            except ContractError as fault:
                self.stated.undescribed = (*self.stated.undescribed, fault)
            else:
                return where
        return None


def content_schema(document: Document, place: Place, media_type: str) -> Place:
    """A pointer to the schema of the content of a response or a request body."""
    place = (*place, "content", media_type)
    if "schema" not in document.at(place):
        raise ContractError(
            place, f"Nothing says what this {media_type} holds.", "Give it a schema.", "no-schema"
        )
    return document.resolve((*place, "schema"))[0]


def check_problem(document: Document, place: Place, problem: dict[str, Any]) -> None:
    """Check a problem that an operation may return against the contract's description of it.

    The description is under its status, else under `4XX` or `5XX`, else under `default`.
    Raises ContractError if there is none, or if the problem does not match it.
    """
    _check_sent(document, *_response_to(document, place, str(problem["status"])), problem)


def _response_to(document: Document, place: Place, status: str) -> tuple[Place, Any]:
    """The response of an operation with this status, and the pointer to its description."""
    responses = document.at(place).get("responses", {})
    key = next((key for key in (status, f"{status[0]}XX", "default") if key in responses), None)
    if key is None:
        raise ContractError(
            (*place, "responses"),
            f"The operation may return {status}.",
            "Describe it, or add 'default' ('todo-api complete' does).",
            "no-problem",
        )
    return document.resolve((*place, "responses", key))


def _check_sent(document: Document, place: Place, response: Any, problem: dict[str, Any]) -> None:
    """Check a problem against a response."""
    if PROBLEM_JSON not in response.get("content", {}):
        raise ContractError(
            place,
            f"An error is an RFC 9457 problem, {PROBLEM_JSON}.",
            "Give it this content ('todo-api complete' does).",
            "no-problem",
        )
    schema = schema_at(document, content_schema(document, place, PROBLEM_JSON))
    for fault in schema.faults(problem):
        renamed = "Rename 'in' to 'part'. " if fault.pointer.endswith("/part") else ""
        raise ContractError(
            place,
            f"The schema refuses the problem that is sent: {fault.pointer} {fault.detail}.",
            f"{renamed}Allow type, title, status, detail and errors (detail, pointer, part, name);"
            " or refer to another schema ('todo-api complete' writes it).",
            "other-problem",
        )


def undescribed_problem(stated: Stated, statuses: tuple[int, ...]) -> ContractError | None:
    """The first problem that an operation may return and its contract does not describe."""
    document = stated.document
    for status in statuses:
        try:
            place, response = _response_to(document, stated.place, str(status))
            if (key := ("described", place, status)) not in document.compiled:
                _check_sent(document, place, response, sample(status))
                document.compiled[key] = True
        except ContractError as fault:
            return fault
    return None


def _is_ignored(declared: Mapping[str, Any]) -> bool:
    return declared["in"] == "header" and declared["name"].lower() in _IGNORED_HEADERS


def _plain(media_type: str) -> str:
    """A media type without parameters; a range that includes JSON counts as JSON."""
    plain = media_type.partition(";")[0].strip().lower()
    return JSON if plain in ("*/*", "application/*") else plain


def _either(names: Any) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else str(last)
