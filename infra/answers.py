"""Answers: whether everything that rules may answer agrees with the contract.

Every property of an item comes from a body, a default or the service itself. So one schema
describes all possible items, one all pages and one all problems; each has to be included in the
contract's schema. Headers are compared with those that are sent.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from infra.inclusion import Gap, Inclusion, Parts
from infra.portability import Advice
from service.contract.document import ContractError, Document, Faults, Place
from service.contract.item_schemas import SAMPLE_NUMBER
from service.contract.model import (
    WHOLE_ITEM,
    Collection,
    Contract,
    ItemShape,
    Operation,
    PageShape,
)
from service.contract.rules import Rule
from service.contract.schemas import Schema, schema_at
from service.contract.security import OPEN
from service.contract.stated import MERGE_PATCH, PROBLEM_JSON, content_schema
from service.cors import ANY_ORIGIN, common_headers
from service.problems import CLOSED, KINDS, RETRY_AFTER_SECONDS

Json = dict[str, Any]

_UUIDS = {
    "type": "string",
    "enum": [
        "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51",  # a random one
        "00000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-5fff-bfff-ffffffffffff",  # one of a name: of an idempotency key
    ],
}
_INTEGERS = {"type": "integer", "enum": [1, SAMPLE_NUMBER]}
_NOT_NULL = {"type": ["string", "integer", "number", "boolean", "array", "object"]}
_TIMES = {"type": "string", "enum": ["2026-11-22T10:00:00.000Z", "2286-11-20T17:46:39.999Z"]}
_CURSORS = {"type": "string", "enum": ["A" * 32, "0123456789" * 3 + "-_"]}
_SAMPLES = {
    "ETag": '"0Zb8Dk4PpT6yB9mN1qRs2A"',
    "Location": "/prod/things/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51",
    "Link": '<?limit=50&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA>; rel="next"',
    "Retry-After": str(RETRY_AFTER_SECONDS),
    "Allow": "GET, HEAD, POST",
    "WWW-Authenticate": "Bearer",
    **common_headers(ANY_ORIGIN),
}
_NAMES = {name.lower(): name for name in _SAMPLES}
_ALWAYS = {*common_headers(ANY_ORIGIN)}
_SENT: dict[Rule | None, tuple[set[str], set[str]]] = {
    Rule.LIST: (set(), {"Link"}),
    Rule.CREATE: ({"ETag", "Location"}, set()),
    Rule.GET: ({"ETag"}, set()),
    Rule.REPLACE: ({"ETag"}, set()),
    Rule.MERGE: ({"ETag"}, set()),
    Rule.DELETE: (set(), set()),
}
"""The headers of each success beyond those of every response: always sent, and sometimes."""
_OF_PROBLEMS: dict[str, tuple[set[str], set[str]]] = {
    "401": ({"WWW-Authenticate"}, set()),
    "405": ({"Allow"}, set()),
    "429": ({"Retry-After"}, set()),
    "503": ({"Retry-After"}, set()),
}
_AT_TIMES = (set[str](), {"Allow", "Retry-After", "WWW-Authenticate"})


def with_broken_promises(contract: Contract) -> Contract:
    """The contract, with an objection to each rule whose responses would break it, or that would
    accept no body; and a fault if a problem could not be sent as promised."""
    rows = dict(contract.operations)
    for collection in [*contract.collections.values(), None]:
        operations = [each for each in contract.operations.values() if each.of is collection]
        operations = [_with_body_faults(contract.document, each) for each in operations]
        answers = _Answers(contract.document, collection, operations)
        rows |= {each.id: answers.checked(each) for each in operations}
    return replace(contract, operations=rows)


def _with_body_faults(document: Document, operation: Operation) -> Operation:
    """Add an objection for each body that no value fulfils, or that could not be kept."""
    objections = Faults(operation.objections)
    for media_type, schema in operation.bodies.items() if operation.is_derived else ():
        place = operation.body_places[media_type]
        with objections.collected():
            _check_all_of(document, place)
            _check_unsent(document, place)
            inclusion = Inclusion()
            if inclusion.vacant(inclusion.parts(schema.root, schema.root)):
                raise ContractError(
                    place, "No body that a client may send is accepted.", "Ask for less.", "vacant"
                )
    return replace(operation, objections=tuple(objections))


def unsent_headers(contract: Contract) -> Iterator[Advice]:
    """Optional headers that a contract describes for a success, and no rule ever sends."""
    for operation in contract.operations.values():
        known = {each.lower() for each in _ALWAYS.union(*_SENT.get(operation.rule, ()))}
        place = (*operation.place, "responses", operation.success)
        if operation.function or not operation.is_derived:
            continue
        where, response = contract.document.resolve(place)
        for name in response.get("headers", {}):
            if name.lower() not in known | {"content-type"}:
                text = f"{name!r} is never sent by {operation.method.upper()} {operation.path}."
                yield Advice((*where, "headers", name), text, "Remove it.")


class _Answers:
    """The responses of one collection, or of operations that belong to none."""

    def __init__(
        self, document: Document, collection: Collection | None, operations: list[Operation]
    ) -> None:
        self.document = document
        self.of = collection
        self.operations = [each for each in operations if each.is_derived]
        self.inclusion = Inclusion()
        self.told: dict[tuple[str, str], ContractError] = {}
        """Each fault once, however many responses show it."""

    @property
    def collection(self) -> Collection:
        return cast(Collection, self.of)

    def checked(self, operation: Operation) -> Operation:
        faults, objections = Faults(operation.faults), Faults(operation.objections)
        is_told = any(each.kind in ("no-problem", "other-problem") for each in faults)
        for status, response, where in self._responses(operation):
            succeeds = status[0] in "123"
            with (objections if succeeds else faults).collected():
                self._check_headers(operation, status, where, response.get("headers", {}))
            if not succeeds and not is_told and PROBLEM_JSON in response.get("content", {}):
                with faults.collected():
                    self._check_problem(operation, status, where)
        if operation.is_derived:
            with objections.collected():
                self._check_success(operation)
        return replace(operation, faults=tuple(faults), objections=tuple(objections))

    def _first(self, *rules: Rule) -> Operation | None:
        return next((each for each in self.operations if each.rule in rules), None)

    # -- what items there may be -------------------------------------------------------------------

    @cached_property
    def _item(self) -> Json:
        """All items that create and update may leave behind."""
        collection, properties = self.collection, {}
        for name in collection.properties:
            ways = list(self._written(name))
            properties[name] = ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else False
        return {**_object(properties, sorted(self._always())), **self._chosen()}

    def _written(self, name: str) -> Iterator[Json]:
        """The different schemas that writers of a property have for it."""
        collection = self.collection
        ways: list[Json] = []
        if name == collection.id:
            ways.append(_INTEGERS if collection.integer_ids else _UUIDS)
        if name in collection.stamped:
            ways.append(_TIMES)
        for defaults in (collection.defaults, collection.defaults_on_create):
            ways += [{"enum": [defaults[name]]}] if name in defaults else []
        for operation in self.operations:
            for media_type, schema in operation.bodies.items() if name in operation.sent else ():
                parts = self.inclusion.property(self._parts(schema), name)
                schemas = [part.schema for part in parts]
                if media_type == MERGE_PATCH:  # where null removes
                    schemas.append(_NOT_NULL)
                ways.append({"allOf": schemas} if schemas else {})
        seen: list[Json] = []
        for way in ways:
            if way not in seen:
                seen.append(way)
                yield way

    def _always(self) -> set[str]:
        """The properties of every item; if nothing creates items, those that responses require."""
        collection, create = self.collection, self._first(Rule.CREATE)
        ours = {collection.id, *collection.stamped}
        if create is None:
            return ours | collection.required
        required = {
            name
            for part in self._parts(cast(Schema, create.body))
            for name in part.schema.get("required", ())
        }
        return ours | required | collection.defaults_on_create.keys()

    def _chosen(self) -> Json:
        """What create's body demands of several properties, unless updates or defaults break it."""
        create, merge = self._first(Rule.CREATE), self._first(Rule.MERGE)
        if create is None or self.collection.defaults_on_create or merge:
            return {}
        parts = self._parts(cast(Schema, create.body))
        found = [
            {key: part.schema[key]}
            for part in parts
            for key in ("anyOf", "oneOf", "not")
            if key in part.schema and not _counts(part.schema[key])
        ]
        return {"allOf": found} if found else {}

    def _page(self, shape: PageShape) -> Json:
        items = {
            "type": "array",
            "maxItems": shape.most,
            "items": _as_shown(self._item, shape.shown),
        }
        if shape.items is None:
            return items
        properties: Json = {shape.items: items}
        if shape.count is not None:
            properties[shape.count] = {"type": "integer", "enum": list(range(shape.most + 1))}
        required = list(properties)
        if shape.next is not None:
            properties[shape.next] = _CURSORS
        return _object(properties, required)

    # -- what is shown of it -----------------------------------------------------------------------

    def _check_headers(
        self, operation: Operation, status: str, where: Place, headers: Json
    ) -> None:
        if status[0] in "123":
            if not operation.is_derived:  # a function may send anything
                return
            always, at_times = _SENT[operation.rule]
        else:
            always, at_times = _OF_PROBLEMS.get(
                status, _AT_TIMES if status == "default" else (set(), {"Retry-After"})
            )
        for name in headers:
            place, header = self.document.resolve((*where, "headers", name))
            known = _NAMES.get(name.lower(), name)
            if known.lower() == "content-type":  # "shall be ignored" (OpenAPI 3.0.3, Response)
                continue
            if known not in always | at_times | _ALWAYS and not header.get("required"):
                continue  # which `unsent_headers` reports
            if known not in always | at_times | _ALWAYS:
                raise ContractError(
                    (*where, "headers", name),
                    f"Clients never send {name!r} here.",
                    "Remove it, or do not require it.",
                    "header",
                )
            if header.get("required") and known not in always | _ALWAYS:
                raise ContractError(
                    (*where, "headers", name),
                    f"{name!r} is not sent with every such response.",
                    "Do not require it.",
                    "header",
                )
            if "schema" in header:
                schema = schema_at(self.document, (*place, "schema"))
                number = _SAMPLES[known].isdigit() and not schema.accepts(_SAMPLES[known])
                sample = int(_SAMPLES[known]) if number else _SAMPLES[known]
                for fault in schema.faults(sample)[:1]:
                    raise ContractError(
                        (*place, "schema"),
                        f"{name!r} is sent like {_SAMPLES[known]}: {fault.detail}.",
                        "Allow it.",
                        "header",
                    )

    def _check_success(self, operation: Operation) -> None:
        if operation.answer is None:
            return
        _check_all_of(self.document, operation.answer)
        sent = (
            self._page(operation.page)
            if operation.page
            else _as_shown(self._item, operation.shown or WHOLE_ITEM)
        )
        self._check_shown(sent, operation.answer, operation.page is not None)

    def _check_problem(self, operation: Operation, status: str, where: Place) -> None:
        """Check a problem's schema; no caller of an open operation is asked to sign in."""
        kinds = (
            KINDS if operation.access != OPEN else [each for each in KINDS if each not in CLOSED]
        )
        numbers = [str(kind.status) for kind in kinds if _stands_for(status, kind.status)]
        place = content_schema(self.document, where, PROBLEM_JSON)
        key = ("problems", place, *numbers)
        if self.document.compiled.get(key):
            return
        _check_all_of(self.document, place)
        for number in numbers:
            self._check_shown(_problem(number), place, page=False)
        self.document.compiled[key] = True

    def _responses(self, operation: Operation) -> Iterator[tuple[str, Json, Place]]:
        place = (*operation.place, "responses")
        for status in self.document.at(operation.place).get("responses", {}):
            if not status.startswith("x-"):
                where, response = self.document.resolve((*place, status))
                yield status, response, where

    def _check_shown(self, sent: Json, place: Place, page: bool) -> None:
        shown = schema_at(self.document, place)
        gap = self.inclusion.gap(self.inclusion.parts(sent, self._root), self._parts(shown))
        if gap:
            fault = self._broken(gap, place, page)
            raise self.told.setdefault((fault.reason, fault.remedy), fault)

    @cached_property
    def _root(self) -> Json:
        """The components that any body refers to: an item consists of what all bodies take."""
        found: Json = {}
        for operation in self.operations:
            for schema in operation.bodies.values():
                found |= schema.root["components"]["schemas"]
        return {"components": {"schemas": found}}

    def _broken(self, gap: Gap, place: Place, page: bool) -> ContractError:
        path = gap.path
        if page and "*" in path:  # inside the items of a page
            path = path[path.index("*") + 1 :]
        name = ".".join(path)
        of = f" of {name!r}" if path else ""
        if not gap.proven:
            return ContractError(
                place,
                f"What is promised{of} cannot be shown to be kept: {gap.keyword}.",
                "Write it in simpler terms, or refer to one schema in the body and here.",
                "promise",
            )
        if gap.keyword == "required":
            return ContractError(
                place,
                f"{name!r} is required in a response, and may be missing.",
                "Require it in the request too, give it a default, or do not require it here.",
                "not-required",
            )
        what = "The item" if path and self.of and path[0] in self.of.names else "The answer"
        return ContractError(
            place,
            f"{what} promises more{of} than is kept: {gap.keyword}.",
            "Refer to one schema in the body and here, or allow here whatever may be sent.",
            "promise",
        )

    def _parts(self, schema: Schema) -> Parts:
        return self.inclusion.parts(schema.root, schema.root)


def _counts(choice: Any) -> bool:
    """Whether a choice depends on the set of all properties, to which the service adds its own."""
    text = json.dumps(choice)
    return any(key in text for key in ("additionalProperties", "Properties", "$ref", '"not"'))


def _as_shown(item: Json, shape: ItemShape) -> Json:
    """What a response shows of an item, inside its wrapper."""
    if shape.names is not None:
        shown = {name: each for name, each in item["properties"].items() if name in shape.names}
        item = _object(shown, [name for name in item["required"] if name in shown])
    return item if shape.wrapper is None else _object({shape.wrapper: item}, [shape.wrapper])


def _object(properties: Json, required: list[str]) -> Json:
    """The schema of a closed object."""
    shape = {"type": "object", "additionalProperties": False}
    return {**shape, "required": required, "properties": properties}


def _stands_for(key: str, status: int) -> bool:
    return key in ("default", str(status), f"{status // 100}XX")


def _problem(status: str) -> Json:
    """The schema of every problem with this status."""
    kinds = [kind for kind in KINDS if str(kind.status) == status]
    text = {"type": "string", "minLength": 1, "maxLength": 1000}
    part = {"type": "string", "enum": ["path", "query", "header"]}
    short = {"type": "string", "maxLength": 500}
    fault = {
        "type": "object",
        "additionalProperties": False,
        "required": ["detail"],
        "properties": {
            "detail": {**short, "minLength": 1},
            "pointer": {"type": "string", "maxLength": 2000},
            "part": part,
            "name": short,
        },
    }
    errors = {"type": "array", "minItems": 1, "maxItems": 100, "items": fault}
    properties = {
        "type": {"type": "string", "enum": [f"urn:problem-type:{kind.name}" for kind in kinds]},
        "title": {"type": "string", "enum": [kind.title for kind in kinds]},
        "status": {"type": "integer", "enum": [int(status)] if kinds else []},
        "detail": text,
        **({"errors": errors} if status == "400" else {}),
    }
    return _object(properties, ["type", "title", "status", "detail"])


# -- what no schema may do -------------------------------------------------------------------------


def _check_all_of(document: Document, place: Place) -> None:
    """Refuse closed parts of `allOf`: they would refuse the properties of other parts."""
    for where, schema in _reached(document, place):
        places = [(*where, "allOf", str(i)) for i in range(len(schema.get("allOf", ())))]
        parts = [schema, *(document.resolve(each)[1] for each in places)] if places else []
        names = {name for part in parts for name in part.get("properties", {})}
        for part in parts:
            if (
                part.get("additionalProperties") is False
                and names - part.get("properties", {}).keys()
            ):
                raise ContractError(
                    where,
                    "The parts of allOf refuse each other's properties.",
                    "Write one closed object.",
                    "all-of",
                )


def _check_unsent(document: Document, place: Place) -> None:
    """Refuse readOnly inside a property: nobody writes it there, neither service nor client."""
    own = {where for where, _ in _reached(document, place, ("allOf",))}
    for where, schema in _reached(document, place):
        for name in schema.get("required", ()) if where not in own else ():
            if name not in schema.get("properties", {}):
                continue
            _, each = document.resolve((*where, "properties", name))
            if each.get("readOnly"):
                raise ContractError(
                    (*where, "properties", name),
                    f"Nothing writes {name!r}: it is readOnly, so that no client may send it, and"
                    " the service writes nothing inside a property.",
                    "Describe what is sent by a schema of its own, without readOnly, in the body"
                    " and in the item; or do not require it.",
                    "unwritten",
                )


_HOLD_SCHEMAS = ("properties", "allOf", "anyOf", "oneOf", "items", "additionalProperties", "not")


def _reached(
    document: Document, place: Place, keys: tuple[str, ...] = _HOLD_SCHEMAS
) -> Iterator[tuple[Place, Json]]:
    """Every schema that these keywords lead to, including the first, once."""
    waiting, seen = [place], set()
    while waiting:
        where, schema = document.resolve(waiting.pop())
        if where in seen or not isinstance(schema, dict):
            continue
        seen.add(where)
        yield where, schema
        for key in keys:
            held = schema.get(key)
            if key in ("items", "additionalProperties", "not"):
                waiting += [(*where, key)] if isinstance(held, dict) else []
            else:
                names = held if isinstance(held, dict) else range(len(held or ()))
                waiting += [(*where, key, str(name)) for name in names]
