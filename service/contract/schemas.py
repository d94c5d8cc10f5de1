"""The contract's schemas, compiled once: they take a value and return its faults in words."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from service.contract.document import ContractError, Document, Place, reached
from service.contract.parts import whole

FORMATS = {
    *("date", "date-time", "email", "hostname", "ipv4", "ipv6", "time", "uri", "uri-reference"),
    *("uuid", "int32", "int64", "float", "double", "password"),
}
"""Formats that are enforced. No others are (OpenAPI 3.0.3, Data Types), and neither are
`float`, `double` and `password`. The bounds of `int32` and `int64` are written out by
`service.contract.numbers`."""

MOST_FAULTS = 100

_KEYWORDS = {
    *("type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *("multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    "required",
}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class Fault(NamedTuple):
    """One thing that is wrong with a value: the keys that lead to it, and a description."""

    path: tuple[str | int, ...]
    detail: str

    @property
    def pointer(self) -> str:
        """The keys as a JSON pointer (RFC 6901)."""
        keys = (str(key).replace("~", "~0").replace("/", "~1") for key in self.path)
        return "".join(f"/{key}" for key in keys)


class Schema:
    """A compiled schema. In a request, properties that are `readOnly` are refused."""

    def __init__(self, document: Document, place: Place, *, request: bool = False) -> None:
        schema = _converted(document, place, request)
        components = reached(schema, lambda name: _component(document, name, request))
        self.root: dict[str, Any] = {**schema, "components": {"schemas": components}}
        """What is compiled: the schema as JSON Schema, with the components that it reaches."""
        try:
            self._validator = jsonschema_rs.Draft7Validator(
                self.root, validate_formats=True, formats={"uuid": _is_uuid}
            )
        except (ValueError, jsonschema_rs.ValidationError) as error:
            reason = str(error).partition("\n")[0]
            raise ContractError(
                place, f"The schema is broken: {reason}.", "Correct it.", "schema"
            ) from error
        self.accepts: Callable[[Any], bool] = self._validator.is_valid

    def faults(self, value: Any) -> list[Fault]:
        """Everything wrong with a value, at most 100 faults; empty if nothing is."""
        if self.accepts(value):
            return []
        found = dict.fromkeys(
            fault for error in self._validator.iter_errors(value) for fault in self._tell(error)
        )
        return list(found)[:MOST_FAULTS]

    def named(self, fault: Fault) -> str:
        """The location of a fault, in names from the contract only: other keys are users' data."""
        known = {*_property_names(self.root)}
        keys = (each if isinstance(each, int) or each in known else "…" for each in fault.path)
        return Fault(tuple(keys), fault.detail).pointer or "the whole"

    def _tell(self, error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
        path = tuple(error.instance_path)
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        facts = error.kind.as_dict()
        match keyword:
            case "additionalProperties":
                for name in facts["unexpected"]:
                    yield Fault((*path, name), "is not a property that is known here")
            case "required":
                yield Fault((*path, facts["property"]), "is required")
            case "pattern":
                yield Fault(path, self._pattern_words(error))
            case "anyOf" if _is_or_null(facts):
                for each in facts["context"][0]:
                    yield from self._tell(each)
            case _:
                yield Fault(path, _words(keyword, facts))

    def _pattern_words(self, error: jsonschema_rs.ValidationError) -> str:
        """The schema's own description, where it has one: a pattern does not help most readers."""
        node: Any = self.root
        for key in list(error.schema_path)[:-1]:
            node = node[int(key) if isinstance(node, list) else key]
            if isinstance(node, str):  # a $ref
                node = _followed(self.root, node)
        description = node.get("description") if isinstance(node, dict) else None
        if description:
            return f"does not have the form described: {_shortened(description)}"
        return f"must match the pattern {_shortened(error.kind.as_dict()['pattern'])}"


def schema_at(document: Document, place: Place, *, request: bool = False) -> Schema:
    """The schema at a pointer; one that is referred to many times is compiled once."""
    place = document.resolve(place)[0]
    return document.once((place, request), lambda: Schema(document, place, request=request))


def convert_component(document: Document, name: str) -> None:
    """Convert a component that may be unused, so that its faults are reported.

    Raises ContractError.
    """
    _component(document, name, request=True)


def _components(document: Document) -> dict[str, Any]:
    components: dict[str, Any] = document.data.get("components", {}).get("schemas", {})
    return components


def _component(document: Document, name: str, request: bool) -> dict[str, Any] | None:
    """A component as JSON Schema, converted once; None if no component has this name."""
    if name not in _components(document):
        return None
    place: Place = ("components", "schemas", name)
    return document.once(
        ("converted", place, request), lambda: _converted(document, place, request)
    )


@cache
def _is_pattern(text: str) -> bool:
    return _PATTERNS.is_valid(text)


_PATTERNS = jsonschema_rs.Draft7Validator({"format": "regex"}, validate_formats=True)


def _is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


def _converted(document: Document, place: Place, request: bool) -> dict[str, Any]:
    """An OpenAPI 3.0 schema as JSON Schema draft 7; references stay references."""
    schema = document.at(place)
    if not isinstance(schema, dict):
        raise ContractError(place, "A schema is missing here.", "Write a mapping.", "schema")
    if "$ref" in schema:
        document.resolve(place)
        return {"$ref": schema["$ref"]}
    result = {key: schema[key] for key in _KEYWORDS & schema.keys()}
    if "description" in schema:
        result["description"] = schema["description"]
    if not _is_pattern(schema.get("pattern", "")):
        raise ContractError(
            (*place, "pattern"),
            f"The pattern {_shortened(schema['pattern'])!r} is not an expression of ECMA-262.",
            "Correct it; ECMA-262 has neither flags such as (?i) nor \\A and \\Z.",
            "pattern",
        )
    _convert_bounds(schema, result)
    _convert_children(document, schema, result, place, request)
    return _nullable(result) if schema.get("nullable") else result


def _convert_bounds(schema: dict[str, Any], result: dict[str, Any]) -> None:
    for bound in ("minimum", "maximum"):
        exclusive = "exclusive" + bound.capitalize()
        if schema.get(exclusive) is True and bound in schema:
            result[exclusive] = result.pop(bound)
    if result.get("format") not in FORMATS:  # no other format is enforced
        result.pop("format", None)


def _convert_children(
    document: Document, schema: dict[str, Any], result: dict[str, Any], place: Place, request: bool
) -> None:
    def child(*keys: str) -> dict[str, Any]:
        return _converted(document, (*place, *keys), request)

    if "properties" in schema:
        result["properties"] = {name: child("properties", name) for name in schema["properties"]}
        if request:
            _refuse_read_only(document, result, place)
    if "items" in schema:
        result["items"] = child("items")
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = child("additionalProperties")
    elif "additionalProperties" in schema:
        result["additionalProperties"] = schema["additionalProperties"]
    if "not" in schema:
        result["not"] = child("not")
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            result[key] = [child(key, str(i)) for i in range(len(schema[key]))]


def _refuse_read_only(document: Document, result: dict[str, Any], place: Place) -> None:
    for name in result["properties"]:
        if whole(document, (*place, "properties", name))[1].get("readOnly"):
            result["properties"][name] = False
            if name in result.get("required", ()):
                result["required"] = [other for other in result["required"] if other != name]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str) and not schema.keys() & {"allOf", "anyOf", "oneOf"}:
        values = schema.get("enum", [None])
        enum = {"enum": values if None in values else [*values, None]} if "enum" in schema else {}
        return {**schema, "type": [schema["type"], "null"], **enum}
    return {"anyOf": [schema, {"type": "null"}]}


def _is_or_null(facts: dict[str, Any]) -> bool:
    """Whether null has exactly one alternative, as `_nullable` writes it: that one counts."""
    _, *others = facts["context"]
    return [[each.kind.as_dict() for each in one] for one in others] == [[{"types": ["null"]}]]


def _property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        schema = list(schema.values())
    for each in schema if isinstance(schema, list) else ():
        yield from _property_names(each)


def _followed(root: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        root = root[part.replace("~1", "/").replace("~0", "~")]
    return root


def _words(keyword: str, facts: dict[str, Any]) -> str:
    """What a fault of one keyword means. The value itself is never repeated."""
    words = _WORDS.get(keyword, _READ_ONLY_WORDS)
    return words if isinstance(words, str) else words(facts)


_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def _either(words: Iterable[str]) -> str:
    *most, last = words
    return _shortened(f"{', '.join(most)} or {last}" if most else last)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"


def _at(bound: str, noun: str, plural: str = "") -> Callable[[dict[str, Any]], str]:
    def words(facts: dict[str, Any]) -> str:
        number = facts["limit"]
        return f"must have at {bound} {number} {noun if number == 1 else plural or noun + 's'}"

    return words


_READ_ONLY_WORDS = "is written by the service, never by a client"
"""For the schema `false`, which replaces a readOnly property and has no keyword."""

_WORDS: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "type": lambda facts: f"must be {_either(_TYPES[name] for name in facts['types'])}",
    "enum": lambda facts: f"must be {_either(map(_json, facts['options']))}",
    "format": lambda facts: f"must be a valid {facts['format']}",
    "minLength": _at("least", "character"),
    "maxLength": _at("most", "character"),
    "minItems": _at("least", "element"),
    "maxItems": _at("most", "element"),
    "minProperties": _at("least", "property", "properties"),
    "maxProperties": _at("most", "property", "properties"),
    "minimum": lambda facts: f"must be at least {facts['limit']}",
    "maximum": lambda facts: f"must be at most {facts['limit']}",
    "exclusiveMinimum": lambda facts: f"must be greater than {facts['limit']}",
    "exclusiveMaximum": lambda facts: f"must be less than {facts['limit']}",
    "multipleOf": lambda facts: f"must be a multiple of {facts['multiple_of']}",
    "uniqueItems": "must not have the same element twice",
    "anyOf": "matches none of the alternatives allowed here",
    "oneOf": "must match exactly one of the alternatives allowed here",
    "not": "has a form that is not allowed here",
}
