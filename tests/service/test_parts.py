"""What `allOf` says of a property counts as if the property said it by itself."""

from typing import Any

import pytest

from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.parts import whole
from tests.contracts import LIBRARY

PLACE = ("components", "schemas", "Whole")


def whole_of(schema: dict[str, Any], **others: Any) -> dict[str, Any]:
    document = Document({"components": {"schemas": {"Whole": schema, **others}}})
    found = whole(document, PLACE)[1]
    return {key: value for key, value in found.items() if value not in (False, [])}


@pytest.mark.parametrize(
    ("parts", "together"),
    [
        ([{"maxLength": 9, "minLength": 1}, {"maxLength": 5}], {"maxLength": 5, "minLength": 1}),
        ([{"minimum": 1}, {"minimum": 1, "exclusiveMinimum": True}],
         {"minimum": 1, "exclusiveMinimum": True}),
        ([{"minimum": 2}, {"minimum": 1, "exclusiveMinimum": True}], {"minimum": 2}),
        ([{"maximum": 3, "exclusiveMaximum": True}, {"maximum": 3}],
         {"maximum": 3, "exclusiveMaximum": True}),
        ([{"type": "number"}, {"type": "integer"}], {"type": "integer"}),
        ([{"enum": ["a", "b"]}, {"enum": ["b", "c"]}], {"enum": ["b"]}),
        ([{"readOnly": True}, {"type": "string"}], {"type": "string", "readOnly": True}),
        ([{"default": 1}, {"default": 2}], {"default": 1}),
        ([{"type": "string", "nullable": True}], {"type": "string", "nullable": True}),
        ([{"nullable": True}, {"type": "string"}], {"type": "string"}),
        ([{"allOf": [{"format": "uuid"}]}, {"type": "string"}],
         {"type": "string", "format": "uuid"}),
    ],
)  # fmt: skip
def test_parts_are_one_schema(parts: list[Any], together: dict[str, Any]) -> None:
    assert whole_of({"allOf": parts}) == together


def test_what_stands_beside_allof_goes_first() -> None:
    schema = {"allOf": [{"$ref": "#/components/schemas/Part"}], "default": 2, "nullable": True}
    part = {"type": "integer", "default": 1, "maximum": 9}
    assert whole_of(schema, Part=part) == {
        "type": "integer", "maximum": 9, "default": 2, "nullable": True,
    }  # fmt: skip


def test_ids_stamps_filters_and_limits_may_all_stand_in_allof() -> None:
    """The library with every schema of a property or a parameter wrapped is the same library."""
    plain, wrapped = read(LIBRARY), read(LIBRARY)
    schemas = wrapped.data["components"]["schemas"]
    for name in ("Book", "Reader"):
        for key, schema in schemas[name]["properties"].items():
            schemas[name]["properties"][key] = {"allOf": [schema]}
    for parameter in [
        *wrapped.data["paths"]["/books"]["get"]["parameters"],
        *wrapped.data["components"]["parameters"].values(),
    ]:
        parameter["schema"] = {"allOf": [parameter["schema"]]}
    before, after = derive(plain), derive(wrapped)
    assert after.collections == before.collections
    for id, operation in before.operations.items():
        shapes = [
            [(each.name, each.place, each.type) for each in one.parameters]
            for one in (operation, after.operations[id])
        ]
        assert shapes[0] == shapes[1]
