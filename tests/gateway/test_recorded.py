"""The local gateway answers as AWS did: facts of recordings, each with its test and its day.

They come from LocalStack's tests against AWS (`tests/aws/services/apigateway`, Apache-2.0). Left
out is what no import document has here (greedy `{proxy+}` paths with several segments, `ANY`,
HTTP integrations, stage variables, authorizers), what the control plane answers, and rows whose
request cannot be read from the test.
"""

import json
from typing import Any

import pytest

from infra.gateway.import_document import gateway_responses
from infra.gateway.local import Gateway
from service.cors import ANY_ORIGIN
from tests.gateway.client import GatewayClient
from tests.servers import Answer

Json = dict[str, Any]

JSON = ("Content-Type", "application/json")


def echo(event: Any, _: Any) -> Any:
    return {"statusCode": 200, "body": json.dumps(event)}


def proxy(*, validated: bool = True, **more: Any) -> Json:
    method = {"x-amazon-apigateway-integration": {"type": "aws_proxy"}, **more}
    if validated:
        method["x-amazon-apigateway-request-validator"] = "both"
    return method


def model(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


NUMBERS = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
    "required": ["a", "b"],
}
STATUS = {
    "type": "object",
    "properties": {"Status": {"type": "string"}, "Order": {"type": "number"}},
    "required": ["Status", "Order"],
}
PERSON = {
    "type": "object",
    "required": ["b", "name"],
    "properties": {
        "name": {"type": "string"},
        "b": {"type": "number"},
        "house": {"$ref": "#/components/schemas/House"},
    },
}
HOUSE = {
    "type": "object",
    "properties": {
        "randomProperty": {"type": "string"},
        "contains": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
    },
}


def schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


REQUIRED = [
    {"name": "qs1", "in": "query", "required": True},
    {"name": "x-header-param", "in": "header", "required": True},
]

DOCUMENT: Json = {
    "x-amazon-apigateway-request-validators": {
        "both": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-gateway-responses": {
        type_: {
            **declared,
            "responseTemplates": {"application/json": '{"message":$context.error.messageString}'},
        }
        for type_, declared in gateway_responses(ANY_ORIGIN).items()
    },
    "paths": {
        "/{proxy}": {"get": proxy(validated=False), "post": proxy(validated=False)},
        "/hardcoded": {"get": proxy(validated=False)},
        "/nested/{test}": {
            "get": proxy(parameters=REQUIRED, requestBody=model(schema("Numbers"))),
            "post": proxy(parameters=REQUIRED, requestBody=model(schema("Numbers"))),
        },
        "/open/{test}": {
            "get": proxy(parameters=REQUIRED, validated=False),
            "post": proxy(requestBody=model(schema("Numbers")), validated=False),
        },
        "/list/of": {
            "post": proxy(requestBody=model({"type": "array", "items": schema("Numbers")}))
        },
        "/one/of": {
            "post": proxy(
                requestBody=model(
                    {
                        "type": "object",
                        "properties": {"status": {"oneOf": [{"type": "null"}, schema("Status")]}},
                        "required": ["status"],
                    }
                )
            )
        },
        "/circular/person": {"post": proxy(requestBody=model(schema("Person")))},
    },
    "components": {
        "schemas": {"Numbers": NUMBERS, "Status": STATUS, "Person": PERSON, "House": HOUSE}
    },
}


def ask(
    method: str, target: str, *headers: tuple[str, str], body: Any = None, handler: Any = echo
) -> Answer:
    client = GatewayClient(Gateway(handler, DOCUMENT, {}, stage="stage"))
    sent = None if body is None else json.dumps(body).encode()
    return client.request(method, target, (JSON, *headers), sent)


# -- request validators, models ----------------------------------------------------------------

X = ("x-header-param", "test")
VALIDATOR = "2024-01-10 test_api_gateway_request_validator"
REFERENCES = "2024-10-28 test_api_gateway_request_validator_with_ref_models"
ONE_OF = "2024-10-28 test_api_gateway_request_validator_with_ref_one_ofmodels"
CIRCULAR = "2025-07-02 test_import_with_circular_models_and_request_validation"
ROUTING = "2024-07-23 test_routing_not_found"
MISSING = "Missing required request parameters: "
GOOD = {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("recording", "method", "target", "headers", "body", "status", "message"),
    [
        (VALIDATOR, "POST", "/nested/value?qs1=test", (X,), GOOD, 200, None),
        (VALIDATOR, "GET", "/nested/value?qs1=test", (X,), None, 400, "Invalid request body"),
        (VALIDATOR, "GET", "/nested/value?qs1=test", (), None, 400, MISSING + "[x-header-param]"),
        (VALIDATOR, "GET", "/nested/value", (X,), None, 400, MISSING + "[qs1]"),
        # AWS named a parameter of the path between these two, which no document here can lack
        (VALIDATOR, "POST", "/nested/value", (), {"test": 1}, 400,
         MISSING + "[x-header-param, qs1]"),
        (VALIDATOR, "POST", "/nested/value?qs1=test", (X,), {"test": "test"}, 400,
         "Invalid request body"),
        (VALIDATOR, "POST", "/open/value", (), {"test": "test"}, 200, None),
        (VALIDATOR, "GET", "/open/value", (), None, 200, None),
        (REFERENCES, "POST", "/list/of", (), [GOOD], 200, None),
        (REFERENCES, "POST", "/list/of", (), None, 400, "Invalid request body"),
        (ONE_OF, "POST", "/one/of", (), {"status": None}, 200, None),
        (ONE_OF, "POST", "/one/of", (), {"status": {"Status": "works", "Order": 1}}, 200, None),
        (ONE_OF, "POST", "/one/of", (), None, 400, "Invalid request body"),
        (ONE_OF, "POST", "/one/of", (), {"badFormat": "bla"}, 400, "Invalid request body"),
        (CIRCULAR, "POST", "/circular/person", (), {"name": "x", "b": 1, "house": {"contains": [
            {"name": "y", "b": 2}]}}, 200, None),
        (CIRCULAR, "POST", "/circular/person", (), {"name": "x", "house": {}}, 400,
         "Invalid request body"),
        (ROUTING, "GET", "/not/found/at/all", (), None, 404, "Missing Authentication Token"),
        (ROUTING, "DELETE", "/hardcoded", (), None, 404, "Missing Authentication Token"),
    ],
)  # fmt: skip
def test_a_request_is_validated_and_routed_as_recorded(
    recording: str, method: str, target: str, headers: Any, body: Any, status: int, message: Any
) -> None:
    """404 for MISSING_AUTHENTICATION_TOKEN is the import document's, AWS's own is 403."""
    answer = ask(method, target, *headers, body=body)
    assert answer.status == status, (recording, answer.body)
    if message is not None:
        assert answer.json == {"message": message}


# -- the event ---------------------------------------------------------------------------------

PROXY = "2024-08-02 test_lambda_aws_proxy_integration"
CONTEXT = {
    *("accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId"),
    *("httpMethod", "identity", "path", "protocol", "requestId", "requestTime"),
    *("requestTimeEpoch", "resourceId", "resourcePath", "stage"),
}
IDENTITY = {
    *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider"),
    *("cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId"),
    *("principalOrgId", "sourceIp", "user", "userAgent", "userArn"),
}


@pytest.mark.parametrize(
    ("target", "resource", "path", "context_path", "parameters"),
    [
        ("/proxy-value", "/{proxy}", "/proxy-value", "/proxy-value", {"proxy": "proxy-value"}),
        ("/proxy-value/", "/{proxy}", "/proxy-value/", "/proxy-value/", {"proxy": "proxy-value"}),
        ("//proxy-value", "/{proxy}", "/proxy-value", "//proxy-value", {"proxy": "proxy-value"}),
        ("//hardcoded", "/hardcoded", "/hardcoded", "//hardcoded", None),
        ("/test%2Balias@gmail.com", "/{proxy}", "/test%2Balias@gmail.com",
         "/test%2Balias@gmail.com", {"proxy": "test%2Balias@gmail.com"}),
        ("/test+alias@gmail.com", "/{proxy}", "/test+alias@gmail.com", "/test+alias@gmail.com",
         {"proxy": "test+alias@gmail.com"}),
    ],
)  # fmt: skip
def test_a_path_becomes_what_was_recorded(
    target: str, resource: str, path: str, context_path: str, parameters: Any
) -> None:
    """Recorded 2024-08-02; there the stage stands before `requestContext.path`."""
    event = ask("GET", target).json
    assert (event["resource"], event["path"]) == (resource, path), PROXY
    assert event["requestContext"]["path"] == context_path
    assert event["requestContext"]["resourcePath"] == resource
    assert event["pathParameters"] == parameters


def test_an_event_has_the_members_that_were_recorded() -> None:
    event = ask("GET", "/proxy-value").json
    assert {*event} == {
        *("body", "headers", "httpMethod", "isBase64Encoded", "multiValueHeaders"),
        *("multiValueQueryStringParameters", "path", "pathParameters", "queryStringParameters"),
        *("requestContext", "resource", "stageVariables"),
    }
    assert {*event["requestContext"]} == CONTEXT, PROXY
    assert {*event["requestContext"]["identity"]} == IDENTITY
    assert event["body"] is event["queryStringParameters"] is event["stageVariables"] is None


@pytest.mark.parametrize(
    ("query", "single", "several"),
    [
        ("dateTimeOffset=2023-06-12T18:05:10.123456+00:00",
         {"dateTimeOffset": "2023-06-12T18:05:10.123456 00:00"}, None),
        ("email=test%2Balias@gmail.com", {"email": "test+alias@gmail.com"}, None),
        ("plus=test+alias@gmail.com", {"plus": "test alias@gmail.com"}, None),
        ("url=https://www.google.com/", {"url": "https://www.google.com/"}, None),
        ("whitespace=foo%20bar", {"whitespace": "foo bar"}, None),
        ("category=electronics&category=books&price=10&price=20&price=30",
         {"category": "books", "price": "30"},
         {"category": ["electronics", "books"], "price": ["10", "20", "30"]}),
    ],
)  # fmt: skip
def test_a_query_becomes_what_was_recorded(query: str, single: Any, several: Any) -> None:
    event = ask("GET", f"/proxy-value?{query}").json
    assert event["queryStringParameters"] == single, PROXY
    assert event["multiValueQueryStringParameters"] == several or {
        name: [value] for name, value in single.items()
    }


# -- the answer --------------------------------------------------------------------------------

FORMAT = "2024-11-15 test_aws_proxy_response_payload_format_validation"
BASE64 = "dGVzdC1kYXRh"


@pytest.mark.parametrize(
    ("returned", "status", "body", "headers"),
    [
        ({"statusCode": 200}, 200, b"", {"content-type": "application/json"}),
        ({"statusCode": 200, "headers": {"test-header": "value", "header-bool": True}}, 200, b"",
         {"test-header": "value", "header-bool": "true"}),
        ({"statusCode": 200, "headers": None}, 200, b"", {"content-type": "application/json"}),
        ({"statusCode": 200, "wrongValue": "value"}, 502, None, {}),
        ({"statusCode": 200, "body": BASE64, "isBase64Encoded": True}, 200, BASE64.encode(), {}),
        ({"statusCode": 200, "body": BASE64}, 200, BASE64.encode(), {}),
        ({"statusCode": 200, "multiValueHeaders": {"test-multi": ["value1", "value2"]}}, 200, b"",
         {"test-multi": "value1, value2"}),
        ({"statusCode": 200, "multiValueHeaders": {"test-multi": ["value-multi"]},
          "headers": {"test-multi": "value-solo"}}, 200, b"",
         {"test-multi": "value-multi, value-solo"}),
        ({"statusCode": 200, "multiValueHeaders": {"tesT-Multi": ["value-multi"]},
          "headers": {"test-multi": "value-solo"}}, 200, b"",
         {"test-multi": "value-multi, value-solo"}),
        ({"statusCode": 200, "multiValueHeaders": {"test-multi-invalid": "value1"}}, 502, None, {}),
        ({"statusCode": "test"}, 502, None, {}),
        ({"statusCode": "201"}, 201, b"", {}),
        ("justAString", 502, None, {}),
        ({"headers": {"test-header": "value"}}, 200, b"", {"test-header": "value"}),
    ],
)  # fmt: skip
def test_an_answer_of_the_function_becomes_what_was_recorded(
    returned: Any, status: int, body: bytes | None, headers: dict[str, str]
) -> None:
    answer = ask("GET", "/hardcoded", handler=lambda *_: returned)
    assert answer.status == status, FORMAT
    if body is None:
        assert answer.json == {"message": "Internal server error"}
    else:
        assert answer.body == body
    assert {name: answer.headers[name] for name in headers} == headers
