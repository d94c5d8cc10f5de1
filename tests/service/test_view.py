"""A contract in OpenAPI 3.1 is understood as its edition in 3.0; its faults stand in its file."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.check import Refused, check
from infra.gateway.import_document import import_document
from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.schemas import Schema
from service.contract.view import view
from tests.contracts import ALL, LIBRARY, TODOS, load
from tests.contracts.editions import later

NULL = {"type": "null"}
TEXT = {"$ref": "#/components/schemas/Text"}
OTHERS = {"Text": {"type": "string"}, "Maybe": {"type": ["integer", "null"]}}
HERE = ("components", "schemas", "X")


def seen(schema: Any, **members: Any) -> Document:
    """The view of a document that holds a schema of 3.1, and others to refer to."""
    schemas = {"X": schema, **OTHERS}
    return view(Document({"openapi": "3.1.0", "components": {"schemas": schemas}, **members}))


# -- each rule ----------------------------------------------------------------------------------

RULES: list[tuple[str, Any, Any]] = [
    ("one type in an array", {"type": ["string"]}, {"type": "string"}),
    (
        "a type or null",
        {"type": ["string", "null"], "maxLength": 5},
        {"type": "string", "maxLength": 5, "nullable": True},
    ),
    (
        "one of several types",
        {"type": ["integer", "string"], "minimum": 1, "maxLength": 5, "title": "X"},
        {
            "title": "X",
            "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "maxLength": 5}],
        },
    ),
    ("an integer or a number", {"type": ["integer", "number"]}, {"type": "number"}),
    ("null alone", NULL, {"enum": [None], "nullable": True}),
    (
        "null in an enum",
        {"type": ["string", "null"], "enum": ["a", None]},
        {"type": "string", "enum": ["a", None], "nullable": True},
    ),
    (
        "null in the type, but in no value",
        {"type": ["string", "null"], "enum": ["a"]},
        {"type": "string", "enum": ["a"]},
    ),
    ("null in anyOf", {"anyOf": [TEXT, NULL]}, {"allOf": [TEXT], "nullable": True}),
    ("null in oneOf", {"oneOf": [NULL, TEXT]}, {"allOf": [TEXT], "nullable": True}),
    (
        "null as one of three",
        {"anyOf": [TEXT, NULL, {"type": "integer"}]},
        {"anyOf": [TEXT, {"type": "integer"}], "nullable": True},
    ),
    (
        "null that what stands beside it refuses",
        {"type": "string", "anyOf": [TEXT, NULL]},
        {"type": "string", "allOf": [{"allOf": [TEXT], "nullable": True}]},
    ),
    ("a constant", {"const": "a"}, {"enum": ["a"]}),
    ("examples", {"examples": ["a", "b"]}, {"example": "a"}),
    (
        "an excluded bound",
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
    ),
    (
        "the narrower one of two bounds",
        {"type": "integer", "maximum": 9, "exclusiveMaximum": 20},
        {"type": "integer", "maximum": 9},
    ),
    ("a reference", TEXT, TEXT),
    ("a reference and a default", {**TEXT, "default": "a"}, {"allOf": [TEXT], "default": "a"}),
    ("a reference and words for people", {**TEXT, "description": "A title"}, TEXT),
    ("an array of anything", {"type": "array"}, {"type": "array", "items": {}}),
    ("anything", {"properties": {"a": True}}, {"properties": {"a": {}}}),
    ("nothing", {"properties": {"a": False}}, {"properties": {"a": {"not": {}}}}),
    ("a word of 3.0", {"type": "string", "nullable": True}, {"type": "string"}),
    ("a note", {"type": "string", "contentMediaType": "text/html"}, {"type": "string"}),
    (
        "what a schema holds",
        {"items": {"const": 1}, "additionalProperties": {"not": {"const": 2}}},
        {"items": {"enum": [1]}, "additionalProperties": {"not": {"enum": [2]}}},
    ),
]


@pytest.mark.parametrize(
    ("schema", "said"), [row[1:] for row in RULES], ids=[row[0] for row in RULES]
)
def test_each_rule_says_a_schema_in_words_of_3_0(schema: Any, said: Any) -> None:
    assert seen(schema).at(HERE) == said


def test_what_is_no_request_of_a_client_is_left_out() -> None:
    dialect = "https://spec.openapis.org/oas/3.1/dialect/base"
    document = seen({}, webhooks={"done": {}}, jsonSchemaDialect=dialect)
    assert document.data.keys() == {"openapi", "components"}
    assert document.data["openapi"] == "3.0.3"
    assert document.written.data["webhooks"] == {"done": {}}


# -- the same values, whatever the schema -------------------------------------------------------

TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, 1.5, -3, "", "a", "abc", [], [None], ["a"], [1], {}),
    *({"a": None}, {"a": "abc"}, {"a": 2}, {"b": 1}),
]
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.sampled_from([TEXT, {"$ref": "#/components/schemas/Maybe"}, NULL]),
        TYPES.map(lambda each: {"type": each}),
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(st.sampled_from([None, 1, 2, "a"]), min_size=1, unique=True),
            "const": st.sampled_from([None, 1, "a"]),
            "$ref": st.sampled_from(["Text", "Maybe"]).map("#/components/schemas/{}".format),
            "maxLength": st.integers(0, 2),
            **dict.fromkeys(("minimum", "exclusiveMinimum"), st.integers(-1, 2)),
            **dict.fromkeys(("maximum", "exclusiveMaximum"), st.integers(-1, 2)),
            **dict.fromkeys(("anyOf", "oneOf", "allOf"), st.lists(inner, min_size=1, max_size=3)),
            **dict.fromkeys(("not", "items", "additionalProperties"), inner),
            "properties": st.fixed_dictionaries({}, optional={"a": inner}),
            "required": st.just(["a"]),
        },
    ),
    max_leaves=6,
)


@given(SCHEMAS)
@example({"oneOf": [{"$ref": "#/components/schemas/Maybe"}, NULL]})
@example({"oneOf": [TEXT, NULL, NULL]})
@example({**TEXT, "type": ["string", "null"], "anyOf": [NULL, {"minimum": 1}]})
@example({"enum": ["a", None], "not": NULL})
@example({"type": ["null"], "const": 1})
def test_the_view_takes_what_the_source_takes(schema: Any) -> None:
    whole = {"components": {"schemas": {"X": schema, **OTHERS}}}
    source = jsonschema_rs.Draft202012Validator({"$ref": "#/components/schemas/X", **whole})
    said = Schema(seen(schema), HERE)
    assert [each for each in VALUES if said.accepts(each) != source.is_valid(each)] == []


# -- what it cannot say -------------------------------------------------------------------------

UNSAID: list[tuple[str, dict[str, Any]]] = [
    ("if", {"if": {}}),
    ("patternProperties", {"patternProperties": {"^x": {}}}),
    ("prefixItems", {"prefixItems": [{}]}),
    ("unevaluatedProperties", {"unevaluatedProperties": False}),
    ("dependentRequired", {"dependentRequired": {"a": ["b"]}}),
    ("contains", {"contains": {}}),
    ("propertyNames", {"propertyNames": {}}),
    ("$dynamicRef", {"$dynamicRef": "#x"}),
    ("$id", {"$id": "https://example.com/x"}),
]


@pytest.mark.parametrize(("keyword", "schema"), UNSAID, ids=[row[0] for row in UNSAID])
def test_what_3_0_has_no_word_for_is_refused_by_name(keyword: str, schema: Any) -> None:
    (fault,) = seen({"anyOf": [{"type": "object"}, schema]}).unsaid
    assert fault.place == (*HERE, "anyOf", "1", keyword)
    assert fault.reason == f"{keyword!r} of OpenAPI 3.1 is not supported."
    assert fault.remedy == "Write it without."


def test_schemas_inside_of_a_schema_are_to_be_moved() -> None:
    (fault,) = seen({"$defs": {"Y": {}}}).unsaid
    assert fault.remedy == "Move what it holds into components/schemas."


def test_schemas_of_another_dialect_are_refused() -> None:
    (fault,) = seen({}, jsonSchemaDialect="http://json-schema.org/draft-07/schema#").unsaid
    assert fault.place == ("jsonSchemaDialect",)


def test_what_the_view_cannot_say_is_a_fault_of_the_contract() -> None:
    document = seen({"prefixItems": []}, info={"title": "X", "version": "1"}, paths={})
    assert "'prefixItems' of OpenAPI" in str(derive(document).faults[0])


def test_schemas_that_are_none_are_faults_of_openapi(tmp_path: Path) -> None:
    text = later(TODOS, tmp_path).read_text("utf-8")
    head, tail = text.split("  schemas:\n")
    broken = [
        *({"type": 5}, {"type": "text"}, {"anyOf": {}}, {"enum": "a"}, {"exclusiveMinimum": True}),
        *({"properties": []}, {"allOf": [5]}, {"$ref": 5}, {"items": "a"}),
    ]
    lines = [f"    X{number}: {json.dumps(each)}\n" for number, each in enumerate(broken)]
    file = tmp_path / "contract.yaml"
    file.write_text(f"{head}  schemas:\n{''.join(lines)}{tail}", "utf-8")
    with pytest.raises(Refused) as caught:
        check(file)
    first = head.count("\n") + 2
    assert {each.line for each in caught.value.faults} == {*range(first, first + len(broken))}


# -- where faults stand, and what is published --------------------------------------------------


def edited(tmp_path: Path, old: str, new: str) -> Path:
    """The library in OpenAPI 3.1, with another text somewhere."""
    file = later(LIBRARY, tmp_path)
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("exclusiveMinimum: 0", "exclusiveMinimum: -1.0e+30", "outside of 64 bits"),
        (
            "        motto:\n          anyOf:\n            - $ref: '#/components/schemas/Motto'\n",
            "        motto:\n          anyOf:\n            - type: string\n"
            "              pattern: (?i)a\n",
            "expression of ECMA-262",
        ),
        ("maxLength: 60", "unevaluatedItems: false", "'unevaluatedItems' of OpenAPI 3.1"),
    ],
    ids=["a bound", "an alternative", "a keyword"],
)
def test_a_fault_stands_where_the_author_wrote_it(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    file = edited(tmp_path, old, new)
    with pytest.raises(Refused) as caught:
        check(file)
    fault = next(each for each in caught.value.faults if told in each.text)
    assert file.read_text("utf-8").splitlines()[fault.line - 1].strip(" -") in new


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_both_editions_of_a_contract_are_one_contract(path: Path, tmp_path: Path) -> None:
    contract = check(later(path, tmp_path))
    assert contract.document.data == {**load(path).document.data, "openapi": "3.0.3"}
    assert import_document(contract) == import_document(load(path))
