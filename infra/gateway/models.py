"""Models: what API Gateway can check of a contract's schemas, and what it has to leave alone.

One rule decides: the gateway may accept what the service refuses, but never refuses what the
service accepts. API Gateway reads models as JSON Schema draft 4; what its importer drops, such as
`minProperties`, counts as checked by the service only.

AWS: Amazon API Gateway important notes; Data models for REST APIs (read 2026-11-26).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from infra.gateway.patterns import readable
from service.contract.document import Document, Place
from service.contract.parts import whole

Model = dict[str, Any]

_KEPT = {
    *("description", "minLength", "maxLength", "minimum", "maximum", "required", "uniqueItems"),
}
_TELLS_NOTHING = {
    *("description", "title", "example", "examples", "default", "deprecated", "externalDocs"),
    *("xml", "discriminator", "readOnly", "writeOnly", "$ref", "properties", "items", "allOf"),
}
"""Keywords that constrain nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a schema, and whether API Gateway checks it."""

    place: str
    text: str
    at_gateway: bool


def model(document: Document, place: Place, *, as_component: bool = False) -> Model:
    """The model of the schema at a pointer; only references to components stay.

    Draft 4 has no `nullable`. AWS accepts and obeys `oneOf` with null (recorded on AWS 2024-10-28:
    test_api_gateway_request_validator_with_ref_one_ofmodels).
    """
    place, schema = document.resolve(place)
    if _is_component(place) and not as_component:
        return {"$ref": f"#/components/schemas/{model_names(document)[place[-1]]}"}
    checked = _checked(document, place)
    if schema.get("nullable") and _refuses_null(document, place):
        return {"oneOf": [{"type": "null"}, checked]}
    return checked if as_component else _simplified(checked)


def _checked(document: Document, place: Place) -> Model:
    """What the gateway checks of a schema, apart from whether it may be null."""
    schema = document.at(place)
    kept = {key: schema[key] for key in sorted(_KEPT & schema.keys())}
    kept |= _type(schema) | _enum(schema) | _multiple(schema) | _pattern(schema)
    if schema.get("additionalProperties") is False:
        kept["additionalProperties"] = False
    if "properties" in schema:
        kept["properties"] = {
            name: model(document, (*place, "properties", name))
            for name in _writable(document, place)
        }
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if name in _writable(document, place)]
        if not kept["required"]:  # draft 4 requires at least one name
            del kept["required"]
    if "items" in schema:
        kept["items"] = model(document, (*place, "items"))
    parts = _parts(document, place)
    if parts:
        kept["allOf"] = [model(document, (*place, "allOf", part)) for part in parts]
    return kept


def _simplified(checked: Model) -> Model:
    """The reference, if a schema is only that and a default, which models do not have."""
    parts = checked.get("allOf", [])
    alone = len(checked) == len(parts) == 1 and "$ref" in parts[0]
    return {"$ref": parts[0]["$ref"]} if alone else checked


def _is_component(place: Place) -> bool:
    return len(place) == 3 and place[:2] == ("components", "schemas")


def model_names(document: Document) -> dict[str, str]:
    """The name of each schema's model: AWS allows letters and digits only.

    A number distinguishes names that would be the same.
    """
    if "model names" not in document.compiled:
        names = list(document.data.get("components", {}).get("schemas", {}))
        found = {name: name for name in names if _plain_name(name) == name}
        for name in names:
            plain = _plain_name(name) or "Model"
            numbered = (f"{plain}{number}" for number in count(2))
            taken = set(found.values())
            free = (each for each in chain([plain], numbered) if each not in taken)
            found.setdefault(name, next(free))
        document.compiled["model names"] = found
    names_of: dict[str, str] = document.compiled["model names"]
    return names_of


def _plain_name(name: str) -> str:
    return re.sub("[^A-Za-z0-9]", "", name)


def reachable(document: Document, place: Place) -> list[str]:
    """The names of the component schemas that the schema at a pointer refers to, with its own."""
    found: dict[str, None] = {}
    _collect(document, place, found)
    return list(found)


def constraints(
    document: Document, place: Place, path: str = "", above: frozenset[Place] = frozenset()
) -> Iterator[Constraint]:
    """Every constraint on a body, and whether API Gateway checks it.

    `above` are the schemas around this one: one that contains itself is listed once.
    """
    place, schema = document.resolve(place)
    if place in above:
        return
    above |= {place}
    kept = _checked(document, place)
    for key in sorted(schema.keys() - _TELLS_NOTHING):
        yield from _told(key, schema, kept, path)
    for name in schema.get("properties", {}):
        if name in _writable(document, place):
            yield from constraints(document, (*place, "properties", name), f"{path}/{name}", above)
    if "items" in schema:
        yield from constraints(document, (*place, "items"), f"{path}/*", above)
    for part in _parts(document, place):
        yield from constraints(document, (*place, "allOf", part), path, above)
    if schema.get("allOf") and not _parts(document, place):
        yield Constraint(path or "/", "allOf, or null", at_gateway=False)


def _told(key: str, schema: Model, kept: Model, path: str) -> Iterator[Constraint]:
    where = path or "/"
    or_null = " or null" if schema.get("nullable") else ""
    if key == "type":
        yield Constraint(where, f"type {kept['type']}{or_null}", at_gateway=True)
        if schema["type"] == "integer":
            yield Constraint(where, f"type integer{or_null}", at_gateway=False)
    elif key == "nullable":
        return
    else:
        value = kept.get(key, schema[key])
        yield Constraint(where, f"{key} {_short(value)}", at_gateway=key in kept)


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _parts(document: Document, place: Place) -> list[str]:
    """The indexes of `allOf`; none for a nullable schema of which every part might accept null.

    `oneOf` demands exactly one match.
    """
    schema = document.at(place)
    if schema.get("nullable") and not _refuses_null(document, place):
        return []
    return [str(index) for index in range(len(schema.get("allOf", ())))]


def _refuses_null(document: Document, place: Place) -> bool:
    """Whether a schema refuses null, apart from its own `nullable`."""
    schema = document.at(place)
    if "type" in schema or _enum(schema):
        return True
    parts = (
        document.resolve((*place, "allOf", str(index)))
        for index in range(len(schema.get("allOf", ())))
    )
    return any(
        not schema.get("nullable") and _refuses_null(document, place) for place, schema in parts
    )


def _type(schema: Model) -> Model:
    """The type; for draft 4, unlike for the service, 1.0 is not an integer."""
    if "type" not in schema:
        return {}
    return {"type": "number" if schema["type"] == "integer" else schema["type"]}


def _enum(schema: Model) -> Model:
    """The enum, unless it has a null: CloudFormation refuses templates with one."""
    values = [value for value in schema.get("enum", ()) if value is not None]
    if not values or (len(values) < len(schema["enum"]) and not schema.get("nullable")):
        return {}
    return {"enum": values}


def _pattern(schema: Model) -> Model:
    return {"pattern": _ascii(schema["pattern"])} if readable(schema.get("pattern", "(")) else {}


def _ascii(pattern: str) -> str:
    """The pattern with `\\uXXXX` for what is not ASCII, which no tool on the way can spoil.

    ECMA-262, 22.2.1: both mean the same characters.
    """
    return re.sub(r"(\\[\x00-\x7F])|\\?([^\x00-\x7F])", _escaped, pattern)


def _escaped(found: re.Match[str]) -> str:
    units = (found[2] or "").encode("utf-16-be").hex("-", 2).upper()
    return found[1] or "\\u" + units.replace("-", "\\u")


def _multiple(schema: Model) -> Model:
    """`multipleOf`, for integers only: two validators may disagree on a multiple of 0.1."""
    multiple = schema.get("multipleOf")
    return {"multipleOf": multiple} if isinstance(multiple, int) else {}


def _writable(document: Document, place: Place) -> list[str]:
    """The properties that a client may send: a model cannot express `readOnly`."""
    properties = document.at(place).get("properties", {})
    return [
        name
        for name in properties
        if not whole(document, (*place, "properties", name))[1].get("readOnly")
    ]


def _collect(document: Document, place: Place, found: dict[str, None]) -> None:
    place, schema = document.resolve(place)
    if _is_component(place):
        if place[-1] in found:
            return
        found[place[-1]] = None
    for name in _writable(document, place):
        _collect(document, (*place, "properties", name), found)
    if "items" in schema:
        _collect(document, (*place, "items"), found)
    for part in _parts(document, place):
        _collect(document, (*place, "allOf", part), found)
