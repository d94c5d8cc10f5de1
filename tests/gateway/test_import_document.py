"""The import document: complete, importable, and never stricter than the service."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator

from infra.gateway.gateway_problems import GATEWAY_RESPONSES
from infra.gateway.import_document import METHODS, body_constraints, import_document, summary
from infra.gateway.imported import ImportedApi
from service.contract.derivation import derive
from service.contract.document import ContractError, read
from service.contract.model import Contract, Operation
from tests.contracts import ALL, LIBRARY, SHIPPED, TODOS, load
from tests.service.test_enforcement import breaches, value_of

SNAPSHOT = Path(__file__).with_name("todos.import.json")

EVERY = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


@pytest.mark.shipped
def test_the_document_is_the_one_that_was_reviewed() -> None:
    """If this fails, the contract's change shows here. Agree with it by writing it anew:

    todo-api document > tests/gateway/todos.import.json
    """
    assert import_document(load(SHIPPED)) == json.loads(SNAPSHOT.read_text("utf-8"))


def test_deriving_the_document_changes_nothing_and_gives_the_same_again() -> None:
    before = json.dumps(load(TODOS).document.data)
    assert import_document(load(TODOS)) == import_document(load(TODOS))
    assert json.dumps(load(TODOS).document.data) == before


@EVERY
def test_the_document_is_openapi(path: Path) -> None:
    """Save for the type null, which is JSON Schema's: models are."""
    text = json.dumps(import_document(load(path))).replace('{"type": "null"}', '{"type": "string"}')
    assert not list(OpenAPIV30SpecValidator(json.loads(text)).iter_errors())


@EVERY
def test_every_path_has_every_method_that_api_gateway_knows(path: Path) -> None:
    """So that the service's own 405 answers: API Gateway would say 403 for a missing method."""
    for methods in import_document(load(path))["paths"].values():
        assert tuple(methods) == METHODS


@EVERY
def test_every_operation_is_a_validated_proxy_of_the_function(path: Path) -> None:
    contract = load(path)
    document = import_document(contract)
    assert document["x-amazon-apigateway-request-validator"] == "body and parameters"
    for operation in contract.operations.values():
        method = document["paths"][operation.path][operation.method]
        assert method["operationId"] == operation.id
        assert "x-amazon-apigateway-request-validator" not in method
        integration = method["x-amazon-apigateway-integration"]
        assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
        assert integration["uri"]["Fn::Sub"].startswith("arn:${AWS::Partition}:apigateway:")
        assert "timeoutInMillis" not in integration
        assert ("requestBody" in method) == (operation.body is not None)


@EVERY
def test_options_is_a_mock_that_tells_what_the_path_allows(path: Path) -> None:
    contract = load(path)
    for each, methods in import_document(contract, "https://example.com")["paths"].items():
        integration = methods["options"]["x-amazon-apigateway-integration"]
        assert (integration["type"], integration["passthroughBehavior"]) == ("mock", "never")
        parameters = integration["responses"]["default"]["responseParameters"]
        headers = {name.rpartition(".")[2]: value for name, value in parameters.items()}
        assert headers["Access-Control-Allow-Origin"] == "'https://example.com'"
        allowed = headers["Access-Control-Allow-Methods"].strip("'").split(",")
        assert allowed == [*contract.methods[each], "OPTIONS"]
        for name in ("Content-Type", "X-Api-Key", "If-Match", "If-None-Match", "Idempotency-Key"):
            assert name in headers["Access-Control-Allow-Headers"]
        for name in ("ETag", "Location", "Link", "Retry-After"):
            assert name in headers["Access-Control-Expose-Headers"]
        assert int(headers["Access-Control-Max-Age"].strip("'")) > 0
        declared = methods["options"]["responses"]["204"]["headers"]
        assert declared.keys() == headers.keys()


def test_every_gateway_response_is_declared_and_can_be_read_by_a_page() -> None:
    """AWS: Gateway response types for API Gateway."""
    responses = import_document(load(TODOS))["x-amazon-apigateway-gateway-responses"]
    assert responses.keys() == GATEWAY_RESPONSES.keys()
    assert len(responses) == 21
    for response in responses.values():
        parameters = response["responseParameters"]
        assert parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert parameters["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
        assert parameters["gatewayresponse.header.X-Content-Type-Options"] == "'nosniff'"


def test_every_value_that_a_mapping_takes_is_static() -> None:
    """A quote inside would end it."""
    text = json.dumps(import_document(load(TODOS)))
    mapped = re.findall(r'"(gatewayresponse|method.response).header.[^"]+": "([^"]+)"', text)
    assert {kind for kind, _ in mapped} == {"gatewayresponse", "method.response"}
    assert [value for _, value in mapped if not re.fullmatch(r"'[^']*'", value)] == []


# -- never stricter than the service -----------------------------------------------------------

CARRIED = {
    *("$ref", "additionalProperties", "allOf", "description", "enum", "items", "maxLength"),
    *("maximum", "minLength", "minimum", "multipleOf", "oneOf", "pattern", "properties"),
    *("required", "type", "uniqueItems"),
}


@EVERY
def test_models_say_only_what_api_gateway_can_carry(path: Path) -> None:
    def check(model: dict[str, Any]) -> None:
        assert model.keys() <= CARRIED, model.keys()
        assert model.get("type") != "integer"
        parts = (*model.get("allOf", ()), *model.get("oneOf", ()))
        for each in (*model.get("properties", {}).values(), *parts):
            check(each)
        if "items" in model:
            check(model["items"])

    document = import_document(load(path))
    for name, model in document["components"]["schemas"].items():
        assert name.isalnum()
        check(model)


def bodies() -> list[Any]:
    return [
        pytest.param(load(path), operation, id=operation.id)
        for path in ALL
        for operation in load(path).operations.values()
        if operation.body is not None
    ]


def validator(contract: Contract, operation: Operation) -> jsonschema_rs.Draft4Validator:
    document = import_document(contract)
    method = document["paths"][operation.path][operation.method]
    schema = method["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft4Validator(
        {"allOf": [schema], "components": document["components"]}, validate_formats=False
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-400, 400) | st.floats(-9, 400) | st.text(max_size=90),
    lambda children: st.lists(children, max_size=6) | st.dictionaries(st.text(), children),
    max_leaves=6,
)


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same type, many of them right where that one is."""
    match value:
        case bool():
            return st.booleans()
        case int() | float():
            return st.integers(-400, 400) | st.floats(-9, 400)
        case str():
            return st.text(max_size=90)
    return st.just(value)


@pytest.mark.hypothesis
@pytest.mark.parametrize(("contract", "operation"), bodies())
def test_the_gateway_never_refuses_what_the_service_accepts(
    contract: Contract, operation: Operation
) -> None:
    model = validator(contract, operation)
    place = next(iter(operation.body_places.values()))
    good = value_of(contract.document, place)
    near = [bad for _, _, bad in breaches(contract.document, place)]
    assert operation.body is not None
    accepts = operation.body.accepts
    tried = {True: 0, False: 0}

    @settings(suppress_health_check=list(HealthCheck))
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        value = data.draw(st.just(good) | st.sampled_from(near))
        if isinstance(value, dict) and value:
            name = data.draw(st.sampled_from(sorted(value)))
            others = [each[name] for each in near if isinstance(each, dict) and name in each]
            other = st.sampled_from([value[name], *others]) | alike(value[name]) | JSON
            value = {**value, name: data.draw(other)}
            kept = data.draw(st.sets(st.sampled_from(sorted(value))))
            value = {key: value[key] for key in value if key == name or key not in kept}
        accepted = accepts(value)
        tried[accepted] += 1
        assert not accepted or model.is_valid(value)

    try_one()
    assert accepts(good)
    assert model.is_valid(good)
    assert all(tried.values())


def test_a_null_that_the_service_takes_passes_the_gateway() -> None:
    contract = load(LIBRARY)
    model = validator(contract, contract.operations["acquireBook"])
    book = {"name": "x", "genre": "poetry", "pages": 1, "subtitle": None}
    assert model.is_valid(book)
    assert not model.is_valid({**book, "pages": "1"})
    assert model.is_valid({**book, "pages": 1.0})
    assert model.is_valid({**book, "published": "tomorrow"})


def nullable(schema: dict[str, Any], **more: Any) -> jsonschema_rs.Draft4Validator:
    """What the gateway checks of a reader whose property `motto` has such a schema."""
    document = read(LIBRARY)
    schemas = document.data["components"]["schemas"]
    schemas["Reader"]["properties"]["motto"] = {**schema, "nullable": True}
    schemas.update(more)
    contract = derive(document)
    # CloudFormation refuses a template that holds null.
    assert not re.search(r"[:\[,] ?null", json.dumps(import_document(contract)["components"]))
    operation = contract.operations["registerReader"]
    assert operation.body is not None
    assert operation.body.accepts({"name": "x", "motto": None})
    return validator(contract, operation)


TEXT = {"type": "string", "maxLength": 3}


@pytest.mark.parametrize(
    ("schema", "more"),
    [
        (TEXT, {}),
        ({"type": "string", "enum": ["abc", None]}, {}),
        ({"enum": ["abc", None]}, {}),
        ({"allOf": [{"$ref": "#/components/schemas/Text"}]}, {"Text": TEXT}),
        ({"allOf": [{"allOf": [TEXT]}, {**TEXT, "nullable": True}]}, {}),
    ],
)
def test_what_may_be_null_keeps_its_checks_at_the_gateway(schema: Any, more: Any) -> None:
    """Recorded on AWS 2024-10-28: `oneOf` of null and a model is taken, and obeyed."""
    model = nullable(schema, **more)
    assert model.is_valid({"name": "x", "motto": None})
    assert model.is_valid({"name": "x", "motto": "abc"})
    assert not model.is_valid({"name": "x", "motto": "abcd"})
    assert not model.is_valid({"name": "x", "motto": 1})


@pytest.mark.parametrize(
    "schema",
    [
        {"maxLength": 3},
        {"allOf": [{"maxLength": 3}]},
        {"allOf": [{**TEXT, "nullable": True}]},
        {"enum": [None]},
    ],
)
def test_what_may_be_null_in_two_ways_is_left_to_the_service(schema: Any) -> None:
    """Null would match both parts of `oneOf`, which wants one."""
    assert nullable(schema).is_valid({"name": "x", "motto": None})


@pytest.mark.parametrize("keyword", ["minProperties", "maxProperties"])
def test_what_the_importer_drops_counts_as_checked_by_the_service(keyword: str) -> None:
    document = read(LIBRARY)
    document.data["components"]["schemas"]["Reader"][keyword] = 2
    contract = derive(document)
    assert keyword not in import_document(contract)["components"]["schemas"]["Reader"]
    assert f"{keyword} 2" in summary(contract)
    assert all(
        not each.at_gateway
        for _, each in body_constraints(contract)
        if each.text.startswith(keyword)
    )


def test_aliases_and_references_into_a_schema_are_followed() -> None:
    """A model refers to models only, and to such as are there."""
    document = read(LIBRARY)
    schemas = document.data["components"]["schemas"]
    schemas["Alias"] = {"$ref": "#/components/schemas/Motto"}
    schemas["Reader"]["properties"]["motto"] = {"$ref": "#/components/schemas/Alias"}
    schemas["Reader"]["properties"]["website"] = {
        "$ref": "#/components/schemas/Book/properties/name"
    }
    imported = import_document(derive(document))
    reader = imported["components"]["schemas"]["Reader"]["properties"]
    assert reader["motto"] == {"$ref": "#/components/schemas/Motto"}
    assert reader["website"] == {"type": "string", "minLength": 1, "maxLength": 80}
    assert ImportedApi(imported)


def test_a_schema_that_holds_itself_is_told_once() -> None:
    document = read(LIBRARY)
    tree = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
    document.data["components"]["schemas"]["Tree"] = tree
    document.data["components"]["schemas"]["Reader"]["properties"]["tree"] = {
        "$ref": "#/components/schemas/Tree"
    }
    contract = derive(document)
    assert "Tree" in import_document(contract)["components"]["schemas"]
    assert summary(contract).count("/tree ") == 1


def test_a_contract_that_forbids_what_the_gateway_says_is_refused() -> None:
    document = read(LIBRARY)
    statuses = [400, 404, 405, 412, 413, 415, 422, 429, 500, 503]
    problem = document.data["components"]["schemas"]["Failure"]["properties"]
    problem["status"] = {"type": "integer", "enum": statuses}
    with pytest.raises(ContractError, match="refuses the problem"):
        import_document(derive(document))


def test_the_summary_knows_what_only_the_service_checks() -> None:
    contract = load(LIBRARY)
    told = {
        (each.place, each.text): each.at_gateway
        for operation, each in body_constraints(contract)
        if operation.id == "acquireBook"
    }
    assert told["/name", "maxLength 80"]
    assert told["/size", "additionalProperties False"]
    assert not told["/published", "format date"]
    assert not told["/pages", "type integer"]
    assert not told["/pages", "exclusiveMinimum True"]
    assert told["/subtitle", "type string or null"]
    assert not told["/keywords", "maxItems 5"]


# -- what cannot be imported -------------------------------------------------------------------


def renamed(text: str, old: str, new: str, tmp_path: Path) -> Contract:
    assert old in text
    (tmp_path / "c.yaml").write_text(text.replace(old, new), "utf-8")
    return derive(read(tmp_path / "c.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("/todos", "/to~dos", "the path segment 'to~dos'"),
        ("/todos", "/to dos", "the path segment 'to dos'"),
        ("/todos", "/ping", "reserves /ping"),
        ("'#/components/schemas/Title'", "'title.yaml'", "leaves this file"),
    ],
)
def test_what_api_gateway_cannot_import_is_refused_with_place_and_remedy(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = TODOS.read_text("utf-8")
    with pytest.raises(ContractError, match=re.escape(said)) as caught:
        import_document(renamed(text, old, new, tmp_path))
    assert caught.value.remedy
    assert caught.value.place


@pytest.mark.parametrize(
    ("old", "new", "model"),
    [("TodoInput", "Todo_Input", "TodoInput"), ("Title", "Short.Title", "ShortTitle")],
)
def test_a_schema_may_have_any_name_and_its_model_has_letters_and_digits(
    tmp_path: Path, old: str, new: str, model: str
) -> None:
    document = import_document(renamed(TODOS.read_text("utf-8"), old, new, tmp_path))
    assert model in document["components"]["schemas"]
    assert f"#/components/schemas/{model}" in json.dumps(document)
