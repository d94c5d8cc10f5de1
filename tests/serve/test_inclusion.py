"""What is found included is: no value that the one schema accepts is refused by the other."""

import random
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from infra.inclusion import Inclusion

Json = Any

VALUES: list[Json] = [
    *(None, True, False, 0, 1, 2, 5, -1, 1.5, "", "a", "b", "abc", "2026-11-22"),
    *([], ["a"], ["a", "a"], [1], [1, "a", 2], [None], [{}], [{"a": 1}]),
    *({}, {"a": 1}, {"a": "a"}, {"b": "b"}, {"a": "abc", "b": 1}, {"a": 1, "b": 2, "c": 3}),
    *({"c": None}, {"a": {"a": 1}}, {"a": {"b": "a"}, "b": []}, {"a": [], "c": {"a": {}}}),
]


def schema_by(chance: random.Random, depth: int) -> Json:
    """Any schema, of few words, so that two of them have something to do with each other."""
    kinds = ["string", "integer", "number", "object", "array", "enum", "null", "any"]
    kind = chance.choice(kinds + (["choice", "not", "allOf", "ref"] if depth else []))
    below = depth - 1

    def some(**keywords: Json) -> dict[str, Json]:
        return {key: value for key, value in keywords.items() if chance.random() < 0.4}

    if kind == "object" and depth:
        names = chance.sample(["a", "b", "c"], chance.randint(0, 3))
        return {"type": "object"} | some(
            properties={name: schema_by(chance, below) for name in names},
            required=names[:1],
            additionalProperties=chance.choice([False, True, schema_by(chance, below)]),
            minProperties=chance.randint(0, 3),
            maxProperties=chance.randint(0, 3),
        )
    if kind == "array" and depth:
        return {"type": "array"} | some(
            items=schema_by(chance, below), minItems=1, maxItems=2, uniqueItems=True
        )
    if kind in ("integer", "number"):
        low, high = chance.randint(-1, 2), chance.randint(0, 5)
        return {"type": kind} | some(
            minimum=low, maximum=high, exclusiveMinimum=low, exclusiveMaximum=high, multipleOf=2
        )
    makers: dict[str, Callable[[], Json]] = {
        "string": lambda: {"type": kind} | some(
            minLength=1, maxLength=chance.randint(0, 3), pattern="^a", format="date"),
        "enum": lambda: {"enum": chance.sample(VALUES, chance.randint(1, 4))},
        "choice": lambda: {chance.choice(["anyOf", "oneOf"]): [
            schema_by(chance, below) for _ in "ab"]},
        "not": lambda: {"not": schema_by(chance, below)},
        "allOf": lambda: {"allOf": [schema_by(chance, below) for _ in "ab"]},
        "ref": lambda: {"$ref": f"#/components/schemas/{chance.choice('XY')}"},
        "any": dict,
    }  # fmt: skip
    return makers.get(kind, lambda: {"type": kind})()


def accepts(schema: Json, root: dict[str, Json], value: Json) -> bool:
    whole = {"allOf": [schema], **root}
    return jsonschema_rs.Draft7Validator(whole, validate_formats=True).is_valid(value)


@pytest.mark.parametrize("seed", range(40))
def test_a_value_of_what_is_included_is_accepted(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(25):
        named = {name: schema_by(chance, 2) for name in "XY"}
        for each in named.values():
            each.pop("$ref", None)
        root = {"components": {"schemas": named}}
        sent, shown = schema_by(chance, 3), schema_by(chance, 2)
        inclusion = Inclusion()
        try:
            parts = inclusion.parts(sent, root)
            gap = inclusion.gap(parts, inclusion.parts(shown, root))
            vacant = inclusion.vacant(parts)
        except RecursionError:  # a part of itself, which no contract holds
            continue
        for value in VALUES:
            if accepts(sent, root, value):
                assert not vacant, (sent, value)
                assert gap or accepts(shown, root, value), (sent, shown, root, value)


TREE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 9},
        "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}


@pytest.mark.parametrize(
    ("sent", "shown", "included"),
    [
        ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 9}, True),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 3}, False),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a", "b"]}, True),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "pattern": "^a$"}, True),
        ({"type": "string", "format": "uuid"}, {"type": "string", "maxLength": 36}, True),
        ({"type": "integer", "minimum": 1}, {"type": "number", "exclusiveMinimum": 0}, True),
        ({"type": "number"}, {"type": "integer"}, False),
        ({"type": ["string", "null"]}, {"type": "string"}, False),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"anyOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, {"enum": ["a", "b"]}, True),
        ({"type": "string"}, {"not": {"type": "integer"}}, True),
        ({"$ref": "#/components/schemas/Tree"}, {"$ref": "#/components/schemas/Tree"}, True),
        ({"$ref": "#/components/schemas/Tree"}, {**TREE, "required": ["name"]}, False),
        ({**TREE, "properties": {}}, {"$ref": "#/components/schemas/Tree"}, True),
        ({"type": "object"}, TREE, False),
        (TREE, {"type": "object", "maxProperties": 2}, True),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}, False),
        ({"type": "array", "maxItems": 0}, {"type": "array", "items": {"type": "string"}}, True),
        (
            {"type": "object", "required": ["k"], "properties": {"k": {"enum": ["a"]}}},
            {"oneOf": [
                {"required": ["k"], "properties": {"k": {"enum": ["a"]}}},
                {"required": ["k"], "properties": {"k": {"enum": ["b"]}}},
            ]},
            True,
        ),
    ],
)  # fmt: skip
def test_plain_schemas_are_told_apart(sent: Json, shown: Json, included: bool) -> None:
    root = {"components": {"schemas": {"Tree": TREE}}}
    inclusion = Inclusion()
    gap = inclusion.gap(inclusion.parts(sent, root), inclusion.parts(shown, root))
    assert (gap is None) == included
