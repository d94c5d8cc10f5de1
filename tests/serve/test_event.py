"""The event that a request becomes."""

import base64
import re
from typing import Any

import pytest

from infra.gateway.event import Event, event_of
from infra.gateway.imported import Resource

THINGS = Resource("/things", {})
THING = Resource("/things/{id}", {})


def make(target: str = "/things", body: bytes = b"", **changes: Any) -> Event:
    path, _, query = target.partition("?")
    scope = {
        "method": "GET",
        "http_version": "1.1",
        "scheme": "http",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:8000"), (b"user-agent", b"test")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    resource, parameters = (THINGS, None) if path == "/things" else (THING, {"id": path[8:]})
    return event_of({**scope, **changes}, body, resource, parameters, "prod")


def test_an_event_has_every_member_that_api_gateway_sends() -> None:
    event = make("/things/7?a=1", method="PUT")
    assert set(event) == {
        "resource", "path", "httpMethod", "headers", "multiValueHeaders",
        "queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
        "stageVariables", "requestContext", "body", "isBase64Encoded",
    }  # fmt: skip
    context = event["requestContext"]
    assert set(context) == {
        "accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId",
        "httpMethod", "identity", "path", "protocol", "requestId", "requestTime",
        "requestTimeEpoch", "resourceId", "resourcePath", "stage",
    }  # fmt: skip
    assert (event["httpMethod"], context["httpMethod"]) == ("PUT", "PUT")
    assert context["domainName"] == "127.0.0.1:8000"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "test"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])


def test_an_event_names_its_resource_parameters_and_stage() -> None:
    event = make("/things/7")
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/things/{id}"
    assert event["pathParameters"] == {"id": "7"}
    assert event["requestContext"]["stage"] == "prod"
    assert make("/things")["pathParameters"] is None


@pytest.mark.parametrize("path", ["/things/a%2Fb", "/things%0a", "/%00", "/th+ings", "/a//b"])
def test_the_path_stays_as_it_was_sent(path: str) -> None:
    event = make(path)
    assert (event["path"], event["requestContext"]["path"]) == (path, path)


def test_repeated_headers_are_all_there() -> None:
    event = make(headers=[(b"if-match", b'"1"'), (b"if-match", b'"2"'), (b"x", b"\xff")])
    assert event["headers"]["if-match"] == '"2"'
    assert event["multiValueHeaders"]["if-match"] == ['"1"', '"2"']
    assert event["headers"]["x"].encode("latin-1") == b"\xff"


def test_a_proxy_before_the_gateway_stays_visible() -> None:
    event = make(headers=[(b"x-forwarded-for", b"10.0.0.1")])
    assert event["headers"]["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"


def test_repeated_and_empty_query_parameters_are_all_there() -> None:
    event = make("/things?a=1&a=2&b=&c&d=%20+%C3%A9")
    assert event["queryStringParameters"] == {"a": "2", "b": "", "c": "", "d": "  é"}
    assert event["multiValueQueryStringParameters"]["a"] == ["1", "2"]


def test_no_query_is_null() -> None:
    event = make("/things?")
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None


@pytest.mark.parametrize(
    "body", [b"{}", "é😀".encode(), b"\xff\x00", bytes(range(256)), b"\xed\xa0\x80"]
)
def test_no_byte_of_a_body_is_lost(body: bytes) -> None:
    event = make(body=body)
    text = event["body"]
    assert (base64.b64decode(text) if event["isBase64Encoded"] else text.encode()) == body


def test_no_body_is_null() -> None:
    assert (make()["body"], make()["isBase64Encoded"]) == (None, False)


def test_every_event_has_an_id_of_its_own() -> None:
    assert make()["requestContext"]["requestId"] != make()["requestContext"]["requestId"]
