"""Numbers that every store and every client can hold: integers of 64 bits, and doubles.

A larger integer would come back rounded. So an integer without bounds is served with those of 64
bits, which the published contract says, too.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from service.contract.document import ContractError, Document, Faults, Place

_INT64 = (-(2**63), 2**63 - 1)
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": _INT64}


def bounded(document: Document, faults: Faults) -> Document:
    """The document with the bounds and the format of every number written out.

    An integer that may be outside of 64 bits is a fault.
    """
    added = {}
    for place, schema in document.schemas():
        with faults.collected():
            if more := dict(_more(schema, place)):
                added[place] = more
    if not added:
        return document
    data = copy.deepcopy(document.data)
    bounded = replace(document, data=data, added=added)
    for place, keywords in added.items():
        bounded.at(place).update(keywords)
    return bounded


def _more(schema: dict[str, Any], place: Place) -> Iterator[tuple[str, Any]]:
    """The keywords that state what a schema without them leaves to be guessed."""
    if schema.get("type") == "integer":
        for key in ("minimum", "maximum", "enum", "default"):
            _check_size(schema.get(key), (*place, key))
        if "enum" not in schema:
            yield from _bounds(schema)
    elif schema.get("type") == "number" and "format" not in schema:
        yield "format", "double"


def _bounds(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "format" not in schema and not {"minimum", "maximum"} <= schema.keys():
        yield "format", "int64"
    low, high = _RANGES.get(schema.get("format", ""), _INT64)
    for bound, of_format, narrower in (("minimum", low, max), ("maximum", high, min)):
        if bound not in schema or narrower(schema[bound], of_format) != schema[bound]:
            yield bound, of_format
            if schema.get(excluded := f"exclusive{bound.capitalize()}"):
                yield excluded, False


def _check_size(values: Any, place: Place) -> None:
    low, high = _INT64
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, int | float) and not low <= value <= high:
            raise ContractError(
                place,
                f"The {place[-1]} of an integer lies outside of 64 bits, and such values would come"
                " back rounded.",
                f"Stay within {low} and {high}, or write type: number.",
                "integer-range",
            )
