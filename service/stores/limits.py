"""The limits of an item, a page and a response: the same for every store.

They are those of DynamoDB and of Lambda. AWS: Quotas in Amazon DynamoDB; DynamoDB item sizes and
formats; Query (a page); Lambda quotas (invocation payload).
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from . import Values
from .attributes import to_attribute

MOST_ITEM_BYTES = 400 * 1024
MOST_PAGE_BYTES = 1024 * 1024
MOST_INDEXES = 20
"""Of a table, unless AWS allows more. AWS: Quotas in Amazon DynamoDB, secondary indexes."""

MOST_WRITTEN = 300
"""Attributes of an update. DynamoDB allows 300 operators and 4,096 bytes in an expression: counting
each assignment and removal as one operator errs, if at all, on the safe side."""

MOST_ANSWER_BYTES = 6 * 1024 * 1024
"""The size of a response as Lambda sends it: JSON in ASCII, with the body as a string. Only up to
Python 3.11 does the runtime escape what is not ASCII; no other runtime sends more."""

BYTES_A_CHARACTER = 4
"""The most that DynamoDB counts for a character of an item's JSON: no character of UTF-8 is
longer, and `1,` and `[],` count as 3 and 4 bytes."""

_ANSWER_BYTES_A_CHARACTER = 12
"""The most that Lambda sends for a character: two escapes like `\\ud83d`."""

_ANSWER_BYTES_A_BODY_BYTE = 3
"""The most that Lambda sends for a byte of a JSON body: `é` has 2, and is sent as `\\u00e9`."""

_ENVELOPE_BYTES = 64 * 1024
"""For what surrounds a body: API Gateway allows 10 KB of headers."""


def item_bytes(values: Values) -> int:
    """An item's size as DynamoDB counts it; `values` are those of all its attributes."""
    return sum(
        len(name.encode()) + attribute_bytes(to_attribute(value)) for name, value in values.items()
    )


def can_be_sent(answer: Mapping[str, Any]) -> bool:
    """Whether Lambda accepts a handler's response."""
    most = len(answer.get("body") or "") * _ANSWER_BYTES_A_CHARACTER + _ENVELOPE_BYTES
    return most <= MOST_ANSWER_BYTES or len(json.dumps(answer)) <= MOST_ANSWER_BYTES


def most_items(body: bytes, items: Iterable[bytes]) -> int | None:
    """How many items of a page can be sent, at least one; None if the whole body can be."""
    room = MOST_ANSWER_BYTES - _ENVELOPE_BYTES
    if len(body) * _ANSWER_BYTES_A_BODY_BYTE <= room:
        return None
    for count, item in enumerate(items):
        room -= len(json.dumps(item.decode())) - 1  # its quotes make up for one comma
        if room < 0:
            return max(count, 1)
    return None


def attribute_bytes(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return _number_bytes(value)
        case "B":
            return len(value)
        case "L":
            return 3 + sum(1 + attribute_bytes(each) for each in value)
        case "M":
            return 3 + sum(
                1 + len(name.encode()) + attribute_bytes(each) for name, each in value.items()
            )
        case _:  # BOOL, NULL
            return 1


def _number_bytes(text: str) -> int:
    """One byte, one for each two significant digits (in pairs from the point), one for a minus."""
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    if digits == (0,):
        return 1
    odd = int(exponent) % 2
    return 1 + (len(digits) + odd + 1) // 2 + sign
