"""Whatever a contract claims is enforced: broken in turn, each claim is a 400 that points at it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.contract.document import Document, Place
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.contract.schemas import Schema
from service.validation import pairs_of
from tests.client import Client
from tests.contracts import ALL, CLUB, LIBRARY, TRAITS, load

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
OTHER_TYPES: dict[str, list[Any]] = {
    "string": [1, True, None, [], {}],
    "integer": ["1", 1.5, True, None, [], {}],
    "number": ["1", True, None, [], {}],
    "boolean": ["true", 0, None, [], {}],
    "array": ["", 1, None, {}],
    "object": ["", 1, None, []],
}
BAD_FORMATS = {
    "uuid": ["x", "5f0c6b1e8d1c4c629f4b0f6a2f8f2a51", "{" + ID + "}", ID[:-1]],
    "date": ["2026-02-30", "2026-2-3", "20260203", "tomorrow"],
    "date-time": ["2026-11-22", "2026-11-22 10:00:00Z", "2026-11-22T10:00:00", "now"],
    "email": ["a", "a@", "@b.c", "a b@c.d", "a@b@c.d"],
    "uri": ["x", "//host/path", "http://a b", "http://["],
}
SAMPLES = {
    "uuid": ID,
    "date": "2026-11-22",
    "date-time": "2026-11-22T10:00:00Z",
    "email": "a@example.com",
    "uri": "https://example.com/",
}


def value_of(document: Document, place: Place) -> Any:
    """A value that satisfies a schema: its example, or one made up."""
    place, schema = document.resolve(place)
    if "example" in schema and schema["type"] != "object":
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if "allOf" in schema:
        return value_of(document, (*place, "allOf", "0"))
    match schema["type"]:
        case "string":
            text = SAMPLES.get(schema.get("format", ""), "abc")
            return text if len(text) >= schema.get("minLength", 0) else "a" * schema["minLength"]
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case "array":
            return [value_of(document, (*place, "items"))]
        case _:
            return {
                name: value_of(document, (*place, "properties", name))
                for name in schema["properties"]
                if not document.resolve((*place, "properties", name))[1].get("readOnly")
            }


def breaches(document: Document, place: Place) -> Iterator[tuple[str, str, Any]]:
    """(claim, pointer below the value, a value that breaks the claim)."""
    place, schema = document.resolve(place)
    if "allOf" in schema:
        parts = breaches(document, (*place, "allOf", "0"))
        yield from (each for each in parts if each[2] is not None)
        return
    for other in OTHER_TYPES[schema["type"]]:
        if not (other is None and schema.get("nullable")):
            yield "type", "", other
    if "enum" in schema:
        yield "enum", "", schema["enum"][0] + "x"
    for bad in BAD_FORMATS.get(schema.get("format", ""), []):
        yield "format", "", bad
    if schema.get("format") == "int32":
        yield "format", "", 2**31
    yield from bounds(schema)
    if schema["type"] == "array":
        yield from of_array(document, place, schema)
    if schema["type"] == "object":
        yield from of_object(document, place, schema)


def bounds(schema: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    if "maxLength" in schema:
        yield "maxLength", "", "+1" + "2" * schema["maxLength"]
    if schema.get("minLength"):
        yield "minLength", "", ""
    if "pattern" in schema:
        yield "pattern", "", "\0"
    if "minimum" in schema:
        yield "minimum", "", schema["minimum"] - (not schema.get("exclusiveMinimum"))
    if "maximum" in schema:
        yield "maximum", "", schema["maximum"] + 1


def of_array(
    document: Document, place: Place, schema: dict[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    element = value_of(document, (*place, "items"))
    if "maxItems" in schema:
        yield "maxItems", "", [f"{element}{i}" for i in range(schema["maxItems"] + 1)]
    if schema.get("uniqueItems"):
        yield "uniqueItems", "", [element, element]
    for claim, pointer, bad in breaches(document, (*place, "items")):
        yield f"items.{claim}", f"/0{pointer}", [bad]


def of_object(
    document: Document, place: Place, schema: dict[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    good = value_of(document, place)
    yield "additionalProperties", "/surplus", {**good, "surplus": 1}
    for name in schema.get("required", ()):
        if name in good:
            yield "required", f"/{name}", {key: good[key] for key in good if key != name}
    if schema.get("minProperties"):
        yield "minProperties", "", {}
    for name in schema["properties"]:
        if name not in good:
            if document.resolve((*place, "properties", name))[1].get("readOnly"):
                yield "readOnly", f"/{name}", {**good, name: ID}
            continue
        for claim, pointer, bad in breaches(document, (*place, "properties", name)):
            yield f"{name}.{claim}", f"/{name}{pointer}", {**good, name: bad}


def operations(*rules: Rule) -> list[Any]:
    return [
        pytest.param(path, load(path), operation, id=operation.id)
        for path in ALL
        for operation in load(path).operations.values()
        if operation.rule in rules
    ]


def target(operation: Operation) -> str:
    """A path that names no item, if it names any."""
    id = "7" if operation.collection.integer_ids else ID
    return operation.path.split("{")[0] + (id if operation.rule and operation.rule.of_item else "")


@pytest.mark.parametrize(
    ("path", "contract", "operation"), operations(Rule.CREATE, Rule.REPLACE, Rule.MERGE)
)
def test_every_claim_about_a_body_is_enforced(
    serve: Any, path: Any, contract: Contract, operation: Operation
) -> None:
    client: Client = serve(path)
    for media_type, place in operation.body_places.items():
        sent = {"Content-Type": media_type}
        good = value_of(contract.document, place)
        method = operation.method.upper()
        reply = client.request(method, target(operation), good, sent)
        assert reply.status in (int(operation.success), 404)
        claims = []
        for claim, pointer, bad in breaches(contract.document, place):
            reply = client.request(method, target(operation), bad, sent)
            assert reply.status == 400, (claim, bad)
            assert pointer in [fault["pointer"] for fault in reply.errors], (claim, bad)
            claims.append(claim)
        assert len(claims) > 10


@pytest.mark.parametrize(("path", "contract", "operation"), operations(*Rule))
def test_every_claim_about_a_parameter_is_enforced(
    serve: Any, path: Any, contract: Contract, operation: Operation
) -> None:
    client: Client = serve(path)
    for parameter in operation.parameters:
        place = _schema_place(contract.document, operation, parameter.name)
        _, schema = contract.document.resolve(place)
        texts = list(_bad_texts(schema))
        for text in texts:
            if parameter.place == "path":
                if "/" in text or not text.isprintable() or not text:
                    continue
                if text.isascii() and text.isdigit():  # a number that names no item is not found
                    continue
                reply = client.request(
                    operation.method.upper(), operation.path.split("{")[0] + text, {}
                )
            elif parameter.place == "query":
                reply = client.request(
                    "GET", f"{operation.path}?{parameter.name}={text}".replace(" ", "%20")
                )
            else:
                reply = client.request(
                    operation.method.upper(), target(operation), {}, {parameter.name: text}
                )
            assert reply.status == 400, (parameter.name, text)
            assert (parameter.place, parameter.name) in [
                (error.get("part"), error.get("name")) for error in reply.errors
            ], text


def _schema_place(document: Document, operation: Operation, name: str) -> Place:
    """Of a parameter of an operation, or of its path."""
    for place in (operation.place, operation.place[:-1]):
        for index in range(len(document.at(place).get("parameters", ()))):
            where, declared = document.resolve((*place, "parameters", str(index)))
            if declared["name"] == name:
                return (*where, "schema")
    raise AssertionError(name)


def _bad_texts(schema: dict[str, Any]) -> Iterator[str]:
    """Texts that are no such value; the odd ones are those that `int()` would take."""
    if schema["type"] == "integer":
        yield from ("1_0", "%D9%A1", " 5", "+5", "5 ", "0x5", "1.0", "1e1", "", "x", "05", "9" * 30)
    if schema["type"] == "boolean":
        yield from ("TRUE", "True", "1", "yes", "", "true ", "null")
    for claim, pointer, bad in breaches_of_text(schema):
        assert not pointer, claim
        yield str(bad)


def breaches_of_text(schema: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    if "enum" in schema:
        yield "enum", "", schema["enum"][0] + "x"
    for bad in BAD_FORMATS.get(schema.get("format", ""), []):
        yield "format", "", bad
    for claim, pointer, bad in bounds(schema):
        if bad != "\0":
            yield claim, pointer, bad


@pytest.mark.parametrize(
    "operation_path", ["/todos?zz=1", "/todos?limit=1&limit=1", "/todos?limit"]
)
def test_a_query_is_taken_as_declared_or_not_at_all(todos: Client, operation_path: str) -> None:
    assert todos.get(operation_path).status == 400


@given(st.text("xy=&;?%2+", max_size=12))
@example("limit=25&cursor=AAABm0KUqABfDGsejRxMYp9LD2ovjypR")
def test_a_query_is_read_as_the_standard_library_reads_it(query: str) -> None:
    assert pairs_of(query) == parse_qsl(query, keep_blank_values=True, errors="strict")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_example_of_a_contract_satisfies_its_schema(path: Any) -> None:
    document = load(path).document
    count = 0
    for place in _schemas_with_examples(document.data, ()):
        holder = document.at(place[:-1])
        schema = Schema(document, place)
        example = document.at(place).get("example", holder.get("example"))
        assert not schema.faults(example), place
        count += 1
    assert count or path in (LIBRARY, TRAITS, CLUB)


def _schemas_with_examples(node: Any, place: Place) -> Iterator[Place]:
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from _schemas_with_examples(each, (*place, str(index)))
    if not isinstance(node, dict):
        return
    if "example" in node and "schema" in node:
        yield (*place, "schema")
    elif "example" in node and "type" in node and isinstance(node["type"], str):
        yield place
    for key, each in node.items():
        if key != "example":
            yield from _schemas_with_examples(each, (*place, key))
