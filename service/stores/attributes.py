"""JSON values as DynamoDB attribute values, and back without loss."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import Values

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Attributes = dict[str, AttributeValueTypeDef]

_INTEGERS = range(-(2**63), 2**63)
"""Integers of 64 bits: a larger number is a double, in a body and in every store."""


def to_attribute(value: Any) -> "AttributeValueTypeDef":
    """The attribute value of one JSON value; TypeError for anything else."""
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is bool:
        return {"BOOL": value}
    if kind is int:
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    return _rarer_attribute(value)


def to_value(attribute: "Mapping[str, Any]") -> Any:
    """The JSON value of one attribute value."""
    ((kind, raw),) = attribute.items()
    if kind in ("S", "BOOL"):
        return raw
    return _READERS[kind](raw)


def to_attributes(values: Values) -> "Attributes":
    return {name: to_attribute(value) for name, value in values.items()}


def attribute_name(property: str) -> str:
    """The attribute of a property: `__id` for `_id`, as one underscore begins the service's own."""
    return f"_{property}" if property[:1] == "_" else property


def to_values(attributes: "Mapping[str, Mapping[str, Any]]") -> Values:
    """The properties, without the service's own attributes."""
    return {
        name[1:] if name[:1] == "_" else name: to_value(value)
        for name, value in attributes.items()
        if name[:1] != "_" or name[:2] == "__"
    }


def _rarer_attribute(value: Any) -> "AttributeValueTypeDef":
    match value:
        case float():
            return _float_attribute(value)
        case list():
            return {"L": [to_attribute(each) for each in value]}
        case dict():
            return {"M": to_attributes(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is not a JSON value")


def _float_attribute(number: float) -> "AttributeValueTypeDef":
    """A number if it is within DynamoDB's range, otherwise its digits as binary.

    Source: DynamoDB Developer Guide, "Supported data types and naming rules": 38 digits,
    magnitudes from 1E-130 to 9.99…E+125.
    """
    if number.is_integer() and int(number) in _INTEGERS:
        return {"N": str(int(number))}
    if 1e-130 <= abs(number) < 1e126:
        return {"N": repr(number)}
    return {"B": repr(number).encode()}


def _number(text: str) -> int | float:
    # Decimal, because an engine may write 12 as 1.2E+1; beyond 64 bits only floats are stored.
    if text.isdigit() and len(text) < 19:
        return int(text)
    exact = Decimal(text)
    whole = exact == exact.to_integral_value()
    return int(exact) if whole and int(exact) in _INTEGERS else float(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "N": _number,
    "NULL": lambda _: None,
    "L": lambda raw: [to_value(each) for each in raw],
    "M": lambda raw: {name: to_value(each) for name, each in raw.items()},
    "B": lambda raw: float(raw if isinstance(raw, bytes) else b64decode(raw)),
}
