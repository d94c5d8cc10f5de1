"""Whether a document is what the specification of its version describes: its structure, its
references, and schemas without endless recursion."""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from service.contract.document import ContractError, Document, Json, Place, outermost, references

SPECIFICATIONS = {"3.0": "v3.0.3", "3.1": "v3.1.1"}
"""The name of each version's specification, as in its address."""


def version(data: Json) -> str:
    """The version of the specification, such as `3.0`."""
    return str(data.get("openapi"))[:3]


def faults_of_openapi(document: Document) -> Iterator[ContractError]:
    """What keeps a document, as its author wrote it, from being OpenAPI 3.0 or 3.1."""
    broken = list(_broken_references(document))
    yield from broken
    yield from _broken_structure(document)
    if not broken:
        yield from _misleading_references(document)


# -- structure -----------------------------------------------------------------------------------


def _broken_structure(document: Document) -> Iterator[ContractError]:
    """The faults that OpenAPI's own schema finds."""
    for place, message in _structure(document.data):
        yield _fault(document, place, f"{_shortened(message)}.")


def _structure(data: Json) -> Iterator[tuple[Place, str]]:
    whole = True
    for error in _validator(version(data)).iter_errors(data):
        whole = False
        closest = _closest(error)
        yield _place(closest), closest.message
    if whole and version(data) == "3.1":
        yield from _broken_schemas(data)


def _broken_schemas(data: Json) -> Iterator[tuple[Place, str]]:
    """Faults in schemas of 3.1, which OpenAPI's own schema does not look into."""
    validator = jsonschema_rs.validator_for({"$ref": _SCHEMAS_OF_3_1})
    for place, holder in outermost(data):
        for error in validator.iter_errors(holder[place[-1]]):
            closest = _closest(error)
            yield (*place, *_place(closest)), closest.message


_SCHEMAS_OF_3_1 = "https://json-schema.org/draft/2020-12/schema"


@cache
def _validator(version: str) -> Any:
    """A validator made from the schema's file, without its library, whose import would take longer
    than the rest of the server's start."""
    name = f"openapi_spec_validator/resources/schemas/v{version}/schema.json"
    file = Path(str(distribution("openapi-spec-validator").locate_file(name)))
    schema = orjson.loads(file.read_bytes())
    _allow_relative(schema)
    return jsonschema_rs.validator_for(schema, validate_formats=True)


_MAY_BE_RELATIVE = ("openIdConnectUrl", "authorizationUrl", "tokenUrl", "refreshUrl")


def _allow_relative(schema: Json) -> None:
    """Allow relative references as URLs (OpenAPI 3.1.1, 4.6), which this edition of the schema
    forgets for security schemes."""
    for key, each in schema.items() if isinstance(schema, dict) else ():
        if key in _MAY_BE_RELATIVE:
            each["format"] = "uri-reference"
        _allow_relative(each)


def _closest(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one deepest in the document.

    Nearly everything in OpenAPI may be a reference instead: that is never the true reason.
    """
    alternatives = error.kind.as_dict().get("context", ())
    reasons = [each for reasons in alternatives for each in reasons if '"$ref"' not in each.message]
    if not reasons:
        return error
    return max(map(_closest, reasons), key=lambda each: len(list(each.instance_path)))


def _place(error: Any) -> Place:
    return tuple(str(key) for key in error.instance_path)


def _shortened(message: str) -> str:
    return message if len(message) < 240 else f"{message[:100]} ... {message[-120:]}"


def _fault(document: Document, place: Place, reason: str) -> ContractError:
    number = version(document.data)
    page = f"https://spec.openapis.org/oas/{SPECIFICATIONS[number]}.html"
    return ContractError(place, f"OpenAPI {number}: {reason}", f"See {page}", "openapi")


# -- references ----------------------------------------------------------------------------------


def _broken_references(document: Document) -> Iterator[ContractError]:
    """Checks all of them, so that no tool has to look for them in other files or on the network."""
    for place, _ in references(document.data):
        try:
            document.resolve(place)
        except ContractError as error:
            yield error


def _misleading_references(document: Document) -> Iterator[ContractError]:
    """References to the wrong type of object, such as a response where a schema is expected.

    A reference to a component of the expected section is as valid as that component.
    """
    odd = [
        (place, reference)
        for place, reference in references(document.data)
        if not reference.startswith(f"#/components/{_due(place)}/") or reference.count("/") > 3
    ]
    if not odd:
        return
    unfolded: Json = orjson.loads(orjson.dumps(document.data))
    copy = Document(unfolded)
    for place, _ in odd:
        try:
            copy.at(place[:-1])[_key(copy.at(place[:-1]), place[-1])] = document.resolve(place)[1]
        except KeyError:  # what contains it replaced something else
            continue
    broken = [place for place, _ in _structure(unfolded)]
    for where, reference in odd:
        if any(where[: len(place)] == place or place[: len(where)] == where for place in broken):
            yield ContractError(
                where,
                f"The reference {reference!r} leads to what may not stand here.",
                f"Refer to one of #/components/{_due(where)}, or write it here.",
                "reference",
            )


def _key(holder: Json, key: str) -> Any:
    return int(key) if isinstance(holder, list) else key


def _due(place: Place) -> str:
    """The section of components that a reference at a pointer has to name; sometimes a guess."""
    *_, above, key = ("", *place)
    if above in _SECTIONS:
        return above
    return "requestBodies" if key == "requestBody" else "schemas"


_SECTIONS = {
    *("parameters", "responses", "headers", "examples", "links", "callbacks", "requestBodies"),
    *("securitySchemes", "pathItems"),
}


# -- schemas that hold themselves ----------------------------------------------------------------

_IN_PLACE = ("allOf", "anyOf", "oneOf", "not")


def endless_schemas(document: Document) -> Iterator[ContractError]:
    """Schemas that contain themselves, so that reading them would never end.

    It requires that every reference can be resolved.
    """
    done: set[Place] = set()
    for place, schema in document.schemas():
        if schema.keys() & set(_IN_PLACE):
            yield from _endless(document, place, done)


def _endless(document: Document, place: Place, done: set[Place]) -> Iterator[ContractError]:
    above: list[Place] = []
    waiting: list[Place | None] = [place]
    while waiting:
        below = waiting.pop()
        if below is None:  # the last one is read completely
            above.pop()
            continue
        where, schema = document.resolve(below)
        if where in above:
            yield ContractError(
                where,
                "This schema is part of itself, through allOf, anyOf, oneOf or not.",
                "Break that.",
                "recursion",
            )
        elif where not in done and isinstance(schema, dict):
            done.add(where)
            above.append(where)
            waiting += [None, *_in_place(where, schema)]


def _in_place(place: Place, schema: dict[str, Json]) -> Iterator[Place]:
    for key in _IN_PLACE:
        held = schema.get(key)
        if isinstance(held, list):
            yield from ((*place, key, str(index)) for index in range(len(held)))
        elif isinstance(held, dict):
            yield (*place, key)
