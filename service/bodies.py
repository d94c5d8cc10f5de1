"""The body of a request: its media type, its size, and its JSON, read strictly.

JSON as RFC 8259 defines it and I-JSON (RFC 7493) narrows it: UTF-8, no duplicate key in an object,
no lone surrogate, no number that a double cannot hold.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from service.problems import MAX_BODY_BYTES, ContentTooLarge, UnsupportedMediaType

DEEPEST = 16
"""The most levels of arrays and objects in a body."""


class NotJson(ValueError):
    """The bytes are not acceptable JSON; the message says why."""


def media_type_of(
    content_type: str | None, content_encoding: str | None, accepted: Collection[str]
) -> str:
    """The accepted media type of an uncompressed body in UTF-8; the first one if it states none.

    Raises UnsupportedMediaType.
    RFC 9110, 8.3.1: types and the names of parameters are case-insensitive.
    """
    if content_encoding is not None and content_encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    if content_type is None:
        return next(iter(accepted))
    if content_type in accepted:
        return content_type
    media_type, *parameters = content_type.lower().split(";")
    if media_type.strip() not in accepted:
        raise UnsupportedMediaType(f"Send the body as {' or '.join(accepted)} in UTF-8.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise UnsupportedMediaType()
    return media_type.strip()


def parse(body: bytes) -> Any:
    """The value that a body holds. Raises NotJson, ContentTooLarge."""
    if len(body) > MAX_BODY_BYTES:
        raise ContentTooLarge()
    try:
        text = body.decode()
        if text.startswith("\ufeff"):  # RFC 8259, 8.1: senders must not add one
            raise NotJson("starts with a byte-order mark: send it without")
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise NotJson("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON: {_reason(error)}") from None
    except RecursionError:
        raise NotJson(_TOO_DEEP) from None
    if text.count("{") + text.count("[") > DEEPEST and _is_too_deep(value):
        raise NotJson(_TOO_DEEP)
    if "\\u" in text and not _is_unicode(value):
        raise NotJson("holds half of a surrogate pair")
    return value


_TOO_DEEP = f"is nested deeper than {DEEPEST} levels"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        [(double, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise NotJson(f"holds the property {double[:100]!r} twice in one object")
    return value


def _integer(text: str) -> int | float:
    """An integer, or a double if it exceeds 64 bits: schemas refuse that for an integer."""
    if len(text) < 19 or (len(text) <= 20 and -(2**63) <= int(text) < 2**63):
        return int(text)
    return _double(text)


def _number(text: str) -> int | float:
    """A double, or an integer if it is whole: for JSON Schema, 1.0 is the integer 1."""
    value = _double(text)
    return int(value) if value.is_integer() and -(2**63) <= value < 2**63 else value


def _double(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotJson("holds a number that is out of range")
    return value


def _refuse_constant(name: str) -> None:
    raise NotJson(f"is not JSON: {name} is not a number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_refuse_constant,
)


def _reason(error: json.JSONDecodeError) -> str:
    return f"{error.msg[0].lower()}{error.msg[1:]} at line {error.lineno}, column {error.colno}"


def _is_too_deep(value: Any) -> bool:
    """Whether a value is nested too deeply, level by level: a recursive function might overflow."""
    level = [value]
    for _ in range(DEEPEST):
        level = [child for each in level for child in _children(each)]
    return any(isinstance(each, (dict, list)) for each in level)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
