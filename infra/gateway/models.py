"""Models: what of a contract's schemas API Gateway can check, and what it has to leave alone.

One rule decides: the gateway may accept what the service refuses, and never refuses what the
service accepts. API Gateway reads models as JSON Schema draft 4.

AWS: Amazon API Gateway important notes; Data models for REST APIs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.document import Document, Place

Model = dict[str, Any]

_KEPT = {
    *("description", "pattern", "minLength", "maxLength", "minimum", "maximum", "required"),
    *("minProperties", "maxProperties", "uniqueItems"),
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
    """The model of the schema that stands at a place; references stay, but to components only."""
    place, schema = document.resolve(place)
    if _is_component(place) and not as_component:
        return {"$ref": f"#/components/schemas/{place[-1]}"}
    kept = {key: schema[key] for key in sorted(_KEPT & schema.keys())}
    kept |= _type(schema) | _enum(schema) | _multiple(schema)
    if schema.get("additionalProperties") is False:
        kept["additionalProperties"] = False
    if "properties" in schema:
        kept["properties"] = {
            name: model(document, (*place, "properties", name))
            for name in _writable(document, place)
        }
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if name in _writable(document, place)]
        if not kept["required"]:  # draft 4 wants one name at least
            del kept["required"]
    if "items" in schema:
        kept["items"] = model(document, (*place, "items"))
    if _parts(schema):
        kept["allOf"] = [model(document, (*place, "allOf", part)) for part in _parts(schema)]
    return kept


def _is_component(place: Place) -> bool:
    return len(place) == 3 and place[:2] == ("components", "schemas")


def reachable(document: Document, place: Place) -> list[str]:
    """The names of the component schemas that the schema at a place refers to, itself included."""
    found: dict[str, None] = {}
    _collect(document, place, found)
    return list(found)


def constraints(
    document: Document, place: Place, path: str = "", above: frozenset[Place] = frozenset()
) -> Iterator[Constraint]:
    """Every constraint on a body, with what API Gateway makes of it.

    `above` are the schemas around this one: one that holds itself is told once.
    """
    place, schema = document.resolve(place)
    if place in above:
        return
    above |= {place}
    kept = model(document, place, as_component=True)
    for key in sorted(schema.keys() - _TELLS_NOTHING):
        yield from _told(key, schema, kept, path)
    for name in schema.get("properties", {}):
        if name in _writable(document, place):
            yield from constraints(document, (*place, "properties", name), f"{path}/{name}", above)
    if "items" in schema:
        yield from constraints(document, (*place, "items"), f"{path}/*", above)
    for part in _parts(schema):
        yield from constraints(document, (*place, "allOf", part), path, above)
    if schema.get("allOf") and not _parts(schema):
        yield Constraint(path or "/", "allOf, or null", at_gateway=False)


def _told(key: str, schema: Model, kept: Model, path: str) -> Iterator[Constraint]:
    where = path or "/"
    if key == "type" and schema["type"] == "integer" and "type" in kept:
        yield Constraint(where, "type number", at_gateway=True)
        yield Constraint(where, "type integer", at_gateway=False)
    elif key == "nullable":
        return
    else:
        value = kept.get(key, schema[key])
        yield Constraint(where, f"{key} {_short(value)}", at_gateway=key in kept)


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _parts(schema: Model) -> list[str]:
    """The indexes of `allOf`; none for what may be null, as no part of it would allow that."""
    return [] if schema.get("nullable") else [str(i) for i in range(len(schema.get("allOf", ())))]


def _type(schema: Model) -> Model:
    """Draft 4 does not count 1.0 as an integer, the service does; and it has no `nullable`."""
    if "type" not in schema or schema.get("nullable"):
        return {}
    return {"type": "number" if schema["type"] == "integer" else schema["type"]}


def _enum(schema: Model) -> Model:
    """None for what may be null: CloudFormation refuses a template with a null in it."""
    if "enum" not in schema or schema.get("nullable") or None in schema["enum"]:
        return {}
    return {"enum": schema["enum"]}


def _multiple(schema: Model) -> Model:
    """Only of integers: two validators need not agree on a multiple of 0.1."""
    multiple = schema.get("multipleOf")
    return {"multipleOf": multiple} if isinstance(multiple, int) else {}


def _writable(document: Document, place: Place) -> list[str]:
    """What a client may send: `readOnly` is nothing that a model can say."""
    properties = document.at(place).get("properties", {})
    return [
        name
        for name in properties
        if not document.resolve((*place, "properties", name))[1].get("readOnly")
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
    for part in _parts(schema):
        _collect(document, (*place, "allOf", part), found)
