"""A contract that was written for nobody here is completed, and nothing of it is taken away."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.complete import complete
from infra.complete.notices import Notice
from infra.edits import rewritten
from service.contract.derivation import derive
from service.contract.document import Document, Place, parse
from service.contract.model import Contract
from service.contract.rules import Rule
from service.contract.view import view
from tests.contracts import LIBRARY, ROOT, TODOS, TRAITS

HERE = Path(__file__).parent
PLANTS = HERE / "plants.yaml"
ORDERS = HERE / "orders.json"
STRANGERS = pytest.mark.parametrize("file", [PLANTS, ORDERS], ids=lambda file: file.stem)


def completed(file: Path, *, concurrency: bool = False, answers: bool = False) -> bytes:
    """The content of a file after it, as it is written."""
    content = file.read_bytes()
    source = parse(content, file.suffix)
    draft = complete(source, concurrency=concurrency, answers=answers)
    return rewritten(content, file.suffix, source, draft.data)


def understood(content: bytes, suffix: str) -> Contract:
    return derive(view(parse(content, suffix)))


def parts_of(data: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value inside of a document with its place; of a list's elements those with a name."""
    for key, value in data.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            value = {each.get("name", str(index)): each for index, each in enumerate(value)}
        yield (*place, key), value
        if isinstance(value, dict):
            yield from parts_of(value, (*place, key))


def test_a_strangers_contract_is_derived_as_a_whole() -> None:
    rows = understood(completed(PLANTS), ".yaml").operations
    assert {row.id: row.rule for row in rows.values() if row.is_derived} == {
        "listPlants": Rule.LIST,
        "createPlant": Rule.CREATE,
        "getPlant": Rule.GET,
        "replacePlant": Rule.REPLACE,
        "waterPlant": Rule.MERGE,
        "deletePlant": Rule.DELETE,
    }


def test_what_no_rule_can_mean_has_no_other_fault_than_that() -> None:
    rows = understood(completed(ORDERS), ".json").operations
    assert [(id, [each.kind for each in row.objections]) for id, row in rows.items()] == [
        ("listOrders", []),
        ("createOrder", []),
        ("getOrder", []),
        ("deleteOrder", []),
        ("postApiOrdersByOrderIdRefund", ["no-rule"]),
    ]
    assert not any(row.faults for row in rows.values())


@STRANGERS
def test_a_second_time_changes_nothing(file: Path, tmp_path: Path) -> None:
    for options in ({}, {"concurrency": True}):
        once = tmp_path / file.name
        once.write_bytes(completed(file, **options))
        assert completed(once, **options) == once.read_bytes()


@pytest.mark.parametrize(
    "file",
    [TODOS, LIBRARY, TRAITS, *(ROOT / "examples").glob("*.yaml")],
    ids=lambda file: file.stem,
)
def test_a_contract_that_lacks_nothing_stays_as_it_is(file: Path) -> None:
    assert completed(file) == file.read_bytes()


@STRANGERS
def test_no_operation_parameter_or_property_goes_and_no_type_changes(file: Path) -> None:
    before = dict(parts_of(parse(file.read_bytes(), file.suffix).data))
    after = dict(parts_of(parse(completed(file), file.suffix).data))
    for place, value in before.items():
        if place[-2:-1] in (("parameters",), ("properties",)) or place[:1] == ("paths",) != place:
            assert "content" in place or place in after
        if place[-1] == "type" and "example" not in place and "content" not in place:
            assert after[place] == value


@STRANGERS
def test_every_comment_but_that_of_a_line_that_goes_is_still_there(file: Path) -> None:
    written = completed(file).decode()
    comments = [line.partition("# ")[2] for line in file.read_text("utf-8").splitlines()]
    assert [each for each in comments if each not in written] in ([], ["not today"])


def test_what_clients_notice_is_counted() -> None:
    assert complete(parse(PLANTS.read_bytes(), ".yaml")).notices == {
        Notice.ERROR_CONTENT: 2,
        Notice.MEDIA_TYPE: 2,
        Notice.CLOSED_BODY: 2,
        Notice.REQUIRED_BODY: 2,
        Notice.ID: 2,
        Notice.DEFAULT: 1,
        Notice.BOUND: 2,
    }


# -- single traits -------------------------------------------------------------------------------

ROOM: dict[str, Any] = {
    "type": "object",
    "required": ["number"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "number": {"type": "string", "maxLength": 10},
    },
}


def as_json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def answer(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "OK", "content": as_json(schema)}}


def rooms() -> dict[str, Any]:
    """A contract to put a trait into: rooms, which POST creates and GET shows."""
    room = {"$ref": "#/components/schemas/Room"}
    made = {"201": {"description": "Made", "content": as_json(room)}}
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    contract = {
        "openapi": "3.0.3",
        "info": {"title": "Rooms", "version": "1"},
        "paths": {
            "/rooms": {"post": {"requestBody": {"content": as_json(room)}, "responses": made}},
            "/rooms/{id}": {
                "parameters": [path],
                "get": {"responses": answer(room)},
                "put": {"requestBody": {"content": as_json(room)}, "responses": answer(room)},
            },
        },
        "components": {"schemas": {"Room": ROOM}},
    }
    return json.loads(json.dumps(contract))  # type: ignore[no-any-return]


def done(
    data: dict[str, Any], *, concurrency: bool = False, answers: bool = False
) -> dict[str, Any]:
    return complete(
        Document(json.loads(json.dumps(data))), concurrency=concurrency, answers=answers
    ).data


def schema_of_body(data: dict[str, Any], path: str, method: str) -> Any:
    return data["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]


def test_a_schema_that_a_body_shares_with_an_answer_is_split() -> None:
    data = done(rooms())
    assert data["components"]["schemas"]["Room"] == ROOM
    assert data["components"]["schemas"]["RoomInput"] == {
        "type": "object",
        "additionalProperties": False,
        "required": ["number"],
        "properties": {"number": ROOM["properties"]["number"]},
    }


def test_bodies_that_took_one_schema_still_take_one() -> None:
    data = done(rooms())
    own = {"$ref": "#/components/schemas/RoomInput"}
    assert schema_of_body(data, "/rooms", "post") == own
    assert schema_of_body(data, "/rooms/{id}", "put") == own


def test_a_name_that_is_taken_is_left_to_its_owner() -> None:
    contract = rooms()
    mine = {"type": "string"}
    contract["components"]["schemas"] |= {"RoomInput": mine, "Problem": mine}
    schemas = done(contract)["components"]["schemas"]
    assert schemas["RoomInput"] == schemas["Problem"] == mine
    assert {"RoomInput2", "Problem2"} <= schemas.keys()


def test_a_schema_of_bodies_alone_is_closed_where_it_stands() -> None:
    contract = rooms()
    new = {"properties": {"number": {"type": "string"}}}
    contract["components"]["schemas"]["NewRoom"] = new
    for path, method in (("/rooms", "post"), ("/rooms/{id}", "put")):
        schema_of_body(contract, path, method)["$ref"] = "#/components/schemas/NewRoom"
    assert done(contract)["components"]["schemas"]["NewRoom"] == {
        "type": "object",
        "additionalProperties": False,
        **new,
    }


def test_a_part_of_all_of_is_never_closed() -> None:
    contract = rooms()
    schemas = contract["components"]["schemas"]
    number = {"properties": {"number": {"type": "string"}}}
    schemas["NewRoom"] = copy.deepcopy(number)
    schemas["Room"] = {
        "allOf": [
            {"$ref": "#/components/schemas/NewRoom"},
            {"properties": {"id": {"type": "string"}}},
        ]
    }
    schema_of_body(contract, "/rooms", "post")["$ref"] = "#/components/schemas/NewRoom"
    written = done(contract)["components"]["schemas"]
    assert written["NewRoom"] == number
    assert written["NewRoomInput"]["additionalProperties"] is False
    assert written["RoomInput"]["properties"] == number["properties"]


def test_what_a_body_embeds_stays_as_it_is() -> None:
    contract = rooms()
    bed = {"type": "object", "properties": {"id": {"type": "string"}, "soft": {"type": "boolean"}}}
    contract["components"]["schemas"]["Room"]["properties"]["bed"] = bed
    assert done(contract)["components"]["schemas"]["RoomInput"]["properties"]["bed"] == bed


def test_an_id_that_bodies_share_becomes_the_services_own() -> None:
    contract = rooms()
    del contract["components"]["schemas"]["Room"]["properties"]["id"]["readOnly"]
    assert done(contract)["components"]["schemas"]["Room"]["properties"]["id"]["readOnly"] is True


def test_an_id_that_is_a_reference_is_marked_beside_it() -> None:
    contract = rooms()
    schemas = contract["components"]["schemas"]
    schemas["Id"] = {"type": "string", "format": "uuid"}
    schemas["Room"]["properties"]["id"] = {"$ref": "#/components/schemas/Id"}
    written = done(contract)["components"]["schemas"]
    assert written["Id"] == schemas["Id"]
    assert written["Room"]["properties"]["id"] == {
        "allOf": [{"$ref": "#/components/schemas/Id"}],
        "readOnly": True,
    }


def test_a_name_that_clients_choose_is_left_alone() -> None:
    contract = json.loads(
        json.dumps(rooms()).replace("{id}", "{number}").replace('"id"', '"number"')
    )
    contract["components"]["schemas"]["Room"]["properties"] = {"number": {"type": "string"}}
    written = done(contract)
    assert written["components"]["schemas"]["Room"] == contract["components"]["schemas"]["Room"]
    assert "RoomInput" not in written["components"]["schemas"]


def test_the_defaults_of_a_merging_update_go_and_creates_stay() -> None:
    contract = rooms()
    schemas = contract["components"]["schemas"]
    schemas["Floor"] = {"type": "integer", "default": 1}
    floor = {"$ref": "#/components/schemas/Floor"}
    schemas["Room"]["properties"]["floor"] = floor
    schemas["Changes"] = {"type": "object", "properties": {"floor": floor}}
    schema_of_body(contract, "/rooms/{id}", "put")["$ref"] = "#/components/schemas/Changes"
    written = done(contract)["components"]["schemas"]
    assert written["Changes"]["properties"]["floor"] == {"type": "integer"}
    assert written["Floor"] == schemas["Floor"]
    assert written["RoomInput"]["properties"]["floor"] == floor


def test_a_patch_that_takes_what_create_takes_gets_its_own_without_defaults() -> None:
    contract = rooms()
    contract["components"]["schemas"]["Room"]["properties"]["floor"] = {
        "type": "integer",
        "default": 1,
    }
    item = contract["paths"]["/rooms/{id}"]
    item["patch"] = item.pop("put")
    data = done(contract)
    assert schema_of_body(data, "/rooms/{id}", "patch") == {
        "$ref": "#/components/schemas/RoomChanges"
    }
    schemas = data["components"]["schemas"]
    assert schemas["RoomChanges"]["properties"]["floor"] == {"type": "integer"}
    assert schemas["RoomInput"]["properties"]["floor"]["default"] == 1


def listed_rooms(*parameters: dict[str, Any]) -> dict[str, Any]:
    contract = rooms()
    page = {"type": "array", "items": {"$ref": "#/components/schemas/Room"}}
    contract["paths"]["/rooms"]["get"] = {"parameters": list(parameters), "responses": answer(page)}
    return contract


def test_a_schema_that_others_refer_to_is_bounded_where_it_is_used() -> None:
    size = {"$ref": "#/components/schemas/Size"}
    name = {"$ref": "#/components/schemas/Name"}
    contract = listed_rooms(
        {"name": "limit", "in": "query", "schema": size},
        {"name": "number", "in": "query", "schema": {"type": "string"}},
    )
    schemas = contract["components"]["schemas"]
    schemas |= {"Size": {"type": "integer", "default": 500}, "Name": {"type": "string"}}
    schemas["Room"]["properties"]["number"] = name
    schemas["Other"] = {"properties": {"size": size, "name": name}}
    data = done(contract)
    written = data["components"]["schemas"]
    limit = data["paths"]["/rooms"]["get"]["parameters"][0]["schema"]
    assert (written["Size"], written["Name"]) == (schemas["Size"], schemas["Name"])
    assert limit == {"allOf": [size], "minimum": 1, "maximum": 100, "default": 100}
    bounded = {"allOf": [name], "maxLength": 266}
    assert written["Room"]["properties"]["number"] == bounded
    assert written["RoomInput"]["properties"]["number"] == bounded
    rows = derive(Document(data)).operations.values()
    assert [row.is_derived for row in rows] == [True, True, True, True]


def test_a_list_that_no_rule_can_mean_stays_as_it_is() -> None:
    contract = listed_rooms({"name": "search", "in": "query", "schema": {"type": "string"}})
    asked = contract["paths"]["/rooms"]["get"]["parameters"]
    assert done(contract)["paths"]["/rooms"]["get"]["parameters"] == asked


@pytest.mark.parametrize(
    "more",
    [
        {"discriminator": {"propertyName": "number"}},
        {"oneOf": [{"required": ["number"]}, {"required": ["floor"]}]},
        {"additionalProperties": {"type": "string"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_body_that_is_no_plain_object_is_not_closed(more: dict[str, Any]) -> None:
    contract = rooms()
    contract["components"]["schemas"]["Room"] |= more
    assert "RoomInput" not in done(contract)["components"]["schemas"]


def test_a_body_may_have_fewer_properties_without_those_that_are_the_services() -> None:
    contract = rooms()
    contract["components"]["schemas"]["Room"]["minProperties"] = 2
    assert done(contract)["components"]["schemas"]["RoomInput"]["minProperties"] == 1


def test_a_body_that_says_it_is_optional_becomes_required() -> None:
    contract = rooms()
    contract["paths"]["/rooms"]["post"]["requestBody"]["required"] = False
    assert done(contract)["paths"]["/rooms"]["post"]["requestBody"]["required"] is True


def test_an_error_that_is_a_success_elsewhere_is_described_anew() -> None:
    contract = rooms()
    contract["components"]["responses"] = {
        "Told": {"description": "Told", "content": as_json({"type": "object"})}
    }
    told = {"$ref": "#/components/responses/Told"}
    contract["paths"]["/rooms/{id}"]["delete"] = {"responses": {"200": told, "404": told}}
    data = done(contract)
    responses = data["paths"]["/rooms/{id}"]["delete"]["responses"]
    assert data["components"]["responses"]["Told"] == contract["components"]["responses"]["Told"]
    assert responses["200"] == told
    assert list(responses["404"]["content"]) == ["application/problem+json"]


def test_a_function_takes_what_it_likes() -> None:
    contract = rooms()
    open_body = {"type": "object", "properties": {"reason": {"type": "string", "default": "x"}}}
    contract["paths"]["/rooms/{id}/close"] = {
        "post": {"requestBody": {"content": as_json(open_body)}, "responses": answer(open_body)}
    }
    data = done(contract)
    assert schema_of_body(data, "/rooms/{id}/close", "post") == open_body
    assert data["paths"]["/rooms/{id}/close"]["post"]["operationId"] == "postRoomsByIdClose"


def test_security_is_never_touched() -> None:
    contract = rooms()
    contract["security"] = [{"key": []}]
    contract["components"]["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    }
    contract["paths"]["/rooms"]["post"]["security"] = []
    data = done(contract)
    assert data["security"] == contract["security"]
    assert data["paths"]["/rooms"]["post"]["security"] == []
    assert "security" not in data["paths"]["/rooms/{id}"]["get"]


def test_operation_ids_are_told_apart() -> None:
    contract = rooms()
    contract["paths"] |= {f"/houses{path}": each for path, each in rooms()["paths"].items()}
    contract["paths"]["/rooms"]["post"]["operationId"] = "get_room"
    paths = done(contract)["paths"]
    assert paths["/rooms/{id}"]["get"]["operationId"] == "getRoom2"
    assert paths["/houses/rooms/{id}"]["get"]["operationId"] == "getRoom3"


def test_concurrency_describes_what_is_obeyed_anyway() -> None:
    data = done(rooms(), concurrency=True)
    put, get = (data["paths"]["/rooms/{id}"][method] for method in ("put", "get"))
    assert put["parameters"] == [{"$ref": "#/components/parameters/IfMatch"}]
    assert get["parameters"] == [{"$ref": "#/components/parameters/IfNoneMatch"}]
    assert "ETag" in get["responses"]["200"]["headers"]
    assert list(get["responses"]) == ["200", "304", "default"]
    assert data["paths"]["/rooms"]["post"]["parameters"] == [
        {"$ref": "#/components/parameters/IdempotencyKey"}
    ]


def silent_rooms() -> dict[str, Any]:
    """Rooms of which nothing is shown."""
    contract = rooms()
    contract["paths"]["/rooms/{id}"] = {
        "get": {"responses": {"200": {"description": "The room"}}},
    }
    contract["paths"]["/rooms"]["get"] = {"responses": {"200": {"description": "Rooms"}}}
    body = {"type": "object", "properties": {"number": {"type": "string"}}}
    contract["paths"]["/rooms"]["post"] = {
        "requestBody": {"content": as_json(body)},
        "responses": {"201": {"description": "Made"}},
    }
    contract["components"] = {}
    return contract


def test_answers_are_written_only_if_asked_for() -> None:
    assert "Room" not in done(silent_rooms())["components"]["schemas"]
    data = done(silent_rooms(), answers=True)
    room = data["components"]["schemas"]["Room"]
    assert list(room["properties"]) == ["id", "number", "created", "updated"]
    rows = derive(Document(data)).operations
    assert [id for id, row in rows.items() if row.is_derived] == [
        "createRoom",
        "listRooms",
        "getRoom",
    ]


def test_an_item_whose_path_has_a_number_is_answered_with_one() -> None:
    contract = silent_rooms()
    contract["paths"]["/rooms/{id}"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ]
    data = done(contract, answers=True)
    assert data["components"]["schemas"]["Room"]["properties"]["id"]["type"] == "integer"
    rows = derive(Document(data)).operations.values()
    assert [row.is_derived for row in rows] == [True, True, True]


def test_an_answer_that_says_something_is_not_written_anew() -> None:
    contract = silent_rooms()
    for path in contract["paths"].values():
        path["get"]["responses"] = answer({"type": "string"})
    paths = done(contract, answers=True)["paths"]
    for path in contract["paths"]:
        assert paths[path]["get"]["responses"]["200"] == answer({"type": "string"})["200"]


def test_openapi_3_1_is_written_as_3_1() -> None:
    data = parse(completed(ORDERS), ".json").data
    gift = data["components"]["schemas"]["NewOrderInput"]["properties"]["gift"]
    assert data["openapi"] == "3.1.0"
    assert gift == {"type": ["string", "null"], "maxLength": 20}
