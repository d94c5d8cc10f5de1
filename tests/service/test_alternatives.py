"""What is told of a value that may be one of several things, and is none of them."""

from typing import Any

import pytest

from service.contract.document import Document
from service.contract.schemas import Schema

NAME = {"type": "string", "maxLength": 3}
PERSON = {"type": "object", "required": ["name"], "properties": {"name": NAME}}


def faults(schema: dict[str, Any], value: Any) -> dict[str, str]:
    document = Document({"components": {"schemas": {"Name": NAME, "Person": PERSON, "X": schema}}})
    found = Schema(document, ("components", "schemas", "X")).faults(value)
    return {each.pointer: each.detail for each in found}


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("Name", "long", {"": "must have at most 3 characters"}),
        ("Person", {"name": "long"}, {"/name": "must have at most 3 characters"}),
        ("Person", {}, {"/name": "is required"}),
        ("Name", None, {}),
    ],
)
def test_a_part_that_may_be_null_is_told_of_as_if_it_might_not(
    part: str, value: Any, told: dict[str, str]
) -> None:
    schema = {"allOf": [{"$ref": f"#/components/schemas/{part}"}], "nullable": True}
    assert faults(schema, value) == told


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"anyOf": [NAME, PERSON]}, 5, "matches none of the alternatives allowed here"),
        (
            {"anyOf": [NAME, PERSON], "nullable": True},
            5,
            "matches none of the alternatives allowed here",
        ),
        ({"oneOf": [NAME, PERSON]}, 5, "must match exactly one of the alternatives allowed here"),
        ({"oneOf": [NAME, NAME]}, "a", "must match exactly one of the alternatives allowed here"),
        ({"not": NAME}, "a", "has a form that is not allowed here"),
    ],
)
def test_what_is_wrong_with_alternatives_is_told_as_it_is(
    schema: dict[str, Any], value: Any, told: str
) -> None:
    assert faults(schema, value) == {"": told}
