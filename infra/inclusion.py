"""Inclusion of schemas: whether every value that one schema accepts is accepted by another.

If inclusion is found, it holds; if not, it may still hold in a way that no rule here understands.
Both schemas are JSON Schema draft 7, as `service.contract.schemas` makes them.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jsonschema_rs

Json = Any


class Part(NamedTuple):
    """A schema without a reference or `allOf` of its own, and the root of references inside it."""

    schema: Json
    root: dict[str, Json]


class Gap(NamedTuple):
    """A value of one schema that the other may refuse: the keys to it, and the reason."""

    path: tuple[str, ...]
    keyword: str
    proven: bool = True


Parts = list[Part]
"""Schemas that a value has to fulfil, all of them."""

_TYPES = ("string", "integer", "fraction", "boolean", "array", "object", "null")
_MOST_STEPS = 20_000
_LENGTHS = {"uuid": 36, "date": 10}
"""Formats whose strings have a fixed length."""


class Inclusion:
    """Compares schemas with each other, and caches intermediate results."""

    def __init__(self) -> None:
        self._validators: dict[int, tuple[Json, Callable[[Json], bool]]] = {}
        self._own: dict[int, tuple[Json, Json]] = {}
        self._compared: set[tuple[tuple[int, ...], int]] = set()
        self._steps = 0

    def gap(self, sent: Parts, shown: Parts) -> Gap | None:
        """A part of `sent` that is not in `shown`, None if there is none."""
        self._steps = 0
        return self._gap(sent, shown, ())

    def vacant(self, sent: Parts) -> bool:
        """Whether no value at all fulfils these parts. False if that is not obvious."""
        return self._vacant(sent, 0)

    def parts(self, schema: Json, root: dict[str, Json]) -> Parts:
        """A schema with its references followed, and the parts of its `allOf`."""
        while isinstance(schema, dict) and "$ref" in schema:
            node: Json = root
            for key in schema["$ref"].removeprefix("#/").split("/"):
                key = key.replace("~1", "/").replace("~0", "~")
                node = node[int(key) if isinstance(node, list) else key]
            schema = node
        if not isinstance(schema, dict) or "allOf" not in schema:
            return [Part(schema, root)]
        if id(schema) not in self._own:  # the same object each time, by which it is recognised
            own = {key: value for key, value in schema.items() if key != "allOf"}
            self._own[id(schema)] = schema, own
        below = (self.parts(part, root) for part in schema["allOf"])
        return [Part(self._own[id(schema)][1], root), *(each for part in below for each in part)]

    def _vacant(self, sent: Parts, depth: int) -> bool:
        types = _types(sent)
        if not types or any(schema is False for schema, _ in sent):
            return True
        values = self._finite(sent)
        if values is not None:
            return not values
        alternatives = self._alternatives(sent)
        if alternatives is not None and depth < 5:
            return all(self._vacant(each, depth + 1) for each in alternatives)
        if len(types) > 1 or depth >= 5:
            return False
        low, high = _BOUNDS.get(next(iter(types)), ("", ""))
        if low and _most(sent, low, -math.inf) > _least(sent, high, math.inf):
            return True
        if types != {"object"}:
            return False
        required = _required(sent)
        if any(self._vacant(self.property(sent, name), depth + 1) for name in required):
            return True
        names, fewest = _names(sent), _most(sent, "minProperties", 0)
        if names is None or not fewest:
            return False
        may_be = [name for name in names if not self._vacant(self.property(sent, name), depth + 1)]
        return bool(len(may_be) < fewest)

    def _gap(self, sent: Parts, shown: Parts, path: tuple[str, ...]) -> Gap | None:
        for part in shown:
            found = self._gap_of_part(sent, part, path)
            if found:
                return found
        return None

    def _gap_of_part(self, sent: Parts, shown: Part, path: tuple[str, ...]) -> Gap | None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return Gap(path, "schema", proven=False)
        told = _without_words(shown.schema)
        if told in ({}, True) or any(_without_words(each.schema) == told for each in sent):
            return None
        pair = tuple(id(each.schema) for each in sent), id(shown.schema)
        if pair in self._compared or self._vacant(sent, 3):  # a schema may contain itself
            return None
        if shown.schema is False:
            return Gap(path, "additionalProperties")
        self._compared.add(pair)
        found = self._plain(sent, shown, path)
        alternatives = self._alternatives(sent) if found else None
        if alternatives is not None:
            gaps = (self._gap_of_part(each, shown, path) for each in alternatives)
            found = next(filter(None, gaps), None)
        self._compared.discard(pair)
        return found

    def _plain(self, sent: Parts, shown: Part, path: tuple[str, ...]) -> Gap | None:
        values = self._finite(sent)
        if values is not None:
            refused = any(not self._accepts(shown, value) for value in values)
            return Gap(path, self._reason(shown, values)) if refused else None
        types = _types(sent)
        if not types <= _types([shown]):
            return Gap(path, "enum" if "enum" in shown.schema else "type")
        for keyword, value in shown.schema.items():
            of_types, fulfilled = _CHECKED.get(keyword, (set(), _unique))
            if types & of_types and not fulfilled(sent, value):
                return Gap(path, keyword, keyword not in ("pattern", "format"))
        if "enum" in shown.schema:
            return Gap(path, "enum")
        found = self._gap_of_object(sent, shown, path) if "object" in types else None
        found = found or (self._gap_of_array(sent, shown, path) if "array" in types else None)
        return found or self._gap_of_choice(sent, shown, path)

    def _reason(self, shown: Part, values: list[Json]) -> str:
        return next(
            (
                key
                for key in shown.schema
                if key != "$ref"
                for value in values
                if not self._accepts(Part({key: shown.schema[key]}, shown.root), value)
            ),
            "type",
        )

    def _gap_of_object(self, sent: Parts, shown: Part, path: tuple[str, ...]) -> Gap | None:
        schema, root = shown
        for name in schema.get("required", ()):
            if name not in _required(sent):
                return Gap((*path, name), "required")
        described = schema.get("properties", {})
        for name, below in described.items():
            found = self._gap(self.property(sent, name), self.parts(below, root), (*path, name))
            if found:
                return found
        others = schema.get("additionalProperties", True)
        if others is True:
            return None
        for name in _described(sent) - described.keys():
            if not self._vacant(self.property(sent, name), 3):
                found = self._gap(
                    self.property(sent, name), self.parts(others, root), (*path, name)
                )
                if found:
                    return found
        undescribed = self._others(sent)
        gap = (
            None
            if _names(sent) is not None
            else self._gap(undescribed, self.parts(others, root), path)
        )
        return gap and Gap(path, "additionalProperties", gap.proven)

    def _gap_of_array(self, sent: Parts, shown: Part, path: tuple[str, ...]) -> Gap | None:
        if "items" not in shown.schema or _least(sent, "maxItems", math.inf) == 0:
            return None
        elements = [
            each for part in sent if "items" in part.schema
            for each in self.parts(part.schema["items"], part.root)
        ]  # fmt: skip
        return self._gap(elements, self.parts(shown.schema["items"], shown.root), (*path, "*"))

    def _gap_of_choice(self, sent: Parts, shown: Part, path: tuple[str, ...]) -> Gap | None:
        schema, root = shown
        if "not" in schema and not self._apart(sent, self.parts(schema["not"], root)):
            return Gap(path, "not", proven=False)
        if "anyOf" in schema and not self._fitting(sent, schema["anyOf"], root):
            return Gap(path, "anyOf", proven=False)
        if "oneOf" in schema:
            fitting = self._fitting(sent, schema["oneOf"], root)
            others = [each for i, each in enumerate(schema["oneOf"]) if i not in fitting[:1]]
            if not fitting or not all(self._apart(sent, self.parts(each, root)) for each in others):
                return Gap(path, "oneOf", proven=False)
        return None

    def _fitting(self, sent: Parts, choice: list[Json], root: dict[str, Json]) -> list[int]:
        below = (self.parts(each, root) for each in choice)
        return [i for i, each in enumerate(below) if self._gap(sent, each, ()) is None]

    def _apart(self, one: Parts, other: Parts) -> bool:
        """Whether no value fulfils both, as far as that is obvious."""
        both = [*one, *other]
        if self._vacant(both, 2):
            return True
        return _types(both) == {"object"} and any(
            self._vacant(self.property(both, name), 2) for name in _required(both)
        )

    def _finite(self, sent: Parts) -> list[Json] | None:
        """Every value that fulfils the parts, if there are only a few."""
        values = next((part.schema["enum"] for part in sent if _has(part, "enum")), None)
        if values is None and _types(sent) <= {"null", "boolean"}:
            values = [None, True, False]
        if values is None:
            return None
        return [value for value in values if all(self._accepts(part, value) for part in sent)]

    def _accepts(self, part: Part, value: Json) -> bool:
        if isinstance(part.schema, bool):
            return part.schema
        if id(part.schema) not in self._validators:
            root = {**part.schema, "components": part.root.get("components", {})}
            validator = jsonschema_rs.Draft7Validator(root, validate_formats=True)
            self._validators[id(part.schema)] = part.schema, validator.is_valid
        return self._validators[id(part.schema)][1](value)

    def _alternatives(self, sent: Parts) -> list[Parts] | None:
        """The parts once for each choice of the first `anyOf` or `oneOf`."""
        for index, (schema, root) in enumerate(sent):
            for key in ("anyOf", "oneOf"):
                if isinstance(schema, dict) and key in schema:
                    own = Part({k: v for k, v in schema.items() if k != key}, root)
                    rest = [*sent[:index], own, *sent[index + 1 :]]
                    return [[*rest, *self.parts(each, root)] for each in schema[key]]
        return None

    def property(self, sent: Parts, name: str) -> Parts:
        """What a property has to fulfil."""
        found: Parts = []
        for schema, root in sent:
            if isinstance(schema, dict) and name in schema.get("properties", {}):
                found += self.parts(schema["properties"][name], root)
            elif isinstance(schema, dict) and schema.get("additionalProperties", True) is not True:
                found += self.parts(schema["additionalProperties"], root)
        return found

    def _others(self, sent: Parts) -> Parts:
        """What a property that no part describes has to fulfil."""
        return [
            each for part in sent if _has(part, "additionalProperties")
            for each in self.parts(part.schema["additionalProperties"], part.root)
        ]  # fmt: skip


# -- what the parts demand together --------------------------------------------------------------


def _has(part: Part, key: str) -> bool:
    return isinstance(part.schema, dict) and key in part.schema


def _without_words(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return schema
    return {key: value for key, value in schema.items() if key not in ("description", "components")}


def _types(sent: Parts) -> set[str]:
    found = set(_TYPES)
    for schema, _ in sent:
        if isinstance(schema, dict) and "type" in schema:
            names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            found &= {*names, *(("integer", "fraction") if "number" in names else ())}
        if isinstance(schema, dict) and "enum" in schema:
            found &= {_type(value) for value in schema["enum"]}
    return found


def _type(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _stated(sent: Parts, key: str) -> Iterator[Json]:
    return (part.schema[key] for part in sent if _has(part, key))


def _most(sent: Parts, key: str, otherwise: float) -> float:
    return max(_stated(sent, key), default=otherwise)


def _least(sent: Parts, key: str, otherwise: float) -> float:
    return min(_stated(sent, key), default=otherwise)


def _required(sent: Parts) -> set[str]:
    return {name for names in _stated(sent, "required") for name in names}


def _described(sent: Parts) -> set[str]:
    return {name for properties in _stated(sent, "properties") for name in properties}


def _names(sent: Parts) -> set[str] | None:
    """The possible properties, None if they may have any name."""
    closed = any(value is False for value in _stated(sent, "additionalProperties"))
    return _described(sent) if closed else None


# -- keywords whose values are compared ------------------------------------------------------------


def _length(sent: Parts, otherwise: float) -> float:
    lengths = [_LENGTHS[each] for each in _stated(sent, "format") if each in _LENGTHS]
    return min(lengths, default=otherwise)


def _at_least(key: str, *more: str) -> Callable[[Parts, Json], bool]:
    return lambda sent, value: max(_most(sent, each, -math.inf) for each in (key, *more)) >= value


def _at_most(key: str, *more: str) -> Callable[[Parts, Json], bool]:
    return lambda sent, value: min(_least(sent, each, math.inf) for each in (key, *more)) <= value


def _long_enough(sent: Parts, value: Json) -> bool:
    return bool(max(_most(sent, "minLength", 0), _length(sent, 0)) >= value)


def _short_enough(sent: Parts, value: Json) -> bool:
    return bool(min(_least(sent, "maxLength", math.inf), _length(sent, math.inf)) <= value)


def _many_enough(sent: Parts, value: Json) -> bool:
    return bool(max(_most(sent, "minProperties", 0), len(_required(sent))) >= value)


def _few_enough(sent: Parts, value: Json) -> bool:
    names = _names(sent)
    most = math.inf if names is None else len(names)
    return bool(min(_least(sent, "maxProperties", math.inf), most) <= value)


def _unique(sent: Parts, value: Json) -> bool:
    few = _least(sent, "maxItems", math.inf) <= 1
    return not value or few or any(_stated(sent, "uniqueItems"))


def _same(key: str) -> Callable[[Parts, Json], bool]:
    return lambda sent, value: value in _stated(sent, key)


def _format(sent: Parts, value: Json) -> bool:
    return value in _ASK_NOTHING or value in _stated(sent, "format")


_ASK_NOTHING = ("int32", "int64", "float", "double", "password")
"""The bounds of integers are written out by `service.contract.numbers`."""

_NUMBERS = {"integer", "fraction"}
_CHECKED: dict[str, tuple[set[str], Callable[[Parts, Json], bool]]] = {
    "minLength": ({"string"}, _long_enough),
    "maxLength": ({"string"}, _short_enough),
    "pattern": ({"string"}, _same("pattern")),
    "format": ({"string"}, _format),
    "minimum": (_NUMBERS, _at_least("minimum", "exclusiveMinimum")),
    "maximum": (_NUMBERS, _at_most("maximum", "exclusiveMaximum")),
    "exclusiveMinimum": (_NUMBERS, lambda sent, value: (
        _most(sent, "exclusiveMinimum", -math.inf) >= value
        or _most(sent, "minimum", -math.inf) > value)),
    "exclusiveMaximum": (_NUMBERS, lambda sent, value: (
        _least(sent, "exclusiveMaximum", math.inf) <= value
        or _least(sent, "maximum", math.inf) < value)),
    "multipleOf": (_NUMBERS, lambda sent, value: any(
        each % value == 0 for each in _stated(sent, "multipleOf"))),
    "minItems": ({"array"}, lambda sent, value: _most(sent, "minItems", 0) >= value),
    "maxItems": ({"array"}, _at_most("maxItems")),
    "uniqueItems": ({"array"}, _unique),
    "minProperties": ({"object"}, _many_enough),
    "maxProperties": ({"object"}, _few_enough),
}  # fmt: skip
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "fraction": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
