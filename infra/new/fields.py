"""Fields: the properties of an item as they are written on the command line.

title:string!                required
pages:integer=0              with a default
shelf:enum(a,b)?             may be null
keywords:string(40)[]        several strings, of 40 characters at most
rating:integer(1,5)          from 1 to 5
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.contract.document import ContractError, Document
from service.contract.schemas import schema_at

Schema = dict[str, Any]

LONGEST_FILTERED = 255
"""The longest value that a list is filtered by, as it becomes part of an index's key."""

_LONGEST = 100_000
_MOST_VALUES = 20
_NO_NULL = r"^[^\x00]*$"
"""No string contains U+0000, where some stores and languages would end it."""


class Misused(Exception):
    """What was asked for cannot be made; the text says why, and what to write instead."""


@dataclass(frozen=True)
class Field:
    """A property that clients write. `schema` has neither words nor an example."""

    name: str
    type: str
    schema: Schema
    required: bool = False
    nullable: bool = False
    default: Any = ...

    @property
    def is_list(self) -> bool:
        return self.schema.get("type") == "array"

    @property
    def has_default(self) -> bool:
        return self.default is not ...


_FIELD = re.compile(
    r"(?P<name>[^:=]*):(?P<type>[a-z-]*)(?:\((?P<bounds>[^()]*)\))?(?P<several>\[\])?"
    r"(?P<marks>[!?]*)(?:=(?P<default>.*))?",
    re.DOTALL,
)
_HOW = "Write NAME:TYPE, such as title:string!, pages:integer or 'shelf:enum(a,b)=a'."


def field_of(text: str) -> Field:
    """What a field's text asks for. Raises Misused."""
    found = _FIELD.fullmatch(text)
    if found is None:
        raise Misused(f"{text!r} is not a property. {_HOW}")
    name, marks = found["name"], found["marks"]
    check_name(name, "property")
    if found["type"] not in TYPES:
        raise Misused(
            f"{text!r}: there is no type {found['type']!r}. It is one of {', '.join(TYPES)}; with"
            " [] behind it there may be several."
        )
    schema = TYPES[found["type"]](text, _split(found["bounds"]))
    if found["several"]:
        if schema.get("type") == "string" and "enum" not in schema and "format" not in schema:
            schema = {"type": "string", "minLength": 1} | schema
        schema = {"type": "array", "maxItems": _MOST_VALUES, "items": schema}
    elif found["type"] == "string" and "!" in marks:
        schema = {"type": "string", "minLength": 1} | schema
    field = Field(name, found["type"], schema, "!" in marks, "?" in marks)
    return field if found["default"] is None else _with_default(field, text, found["default"])


def check_name(name: str, what: str, more: str = "") -> None:
    """Raise Misused for a name that some language of clients would refuse."""
    if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9_{more}]*", name) or len(name) > 60:
        also = ", - and _" if more else " and _"
        raise Misused(
            f"{name!r} is not a name of a {what}. Begin with a letter, go on with letters, digits"
            f"{also}, 60 in all at most: {'due-dates' if more else 'dueDate'}."
        )


def _with_default(field: Field, text: str, written: str) -> Field:
    if field.required:
        raise Misused(f"{text!r}: what has a default need not be sent. Leave out ! or ={written}.")
    is_text = field.schema.get("type") == "string" and not (field.nullable and written == "null")
    try:
        value = written if is_text else orjson.loads(written)
    except orjson.JSONDecodeError:
        raise Misused(
            f"{text!r}: {written!r} is not of type {field.type}. Write the default as JSON has it,"
            ' such as 3, true or ["a"].'
        ) from None
    if value is None and field.nullable:
        return Field(field.name, field.type, field.schema, False, True, None)
    try:
        faults = schema_at(Document({"of": field.schema}), ("of",)).faults(value)
    except ContractError as error:
        raise Misused(f"{text!r}: {error.reason} {error.remedy}") from error
    if faults:
        raise Misused(f"{text!r}: the default {faults[0].detail}. Correct it.")
    return Field(field.name, field.type, field.schema, False, field.nullable, value)


# -- types ---------------------------------------------------------------------------------------


def _split(bounds: str | None) -> list[str]:
    return [] if bounds is None else [each.strip() for each in bounds.split(",")]


def _text(longest: int) -> Callable[[str, Sequence[str]], Schema]:
    def make(text: str, bounds: Sequence[str]) -> Schema:
        most = longest
        if bounds:
            if len(bounds) > 1 or not re.fullmatch(r"[1-9][0-9]{0,5}", bounds[0]):
                raise Misused(f"{text!r}: say how many characters it has at most: string(80).")
            most = int(bounds[0])
        if most > _LONGEST:
            raise Misused(f"{text!r}: it may have {_LONGEST} characters at most.")
        return {"type": "string", "maxLength": most, "pattern": _NO_NULL}

    return make


def _plain(schema: Schema) -> Callable[[str, Sequence[str]], Schema]:
    def make(text: str, bounds: Sequence[str]) -> Schema:
        if bounds:
            raise Misused(f"{text!r}: this type takes nothing in brackets. Leave them out.")
        return dict(schema)

    return make


def _integer(text: str, bounds: Sequence[str]) -> Schema:
    """An integer of 32 bits, which every language has, unless its bounds need more."""
    low_and_high = _numbers(text, bounds, r"-?[0-9]{1,16}", "integer(1,500)", int)
    if any(abs(each) >= 2**53 for each in low_and_high):
        raise Misused(f"{text!r}: JavaScript has no integers beyond {2**53 - 1}.")
    wide = any(not -(2**31) <= each < 2**31 for each in low_and_high)
    return {"type": "integer", "format": "int64" if wide else "int32"} | _bounds(low_and_high)


def _number(text: str, bounds: Sequence[str]) -> Schema:
    pattern = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
    low_and_high = _numbers(text, bounds, pattern, "number(0,1.5)", float)
    return {"type": "number", "format": "double"} | _bounds(
        [int(each) if each == int(each) else each for each in low_and_high]
    )


def _numbers(
    text: str, bounds: Sequence[str], pattern: str, like: str, number: Callable[[str], Any]
) -> list[Any]:
    if not bounds:
        return []
    if len(bounds) == 2 and all(re.fullmatch(pattern, each) for each in bounds):
        low, high = map(number, bounds)
        if low <= high:
            return [low, high]
    raise Misused(f"{text!r}: say the least and the most: {like}.")


def _bounds(low_and_high: list[Any]) -> Schema:
    return dict(zip(("minimum", "maximum"), low_and_high, strict=False))


def _enum(text: str, values: Sequence[str]) -> Schema:
    if not values or not all(each and each.isprintable() for each in values):
        raise Misused(f"{text!r}: name the values: 'shelf:enum(a,b)'.")
    if len(set(values)) < len(values):
        raise Misused(f"{text!r}: a value stands there twice. Keep one.")
    if max(map(len, values)) > 100:
        raise Misused(f"{text!r}: a value may have 100 characters at most.")
    return {"type": "string", "enum": list(values)}


TYPES: dict[str, Callable[[str, Sequence[str]], Schema]] = {
    "string": _text(200),
    "text": _text(2000),
    "integer": _integer,
    "number": _number,
    "boolean": _plain({"type": "boolean"}),
    "date": _plain({"type": "string", "format": "date"}),
    "date-time": _plain({"type": "string", "format": "date-time", "maxLength": 40}),
    "email": _plain({"type": "string", "format": "email", "maxLength": 254}),
    "uri": _plain({"type": "string", "format": "uri", "maxLength": 2000}),
    "uuid": _plain({"type": "string", "format": "uuid"}),
    "enum": _enum,
}
"""What makes the schema of a type from its text and from what is in the brackets."""


# -- filters -------------------------------------------------------------------------------------


def filtered(field: Field) -> Field:
    """A field that a list can be filtered by. Raises Misused for one that none can."""
    schema, name = field.schema, field.name
    if field.is_list:
        raise Misused(f"{name!r} holds several values, and a filter is one. Filter by another.")
    if schema["type"] == "number":
        raise Misused(
            f"{name!r} is a number, and no filter can compare those exactly. Make it an integer."
        )
    if field.type == "text" or (field.type == "string" and schema["maxLength"] > LONGEST_FILTERED):
        raise Misused(
            f"{name!r} is too long to filter by. Make it a string({LONGEST_FILTERED}) or shorter."
        )
    if field.nullable:
        raise Misused(f"{name!r} may be null, which no query can ask for. Leave out its ?.")
    if schema.get("maxLength", 0) > LONGEST_FILTERED:
        schema = schema | {"maxLength": LONGEST_FILTERED}
    return Field(name, field.type, schema, field.required, False, field.default)
