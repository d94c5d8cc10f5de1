"""What is called served keeps its contract: nothing that may be answered breaks it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.check import Refused, check, told_faults
from infra.gateway.import_document import import_document
from tests.serve.test_checking import PETS

Json = dict[str, Any]
Edit = Callable[[Json], object]

_TEXT = {"type": "string", "maxLength": 20}
_TIME = {"type": "string", "format": "date-time", "readOnly": True}
_ID = {"type": "string", "format": "uuid", "readOnly": True}


def _shown(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _operation(id: str, status: str, answer: str | None, body: str | None = None) -> Json:
    content = {"content": _shown(answer)} if answer else {}
    return {
        "operationId": id,
        "responses": {
            status: {"description": "Done", **content},
            "default": {"$ref": "#/components/responses/Problem"},
        },
        **({"requestBody": {"required": True, "content": _shown(body)}} if body else {}),
    }


def pets() -> Json:
    """A contract of five operations, as plain as may be; its PUT merges."""
    name = {"type": "object", "additionalProperties": False, "properties": {"name": _TEXT}}
    problem = {"type": "object", "properties": {"title": {"type": "string"}}}
    page = {
        "type": "object",
        "required": ["items", "count"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
            "count": {"type": "integer"},
            "next": {"type": "string"},
        },
    }
    cursor = {"name": "cursor", "in": "query", "schema": {"type": "string"}}
    limit = {"type": "integer", "minimum": 1, "maximum": 50}
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    contract = {
        **PETS,
        "paths": {
            "/pets": {
                "get": {
                    **_operation("listPets", "200", "Page"),
                    "parameters": [cursor, {"name": "limit", "in": "query", "schema": limit}],
                },
                "post": _operation("createPet", "201", "Pet", "NewPet"),
            },
            "/pets/{id}": {
                "parameters": [id],
                "get": _operation("getPet", "200", "Pet"),
                "put": _operation("updatePet", "200", "Pet", "PetChanges"),
                "delete": _operation("deletePet", "204", None),
            },
        },
        "components": {
            "schemas": {
                "Pet": {
                    "type": "object",
                    "required": ["id", "bornAt"],
                    "properties": {"id": _ID, "bornAt": _TIME, "name": _TEXT},
                },
                "NewPet": name,
                "PetChanges": copy.deepcopy(name),
                "Page": page,
            },
            "responses": {
                "Problem": {
                    "description": "Problem",
                    "content": {"application/problem+json": {"schema": problem}},
                }
            },
        },
    }
    return copy.deepcopy(contract)


def told_of(tmp_path: Path, contract: Json) -> str:
    """What keeps a contract from being served, "" if nothing does."""
    file = tmp_path / "pets.json"
    file.write_bytes(orjson.dumps(contract))
    try:
        import_document(check(file))
    except Refused as refusal:
        *lines, _ = told_faults(Path(file.name), refusal.report).splitlines(keepends=True)
        return "".join(lines)
    return ""


def schema(name: str, **keywords: Any) -> Edit:
    return lambda contract: contract["components"]["schemas"][name].update(keywords)


def everywhere(sent: Json, shown: Json, **more: Any) -> Edit:
    """A property `extra` that both bodies take so, and that the item shows so."""

    def edit(contract: Json) -> None:
        schemas = contract["components"]["schemas"]
        schemas |= copy.deepcopy(more)
        for name, described in (("Pet", shown), ("NewPet", sent), ("PetChanges", sent)):
            schemas[name]["properties"]["extra"] = copy.deepcopy(described)

    return edit


def page(name: str | None = None, **keywords: Any) -> Edit:
    def edit(contract: Json) -> None:
        whole = contract["components"]["schemas"]["Page"]
        (whole["properties"][name] if name else whole).update(keywords)

    return edit


def answer(path: str, method: str, status: str, **keywords: Any) -> Edit:
    return lambda contract: (
        contract["paths"][path][method]["responses"]
        .setdefault(status, {"description": "Done"})
        .update(keywords)
    )


def problem(**keywords: Any) -> Edit:
    return lambda contract: contract["components"]["responses"]["Problem"]["content"][
        "application/problem+json"
    ]["schema"].update(keywords)


def objects(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


CLOSED = {"additionalProperties": False}
COUNT = {"X-Count": {"schema": {"type": "integer"}}}
CHOICE = [{"required": ["name"]}, {"required": ["other"]}]
ONE_OF = [{"type": "string"}, {"type": "integer"}]
OWNED = {**objects(id=_ID, name=_TEXT), "required": ["id"]}

BROKEN: list[tuple[str, Edit, str]] = [
    ("a narrower length", everywhere({"type": "string"}, _TEXT), "'extra' than is kept: maxLength"),
    ("fewer values", everywhere({"enum": ["a", "b"]}, {"enum": ["a"]}), "kept: enum"),
    ("a part of allOf", everywhere(
        {"type": "string", "maxLength": 9}, {"allOf": [{"type": "string", "maxLength": 3}]}),
        "'extra' than is kept: maxLength"),
    ("null", everywhere({"type": "string", "nullable": True}, {"type": "string"}), "kept: type"),
    ("any element", everywhere({"type": "array", "items": {}}, {
        "type": "array", "items": {"type": "string"}}), "'extra.*' than is kept: type"),
    ("a closed object", everywhere({"type": "object"}, {**objects(), **CLOSED}), "additionalProp"),
    ("a nested requirement", everywhere(objects(a=_TEXT), {**objects(a=_TEXT), "required": ["a"]}),
        "'extra.a' is required in a response"),
    ("a deep length", everywhere(
        objects(a=objects(b={"type": "string"})), objects(a=objects(b=_TEXT))), "'extra.a.b' than"),
    ("a map", everywhere({"type": "object", "additionalProperties": {"type": "integer"}}, {
        "type": "object", "additionalProperties": {"type": "string"}}), "additionalProperties"),
    ("fewer properties", everywhere({"type": "object"}, {"type": "object", "maxProperties": 1}),
        "maxProperties"),
    ("another pattern", everywhere(_TEXT, {**_TEXT, "pattern": "^a"}), "shown to be kept: pattern"),
    ("a negation", everywhere(_TEXT, {"not": {"pattern": "^a"}}), "shown to be kept: not"),
    ("two that fit", everywhere({"type": "integer"}, {
        "oneOf": [{"type": "number"}, {"type": "integer"}]}), "be kept: oneOf"),
    ("readOnly and required inside", everywhere(
        {"$ref": "#/components/schemas/Owner"}, {"$ref": "#/components/schemas/Owner"},
        Owner=OWNED), "Nothing writes 'id': it is readOnly"),
    ("many properties", schema("Pet", minProperties=4), "than is kept: minProperties"),
    ("a choice of properties", schema("Pet", oneOf=CHOICE), "cannot be shown to be kept: oneOf"),
    ("a choice that an update breaks", lambda contract: [
        edit(contract) for edit in (schema("Pet", oneOf=CHOICE), schema("NewPet", oneOf=CHOICE))
    ], "cannot be shown to be kept: oneOf"),
    ("closed parts", schema("Pet", allOf=[{**objects(name=_TEXT), **CLOSED}]),
        "The parts of allOf refuse each other's properties. Write one closed object."),
    ("a body that cannot be", schema("NewPet", minProperties=2), "No body that a client may send"),
    ("a name that nobody writes", schema("Pet", required=["id", "chip"]), "Nothing writes 'chip'"),
    ("a page of one item", page("items", minItems=1), "'items' than is kept: minItems"),
    ("a short page", page("items", maxItems=49), "and maxItems fewer"),
    ("a small count", page("count", maximum=5), "'count' than is kept: maximum"),
    ("a count from one", page("count", minimum=1), "'count' than is kept: minimum"),
    ("a page of three", page(minProperties=3), "than is kept: minProperties"),
    ("a short cursor", page("next", maxLength=9), "A cursor is a string of 32"),
    ("a time that is a day", lambda contract: contract["components"]["schemas"]["Pet"][
        "properties"]["bornAt"].update(maxLength=10), "Times are written like"),
    ("a content of nothing", answer("/pets/{id}", "delete", "204", content=_shown("Pet")),
        "A 204 response has no content"),
    ("a content of 304", answer("/pets/{id}", "get", "304", content=_shown("Pet")),
        "A 304 response has no content"),
    ("a header that nobody sends", answer("/pets", "post", "201", headers={
        "X-Count": {"required": True, "schema": {"type": "integer"}}}), "'X-Count' here"),
    ("a header of other answers", answer("/pets/{id}", "delete", "204", headers={
        "ETag": {"required": True, "schema": {"type": "string"}}}), "send 'ETag' here"),
    ("a link on every page", answer("/pets", "get", "200", headers={
        "Link": {"required": True, "schema": {"type": "string"}}}), "'Link' is not sent"),
    ("a tag that is a number", answer("/pets", "post", "201", headers={
        "etag": {"schema": {"type": "integer"}}}), "'etag' is sent like"),
    ("a short detail", problem(properties={
        "detail": {"type": "string", "maxLength": 9}}), "detail"),
    ("few faults", problem(properties={"errors": {"type": "array", "maxItems": 9}}), "errors"),
    ("a problem with a code", problem(required=["code"]), "refuses the problem"),
]  # fmt: skip

KEPT: list[tuple[str, Edit]] = [
    ("as it is", page()),
    ("a header that may be sent, and never is", answer("/pets", "post", "201", headers=COUNT)),
    ("a wider length", everywhere(_TEXT, {"type": "string", "maxLength": 30})),
    ("more values", everywhere({"enum": ["a"]}, {"enum": ["a", "b"]})),
    ("a schema of both", everywhere(
        {"$ref": "#/components/schemas/Tag"}, {"$ref": "#/components/schemas/Tag"},
        Tag={"type": "string", "pattern": "^(?!x)a", "nullable": True})),
    ("a choice of both", everywhere({"oneOf": ONE_OF}, {"oneOf": ONE_OF})),
    ("an open object", everywhere({**objects(a=_TEXT), **CLOSED}, {"type": "object"})),
    ("readOnly inside", everywhere(objects(a=_ID), objects(a=_ID))),
    ("readOnly inside of what is shown alone", lambda contract: contract["components"][
        "schemas"]["Pet"]["properties"].update(owner=OWNED)),
    ("a tree", everywhere(
        {"$ref": "#/components/schemas/Tree"}, {"$ref": "#/components/schemas/Tree"},
        Tree=objects(below={"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}))),
    ("nothing but nullable", everywhere({"nullable": True}, {"nullable": True})),
    ("a property that every item has", lambda contract: [
        edit(contract) for edit in (
            schema("Pet", required=["id", "name"]), schema("NewPet", required=["name"]))]),
    ("a default of create alone", lambda contract: contract["components"]["schemas"]["NewPet"][
        "properties"].update(name={**_TEXT, "default": "Rex"})),
    ("a time that no body takes", lambda contract: contract["components"]["schemas"]["Pet"][
        "properties"]["bornAt"].pop("readOnly")),
    ("headers that are sent", answer("/pets", "post", "201", headers={
        name: {"required": True, "schema": {"type": "string"}}
        for name in ("ETag", "location", "Cache-Control")})),
    ("a problem told in full", problem(**CLOSED, required=["type", "title", "status", "detail"],
        properties={"type": {"type": "string", "format": "uri"}, "title": {"type": "string"},
        "status": {"type": "integer"}, "detail": {"type": "string", "maxLength": 1000},
        "errors": {"type": "array", "minItems": 1, "items": {"type": "object"}}})),
    ("names that API Gateway does not take", everywhere(
        {"$ref": "#/components/schemas/my-Tag"}, {"$ref": "#/components/schemas/my-Tag"},
        **{"my-Tag": _TEXT, "my.Tag": _TEXT, "myTag": _TEXT})),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), [row[1:] for row in BROKEN], ids=[r[0] for r in BROKEN])
def test_a_contract_that_would_be_broken_is_refused_in_one_line(
    tmp_path: Path, edit: Edit, said: str
) -> None:
    contract = pets()
    edit(contract)
    text = told_of(tmp_path, contract)
    assert said in text
    assert text.count("\n") == 1


@pytest.mark.parametrize("edit", [row[1] for row in KEPT], ids=[row[0] for row in KEPT])
def test_a_contract_that_is_kept_is_served(tmp_path: Path, edit: Edit) -> None:
    contract = pets()
    edit(contract)
    assert told_of(tmp_path, contract) == ""


def test_a_name_that_clients_choose_is_no_id(tmp_path: Path) -> None:
    text = orjson.dumps(pets()).decode()
    text = text.replace("/pets/{id}", "/pets/{name}").replace('"name":"id"', '"name":"name"')
    assert (
        told_of(tmp_path, orjson.loads(text))
        .splitlines()[0]
        .endswith(
            "'name' names the item, and clients choose it: it could be taken, and changed."
            " Let the service make an id, or write these operations by hand."
        )
    )


def test_an_id_that_clients_may_send_is_told_so(tmp_path: Path) -> None:
    contract = pets()
    schemas = contract["components"]["schemas"]
    for name in ("Pet", "NewPet"):
        schemas[name]["properties"]["id"] = {"type": "string", "format": "uuid"}
    assert "Clients may send 'id', which names the item. Mark it" in told_of(tmp_path, contract)


def test_models_have_letters_and_digits_and_each_a_name_of_its_own(tmp_path: Path) -> None:
    contract = pets()
    reference = {"$ref": "#/components/schemas/my-Tag"}
    named = {"my.Tag": _TEXT, "my-Tag": {**_TEXT, "minLength": 1}, "myTag": _TEXT}
    everywhere(reference, reference, **named)(contract)
    (tmp_path / "c.json").write_bytes(orjson.dumps(contract))
    models = import_document(check(tmp_path / "c.json"))["components"]["schemas"]
    assert models["NewPet"]["properties"]["extra"] == {"$ref": "#/components/schemas/myTag3"}
    assert models["myTag3"] == {"type": "string", "minLength": 1, "maxLength": 20}
