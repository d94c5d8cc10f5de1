"""Seeded changes of a small contract: each by its name, with the contract before and after."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.changes.contracts import Json, data

STRING: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
LIST: Json = {"type": "array", "items": STRING}
OBJECT: Json = {"type": "object", "properties": {"inner": STRING}}

NARROWER: dict[str, tuple[Json, Json]] = {
    "maxLength tightened": ({**STRING, "maxLength": 20}, {**STRING, "maxLength": 10}),
    "maxLength added": (STRING, {**STRING, "maxLength": 10}),
    "minLength tightened": ({**STRING, "minLength": 1}, {**STRING, "minLength": 2}),
    "minLength added": (STRING, {**STRING, "minLength": 1}),
    "enum tightened": ({**STRING, "enum": ["a", "b"]}, {**STRING, "enum": ["a"]}),
    "enum added": (STRING, {**STRING, "enum": ["a", "b"]}),
    "minimum tightened": ({**NUMBER, "minimum": 0}, {**NUMBER, "minimum": 1}),
    "minimum added": (NUMBER, {**NUMBER, "minimum": 0}),
    "minimum excluded": (
        {**NUMBER, "minimum": 0},
        {**NUMBER, "minimum": 0, "exclusiveMinimum": True},
    ),
    "maximum tightened": ({**NUMBER, "maximum": 9}, {**NUMBER, "maximum": 8}),
    "maximum added": (NUMBER, {**NUMBER, "maximum": 9}),
    "multipleOf tightened": ({**NUMBER, "multipleOf": 2}, {**NUMBER, "multipleOf": 4}),
    "multipleOf added": (NUMBER, {**NUMBER, "multipleOf": 2}),
    "number to integer": (NUMBER, {"type": "integer"}),
    "maxItems tightened": ({**LIST, "maxItems": 5}, {**LIST, "maxItems": 4}),
    "maxItems added": (LIST, {**LIST, "maxItems": 4}),
    "minItems added": (LIST, {**LIST, "minItems": 1}),
    "uniqueItems added": (LIST, {**LIST, "uniqueItems": True}),
    "elements tightened": (LIST, {**LIST, "items": {**STRING, "maxLength": 3}}),
    "null no longer": ({**STRING, "nullable": True}, STRING),
    "inner required": (OBJECT, {**OBJECT, "required": ["inner"]}),
    "inner tightened": (OBJECT, {**OBJECT, "properties": {"inner": {**STRING, "maxLength": 3}}}),
}
PERHAPS: dict[str, tuple[Json, Json]] = {
    "pattern added": (STRING, {**STRING, "pattern": "^a"}),
    "format added": (STRING, {**STRING, "format": "date"}),
}
"""Whether values are refused, only their text could tell."""

MORE: Json = {"extra": {"type": "string"}}
RENAMED: Json = {"further": {"type": "string"}}


class Seeded(NamedTuple):
    name: str
    old: Json
    new: Json


def seeded() -> Iterator[Seeded]:
    """Each constraint tightened, widened, added and removed, in a request and in a response; and
    properties, parameters, filters and operations that come, go, and get other names."""
    for name, (wide, narrow) in {**NARROWER, **PERHAPS}.items():
        for where, make in {"request": _taking, "response": _showing}.items():
            yield Seeded(f"{where}: {name}", make(wide), make(narrow))
            yield Seeded(f"{where}: {name}, undone", make(narrow), make(wide))
    yield from _parts()
    yield from _operations()


def _taking(schema: Json) -> Json:
    return data(create=schema)


def _showing(schema: Json) -> Json:
    return data(shown=schema)


def _parts() -> Iterator[Seeded]:
    plain = data()
    pairs = {
        "property": (plain, data(more=MORE)),
        "required property of a request": (plain, data(sent=("value",))),
        "required property of a response": (plain, data(required=("id", "value"))),
        "filter": (plain, data(filters=("colour",))),
    }
    for what, (without, with_) in pairs.items():
        yield Seeded(f"{what} added", without, with_)
        yield Seeded(f"{what} removed", with_, without)
    yield Seeded("property renamed", data(more=MORE), data(more=RENAMED))
    limit = {"type": "integer", "minimum": 1, "maximum": 20}
    yield Seeded("limit lowered", plain, data(limit=limit))
    yield Seeded("limit raised", data(limit=limit), plain)
    yield Seeded("success changed", plain, data(success="200"))


def _operations() -> Iterator[Seeded]:
    plain = data()
    without = data()
    del without["paths"]["/things/{id}"]["delete"]
    yield Seeded("operation removed", plain, without)
    yield Seeded("operation added", without, plain)
    renamed = data()
    renamed["paths"]["/things"]["get"]["operationId"] = "things"
    yield Seeded("operation renamed", plain, renamed)
    for required in (True, False):
        more = data()
        header = {"name": "Tenant", "in": "header", "required": required, "schema": STRING}
        more["paths"]["/things"]["get"]["parameters"].append(header)
        what = "required header" if required else "optional header"
        yield Seeded(f"{what} added", plain, more)
        yield Seeded(f"{what} removed", more, plain)
