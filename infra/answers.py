"""Answers: whether all that the service may answer is what the contract says of it.

Every property of an item comes from a body, a default or the service itself. So one schema tells
of all items there may be, one of all pages and one of all problems; each has to be included in the
schema that the contract shows. Headers are held against what is sent.
"""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from infra.inclusion import Gap, Inclusion, Parts
from service.contract.derivation import JSON, MOST_ITEMS, PROBLEM_JSON, content_schema
from service.contract.document import ContractError, Document, Place
from service.contract.model import Collection, Contract, Kind, Operation
from service.contract.schemas import Schema, schema_at
from service.cors import ANY_ORIGIN, common_headers
from service.problems import KINDS, RETRY_AFTER_SECONDS

Json = dict[str, Any]

_UUIDS = {
    "type": "string",
    "enum": [
        "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51",  # a random one
        "00000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-5fff-bfff-ffffffffffff",  # of a name: of an idempotency key
    ],
}
_TIMES = {"type": "string", "enum": ["2026-11-22T10:00:00.000Z", "2286-11-20T17:46:39.999Z"]}
_CURSORS = {"type": "string", "enum": ["A" * 32, "0123456789" * 3 + "-_"]}
_SAMPLES = {
    "ETag": '"0Zb8Dk4PpT6yB9mN1qRs2A"',
    "Location": "/prod/things/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51",
    "Link": '<?limit=50&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA>; rel="next"',
    "Retry-After": str(RETRY_AFTER_SECONDS),
    "Allow": "GET, HEAD, POST",
    **common_headers(ANY_ORIGIN),
}
_NAMES = {name.lower(): name for name in _SAMPLES}
_ALWAYS = {*common_headers(ANY_ORIGIN)}
_SENT: dict[tuple[Kind, str], tuple[set[str], set[str]]] = {
    (Kind.LIST, "200"): (set(), {"Link"}),
    (Kind.CREATE, "201"): ({"ETag", "Location"}, set()),
    (Kind.GET, "200"): ({"ETag"}, set()),
    (Kind.GET, "304"): ({"ETag"}, set()),
    (Kind.UPDATE, "200"): ({"ETag"}, set()),
    (Kind.DELETE, "204"): (set(), set()),
}
"""The headers of each success beside those of every answer: always sent, and at times."""
_OF_PROBLEMS: dict[str, tuple[set[str], set[str]]] = {
    "405": ({"Allow"}, set()),
    "429": ({"Retry-After"}, set()),
    "503": ({"Retry-After"}, set()),
}
_AT_TIMES = (set[str](), {"Allow", "Retry-After"})


def check_answers(contract: Contract) -> None:
    """Raises ContractError if an answer may break the contract, or no body can keep it."""
    for collection in contract.collections.values():
        operations = [
            each for each in contract.operations.values() if each.collection is collection
        ]
        _Answers(contract.document, collection, {each.kind: each for each in operations}).check()


class _Answers:
    """The answers of one collection."""

    def __init__(
        self, document: Document, collection: Collection, operations: dict[Kind, Operation]
    ) -> None:
        self.document = document
        self.collection = collection
        self.operations = operations
        self.inclusion = Inclusion()

    def check(self) -> None:
        bodies = [self._body(each) for each in self.operations.values() if each.body is not None]
        for operation in self.operations.values():
            self._check_contents(operation)
        for place in bodies:
            _check_all_of(self.document, place)
            _check_unsent(self.document, place)
            self._check_reachable(place)
        item = self._item()
        for operation in self.operations.values():
            self._check_success(operation, item)
            self._check_problems(operation)

    # -- what there may be -------------------------------------------------------------------------

    def _item(self) -> Json:
        """All items that create and update may leave behind."""
        collection, properties = self.collection, {}
        for name in collection.properties:
            ways = list(self._written(name))
            properties[name] = ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else False
        item = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**item, "required": sorted(self._always()), **self._chosen()}

    def _written(self, name: str) -> Iterator[Json]:
        """What each writer makes of a property; no two alike."""
        collection, ways = self.collection, []
        if name == collection.id:
            ways.append(_UUIDS)
        if name in (*collection.stamped_on_create, *collection.stamped_on_write):
            ways.append(_TIMES)
        for defaults in (collection.defaults, collection.defaults_on_create):
            ways += [{"enum": [defaults[name]]}] if name in defaults else []
        for operation in self.operations.values():
            if name in operation.sent:
                schemas = [part.schema for part in self._sent(operation, name)]
                ways.append({"allOf": schemas} if schemas else {})
        seen: list[Json] = []
        for way in ways:
            if way not in seen:
                seen.append(way)
                yield way

    def _sent(self, operation: Operation, name: str) -> Parts:
        schema = schema_at(self.document, self._body(operation), request=True)
        return self.inclusion.property(self._parts(schema), name)

    def _always(self) -> set[str]:
        """What every item has. Where nothing creates items, what is shown of them is believed."""
        collection, create = self.collection, self.operations.get(Kind.CREATE)
        ours = {collection.id, *collection.stamped_on_create, *collection.stamped_on_write}
        if create is None:
            return ours | collection.required
        schema = schema_at(self.document, self._body(create), request=True)
        required = {
            name for part in self._parts(schema) for name in part.schema.get("required", ())
        }
        return ours | required | collection.defaults_on_create.keys()

    def _chosen(self) -> Json:
        """What create's body asks of several properties, if no update and no default breaks it."""
        create, update = self.operations.get(Kind.CREATE), self.operations.get(Kind.UPDATE)
        if create is None or self.collection.defaults_on_create or (update and not update.replaces):
            return {}
        parts = self._parts(schema_at(self.document, self._body(create), request=True))
        found = [
            {key: part.schema[key]}
            for part in parts
            for key in ("anyOf", "oneOf", "not")
            if key in part.schema and not _counts(part.schema[key])
        ]
        return {"allOf": found} if found else {}

    def _page(self, item: Json, most: int) -> Json:
        return {
            "type": "object",
            "additionalProperties": False,
            "required": ["items", "count"],
            "properties": {
                "items": {"type": "array", "maxItems": most, "items": item},
                "count": {"type": "integer", "enum": list(range(most + 1))},
                "next": _CURSORS,
            },
        }

    # -- what is shown of it -----------------------------------------------------------------------

    def _check_contents(self, operation: Operation) -> None:
        for status, response, where in self._responses(operation):
            if status in ("204", "304") and response.get("content"):
                raise ContractError(
                    (*where, "content"), f"An answer {status} has no content.", "Remove it."
                )
            self._check_headers(operation, status, where, response.get("headers", {}))

    def _check_headers(
        self, operation: Operation, status: str, where: Place, headers: Json
    ) -> None:
        always, at_times = _SENT.get((operation.kind, status)) or _OF_PROBLEMS.get(
            status, _AT_TIMES if status == "default" else (set(), {"Retry-After"})
        )
        for name in headers:
            place, header = self.document.resolve((*where, "headers", name))
            known = _NAMES.get(name.lower(), name)
            if known.lower() == "content-type":  # "shall be ignored" (OpenAPI 3.0.3, Response)
                continue
            if known not in always | at_times | _ALWAYS:
                raise ContractError(
                    (*where, "headers", name), f"Nobody sends {name!r} here.", "Remove it."
                )
            if header.get("required") and known not in always | _ALWAYS:
                raise ContractError(
                    (*where, "headers", name),
                    f"{name!r} is not sent with every such answer.",
                    "Do not require it.",
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
                    )

    def _check_success(self, operation: Operation, item: Json) -> None:
        if operation.kind is Kind.DELETE:
            return
        where: Place = ("paths", operation.path, operation.kind.method, "responses")
        where, _ = self.document.resolve((*where, operation.kind.success))
        place = content_schema(self.document, where, JSON)
        _check_all_of(self.document, place)
        sent = item
        if operation.kind is Kind.LIST:
            sent = self._page(item, _largest_page(operation))
        self._check_shown(sent, place, operation.kind is Kind.LIST)

    def _check_problems(self, operation: Operation) -> None:
        for status, response, where in self._responses(operation):
            if PROBLEM_JSON not in response.get("content", {}):
                continue
            numbers = [str(kind.status) for kind in KINDS] if status == "default" else [status]
            place = content_schema(self.document, where, PROBLEM_JSON)
            key = ("problems", place, status)
            if self.document.compiled.setdefault(key, False):
                continue
            _check_all_of(self.document, place)
            for number in numbers:
                self._check_shown(_problem(number), place, page=False)
            self.document.compiled[key] = True

    def _responses(self, operation: Operation) -> Iterator[tuple[str, Json, Place]]:
        place: Place = ("paths", operation.path, operation.kind.method, "responses")
        for status in self.document.at(place):
            if not status.startswith("x-"):
                where, response = self.document.resolve((*place, status))
                yield status, response, where

    def _check_shown(self, sent: Json, place: Place, page: bool) -> None:
        shown = schema_at(self.document, place)
        gap = self.inclusion.gap(self.inclusion.parts(sent, self._root), self._parts(shown))
        if gap:
            raise self._broken(gap, place, page)

    @cached_property
    def _root(self) -> Json:
        """The components that any body reaches: an item is made of what all of them take."""
        found: Json = {}
        for operation in self.operations.values():
            if operation.body is not None:
                found |= operation.body.root["components"]["schemas"]
        return {"components": {"schemas": found}}

    def _broken(self, gap: Gap, place: Place, page: bool) -> ContractError:
        path = gap.path[2:] if page and gap.path[:2] == ("items", "*") else gap.path
        name = ".".join(path)
        of = f" of {name!r}" if path else ""
        if not gap.proven:
            return ContractError(
                place,
                f"What is promised{of} cannot be shown to be kept: {gap.keyword}.",
                "Write it plainly, or refer to one schema in the body and here.",
            )
        if gap.keyword == "required":
            return ContractError(
                place,
                f"{name!r} is required in an answer, and may be missing.",
                "Require it in the request too, give it a default, or do not require it here.",
            )
        what = "The item" if path and path[0] in self.collection.names else "The answer"
        return ContractError(
            place,
            f"{what} promises more{of} than is kept: {gap.keyword}.",
            "Refer to one schema in the body and here, or allow here whatever may be sent.",
        )

    def _check_reachable(self, place: Place) -> None:
        schema = schema_at(self.document, place, request=True)
        if self.inclusion.vacant(self._parts(schema)):
            raise ContractError(
                place, "No body that a client may send is accepted.", "Ask for less."
            )

    def _body(self, operation: Operation) -> Place:
        place: Place = ("paths", operation.path, operation.kind.method, "requestBody")
        place, _ = self.document.resolve(place)
        return content_schema(self.document, place, JSON)

    def _parts(self, schema: Schema) -> Parts:
        return self.inclusion.parts(schema.root, schema.root)


def _counts(choice: Any) -> bool:
    """Whether it depends on which properties there are in all: the service adds its own."""
    text = json.dumps(choice)
    return any(key in text for key in ("additionalProperties", "Properties", "$ref", '"not"'))


def _largest_page(operation: Operation) -> int:
    limits = [each.schema.root for each in operation.parameters if each.name == "limit"]
    declared = [int(each.get("maximum", MOST_ITEMS)) for each in limits]
    return min([*declared, MOST_ITEMS]) if limits else operation.collection.page_size


def _problem(status: str) -> Json:
    """Every problem with this status."""
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
    required = ["type", "title", "status", "detail"]
    shape = {"type": "object", "additionalProperties": False}
    return {**shape, "required": required, "properties": properties}


# -- what no schema may say ------------------------------------------------------------------------


def _check_all_of(document: Document, place: Place) -> None:
    """A closed part knows nothing of what stands in another, and refuses it."""
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
                )


def _check_unsent(document: Document, place: Place) -> None:
    """Inside of a property the service writes nothing, and what is readOnly no client sends."""
    own = {where for where, _ in _reached(document, place, ("allOf",))}
    for where, schema in _reached(document, place):
        for name in schema.get("required", ()) if where not in own else ():
            if name not in schema.get("properties", {}):
                continue
            _, each = document.resolve((*where, "properties", name))
            if each.get("readOnly"):
                raise ContractError(
                    (*where, "properties", name),
                    f"Nobody writes {name!r}: it is readOnly, so that no client may send it, and"
                    " the service writes nothing inside of a property.",
                    "Describe what is sent by a schema of its own, without readOnly, in the body"
                    " and in the item; or do not require it.",
                )


_HOLD_SCHEMAS = ("properties", "allOf", "anyOf", "oneOf", "items", "additionalProperties", "not")


def _reached(
    document: Document, place: Place, keys: tuple[str, ...] = _HOLD_SCHEMAS
) -> Iterator[tuple[Place, Json]]:
    """Every schema that is reached by these keywords, the first included, once."""
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
