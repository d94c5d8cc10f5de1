"""Samples: random values that a schema accepts, and bodies that it refuses.

A string with a pattern is made from the examples of the contract, as nothing else shows what one
looks like; a value that the schema refuses is never sent as one that it accepts.
"""

import json
import string
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

import jsonschema_rs

from service.contract.document import ContractError, Document, Place
from service.contract.item_schemas import properties_of
from service.contract.schemas import Schema

Json = dict[str, Any]

_TRIES = 60
_MOST_ELEMENTS = 4
_DEEPEST = 6
_WORDS = (
    *("alpha", "beta", "gamma", "delta", "a", "Zürich", "naïve", "日本", "tea & cake", "50 %"),
    *('say "so"', "back\\slash", "a/b", "<b>", "😀 smile", "e\u0301", "a\tb", "x'y", "{}", "#1"),
)
_WHOLE_NUMBERS = 1_000_000
"""The range of numbers without bounds."""


class NoSample(Exception):
    """No value for a schema was found; the text says what would help."""


class Samples:
    """Makes bodies. `random` decides, so the same seed makes the same bodies."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def body(
        self, document: Document, place: Place, schema: Schema, pools: Mapping[str, Sequence[Any]]
    ) -> Json:
        """An accepted body; properties in `pools` mostly have one of the values there."""
        hints = hints_of(document, place)
        for _ in range(_TRIES):
            made = self._value(schema.root, schema.root, hints, 0)
            if not isinstance(made, dict):
                break
            for name, values in pools.items():
                if name in made and self.random.random() < 0.9:
                    made[name] = self.random.choice(values)
            if schema.accepts(made):
                return made
        for each in hints.get("", ()):
            if schema.accepts(each):
                return dict(each)
        raise NoSample(
            f"No body was found that {'/'.join(place)} accepts. Give its properties examples."
        )

    def values(
        self, document: Document, place: Place, schema: Schema, name: str, most: int
    ) -> list[Any]:
        """Different values of one property of a body; fewer if there are not as many."""
        properties = _merged(schema.root, schema.root).get("properties", {})
        hints = {"": hints_of(document, place).get(name, [])}
        found: list[Any] = []
        for _ in range(_TRIES):
            each = self._value(properties[name], schema.root, hints, 0)
            if (
                each is not None
                and each not in found
                and _accepts(properties[name], schema.root, each)
            ):
                found.append(each)
            if len(found) == most:
                break
        return found

    def refused(self, schema: Schema, accepted: Json) -> Json | None:
        """An accepted body with one fault; None if no fault can be made."""
        changes = list(_wrong(schema, accepted))
        self.random.shuffle(changes)
        return next((each for each in changes if not schema.accepts(each)), None)

    # -- values ------------------------------------------------------------------------------------

    def _value(self, schema: Any, root: Json, hints: Mapping[str, Sequence[Any]], deep: int) -> Any:
        schema = _merged(schema, root)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = {name: value for name, value in schema.items() if name != key}
                chosen = self.random.choice(schema[key])
                return self._value({**_merged(chosen, root), **rest}, root, hints, deep)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        match self._type(schema):
            case "object":
                return self._object(schema, root, hints, deep)
            case "array":
                return self._array(schema, root, deep)
            case "string":
                return self._text(schema, hints.get("", ()))
            case "integer":
                return self._integer(schema)
            case "number":
                return self._number(schema)
            case "boolean":
                return self.random.random() < 0.5
        return None

    def _type(self, schema: Json) -> str:
        types = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(types, str):
            return types
        others = [each for each in types if each != "null"]
        return "null" if "null" in types and self.random.random() < 0.15 else others[0]

    def _object(
        self, schema: Json, root: Json, hints: Mapping[str, Sequence[Any]], deep: int
    ) -> Json:
        required = schema.get("required", ())
        made: Json = {}
        for name, each in schema.get("properties", {}).items():
            if each is False or deep > _DEEPEST:
                continue
            if name in required or self.random.random() < 0.6:
                made[name] = self._value(each, root, {"": hints.get(name, ())}, deep + 1)
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self.random.random() < 0.5:
            made[self.random.choice(("one", "two"))] = self._value(more, root, {}, deep + 1)
        least = schema.get("minProperties", 0)
        for name, each in schema.get("properties", {}).items():
            if len(made) < least and each is not False and name not in made:
                made[name] = self._value(each, root, {"": hints.get(name, ())}, deep + 1)
        return made

    def _array(self, schema: Json, root: Json, deep: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = max(least, min(schema.get("maxItems", _MOST_ELEMENTS), _MOST_ELEMENTS))
        wanted = self.random.randint(least, most) if deep < _DEEPEST else least
        made: list[Any] = []
        for _ in range(wanted * 5):
            each = self._value(schema.get("items", {"type": "string"}), root, {}, deep + 1)
            if len(made) < wanted and not (schema.get("uniqueItems") and each in made):
                made.append(each)
        return made

    def _integer(self, schema: Json) -> int:
        step = schema.get("multipleOf", 1)
        low, high = _bounds(schema, 1)
        if self.random.random() < 0.1 and step == 1:
            return int(self.random.choice((low, high)))
        low, high = max(low, min(-_WHOLE_NUMBERS, high)), min(high, max(_WHOLE_NUMBERS, low))
        return int(self.random.randint(-(-low // step), high // step) * step)

    def _number(self, schema: Json) -> int | float:
        if self.random.random() < 0.3 or "multipleOf" in schema:
            return self._integer({**schema, "multipleOf": schema.get("multipleOf", 1)})
        low, high = _bounds(schema, 0)
        low, high = max(low, min(-1000, high)), min(high, max(1000, low))
        number = round(self.random.uniform(low, high), self.random.randint(1, 6))
        return int(number) if number.is_integer() else number

    def _text(self, schema: Json, hints: Sequence[Any]) -> str:
        """A string that the schema accepts; if none was found, the last one that was tried."""
        text = ""
        for text in self._texts(schema, [each for each in hints if isinstance(each, str)]):
            if _accepts(schema, {}, text):
                break
        return text

    def _texts(self, schema: Json, hints: Sequence[str]) -> Iterator[str]:
        random = self.random
        made = _FORMATS.get(schema.get("format", ""))
        if made is not None:
            yield made(random)
        least, most = schema.get("minLength", 0), schema.get("maxLength", 30)
        for _ in range(_TRIES // 3):
            text = " ".join(random.choices(_WORDS, k=random.randint(0, 3)))
            if random.random() < 0.05:
                text = text * most + "x" * most
            yield (text + "x" * (least - len(text)))[:most]
        for hint in [*hints] * 10:
            yield "".join(_another(random, each) for each in hint)
        yield from hints
        for alphabet in (string.ascii_letters, string.ascii_lowercase, string.digits):
            yield "".join(random.choices(alphabet, k=max(least, min(most, 8))))


def hints_of(document: Document, place: Place) -> dict[str, list[Any]]:
    """The examples and defaults of a body's properties, by name; under "" those of the body."""
    found: dict[str, list[Any]] = {}
    wholes = [document.at(place).get("example")]
    try:
        properties = properties_of(document, place)
    except ContractError:
        properties = {}
    found[""] = [each for each in wholes if isinstance(each, dict)]
    for name, (_, schema) in properties.items():
        own = [schema[key] for key in ("example", "default") if schema.get(key) is not None]
        found[name] = own + [each[name] for each in found[""] if name in each]
    return found


def _wrong(schema: Schema, accepted: Json) -> Iterator[Json]:
    root = schema.root
    yield {**accepted, "surely-undescribed": 1}
    described = _merged(root, root)
    for name, each in described.get("properties", {}).items():
        if each is False:
            yield {**accepted, name: "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"}
            continue
        for value in (None, [], {}, "", 1.5, "x", True, *_beyond(_merged(each, root))):
            yield {**accepted, name: value}
    for name in described.get("required", ()):
        yield {other: value for other, value in accepted.items() if other != name}


def _beyond(schema: Json) -> Iterator[Any]:
    """Values just outside the bounds."""
    if "maxLength" in schema and schema["maxLength"] < 5000:
        yield "x" * (schema["maxLength"] + 1)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1


def _bounds(schema: Json, step: int) -> tuple[int, int]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -_WHOLE_NUMBERS) + step)
    high = schema.get("maximum", schema.get("exclusiveMaximum", _WHOLE_NUMBERS) - step)
    if "minimum" not in schema and "maximum" in schema:
        low = min(low, high)
    if "maximum" not in schema and "minimum" in schema:
        high = max(low, high)
    return low, high


def _merged(schema: Any, root: Json) -> Json:
    """The keywords of a schema, with its reference and `allOf` resolved."""
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        return _merged(root["components"]["schemas"][name], root)
    made = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", ()):
        each = _merged(part, root)
        made = {
            **each,
            **made,
            "required": [*each.get("required", ()), *made.get("required", ())],
            "properties": {**each.get("properties", {}), **made.get("properties", {})},
        }
        if not made["properties"]:
            del made["properties"]
    return made


def _accepts(schema: Json, root: Json, value: Any) -> bool:
    whole = {**schema, "components": root.get("components", {})}
    return _validator(json.dumps(whole, sort_keys=True)).is_valid(value)


@cache
def _validator(text: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(json.loads(text), validate_formats=True)


def _another(random: Random, character: str) -> str:
    """Another character of the same class."""
    for alphabet in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if character in alphabet and random.random() < 0.5:
            return random.choice(alphabet)
    return character


def _time(random: Random) -> datetime:
    return datetime.fromtimestamp(random.randint(0, 2_000_000_000), UTC)


def _name(random: Random) -> str:
    return "".join(random.choices(string.ascii_lowercase, k=8))


_FORMATS = {
    "uuid": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "date": lambda random: f"{_time(random):%Y-%m-%d}",
    "date-time": lambda random: f"{_time(random):%Y-%m-%dT%H:%M:%SZ}",
    "time": lambda random: f"{_time(random):%H:%M:%SZ}",
    "email": lambda random: f"{_name(random)}@example.com",
    "hostname": lambda random: f"{_name(random)}.example.com",
    "ipv4": lambda random: f"192.0.2.{random.randint(0, 255)}",
    "ipv6": lambda random: f"2001:db8::{random.randint(1, 9999)}",
    "uri": lambda random: f"https://example.com/{_name(random)}",
    "uri-reference": lambda random: f"/{_name(random)}",
}
