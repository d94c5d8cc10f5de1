"""Schemas as a whole: what a schema and the parts of its `allOf` ask for together.

`{allOf: [{$ref: …}], default: …}` is how a contract describes one use of a shared schema, since
OpenAPI 3.0 ignores whatever is beside a `$ref`. Code that needs the type, the format, the bounds or
the default of a schema gets it here; `properties` and `required` of objects are not merged.
"""

import operator
from collections.abc import Callable
from typing import Any

from service.contract.document import Document, Place

Whole = dict[str, Any]
"""The keywords of one schema, as if it had no `allOf`."""


def whole(document: Document, place: Place) -> tuple[Place, Whole]:
    """The resolved pointer to a schema, and what the schema asks for as a whole.

    Raises RecursionError for a schema that contains itself.
    """
    place, schema = document.resolve(place)
    if "allOf" not in schema:
        return place, schema
    return place, document.once(("whole", place), lambda: _joined(document, place, schema))


def _joined(document: Document, place: Place, schema: Whole) -> Whole:
    """A schema with what the parts of its `allOf` ask for."""
    own = {key: value for key, value in schema.items() if key != "allOf"}
    parts = [whole(document, (*place, "allOf", str(i)))[1] for i in range(len(schema["allOf"]))]
    found = _exact(own)
    for part in parts:
        found = _both(found, _exact(part))
    return _stated(found) | {"nullable": _may_be_null(own, parts)}


def together(one: Whole, other: Whole) -> Whole:
    """What two parts of one `allOf`, each a whole, ask for together; `one` takes precedence."""
    both = _stated(_both(_exact(one), _exact(other)))
    return both | {"nullable": _is_nullable(one) and _is_nullable(other)}


def _may_be_null(own: Whole, parts: list[Whole]) -> bool:
    """`nullable` beside `allOf` allows null, whatever the parts say, as in `schemas`."""
    return bool(own.get("nullable")) or ("type" not in own and all(map(_is_nullable, parts)))


def _is_nullable(part: Whole) -> bool:
    return bool(part.get("nullable"))


def _exact(schema: Whole) -> Whole:
    """The schema with each bound as a comparable pair: its number, and whether it is exclusive."""
    found = {key: value for key, value in schema.items() if not key.startswith("exclusive")}
    for bound in ("minimum", "maximum"):
        if bound in schema:
            found[bound] = (schema[bound], bool(schema.get(f"exclusive{bound.capitalize()}")))
    return found


def _stated(found: Whole) -> Whole:
    """The schema with its bounds as OpenAPI 3.0 writes them."""
    stated = dict(found)
    for bound in ("minimum", "maximum"):
        if bound in stated:
            stated[bound], excluded = stated[bound]
            if excluded:
                stated[f"exclusive{bound.capitalize()}"] = True
    return stated


def _both(one: Whole, other: Whole) -> Whole:
    shared = one.keys() & other.keys() & _TOGETHER.keys()
    return {**other, **one, **{key: _TOGETHER[key](one[key], other[key]) for key in shared}}


_TOGETHER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties", "minimum"), max),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), min),
    **dict.fromkeys(("readOnly", "writeOnly", "uniqueItems"), operator.or_),
    "maximum": lambda one, other: min(one, other, key=lambda bound: (bound[0], not bound[1])),
    "enum": lambda one, other: [each for each in one if each in other],
    "type": lambda one, other: "integer" if {one, other} == {"integer", "number"} else one,
    "pattern": lambda one, other: one if one == other else f"(?={one})(?={other})",
}
"""How two values of a keyword become one. Of any other keyword the first value counts."""
