"""What the import document says of who may call: nothing for open contracts, and else of every
method, in API Gateway's own words."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.gateway.import_document import POOL, import_document
from service.contract.derivation import derive
from service.contract.security import UNUSED
from tests.contracts import ALL, TODOS, load
from tests.contracts.closed import WAYS, closed_contract

CLOSED = pytest.mark.parametrize("names", WAYS, ids=" and ".join)
AUTHORIZATION = {"type": "apiKey", "in": "header", "name": "Authorization"}


def security(document: dict[str, Any]) -> list[Any]:
    """Of every method."""
    return [
        method.get("security")
        for methods in document["paths"].values()
        for method in methods.values()
    ]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_an_open_contract_says_nothing_of_security(path: Path) -> None:
    contract = load(path)
    document = import_document(contract)
    is_open = contract.schemes == UNUSED
    assert ("securitySchemes" not in document["components"]) == is_open
    assert (None in security(document)) == is_open
    assert "security" not in document


def test_schemes_are_translated_into_those_of_api_gateway() -> None:
    """AWS: x-amazon-apigateway-authtype property; x-amazon-apigateway-authorizer object."""
    schemes = import_document(closed_contract("person", "key"))["components"]["securitySchemes"]
    assert schemes == {
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        "person": {
            **AUTHORIZATION,
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {
                "type": "cognito_user_pools", "providerARNs": [POOL],
            },
        },
    }  # fmt: skip
    (service,) = import_document(closed_contract("service"))["components"][
        "securitySchemes"
    ].values()
    assert service == {**AUTHORIZATION, "x-amazon-apigateway-authtype": "awsSigv4"}


def test_the_pool_may_be_another_than_the_templates() -> None:
    arn = "arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_x"
    schemes = import_document(closed_contract("person"), pool=arn)["components"]["securitySchemes"]
    assert schemes["person"]["x-amazon-apigateway-authorizer"]["providerARNs"] == [arn]


@CLOSED
def test_every_method_says_who_may_call_it_and_options_that_all_may(names: tuple[str, ...]) -> None:
    """A method without `security` is open, and one at the top would lock preflights."""
    document = import_document(closed_contract(*names))
    assert "security" not in document
    for methods in document["paths"].values():
        for method, declared in methods.items():
            (*requirement,) = declared["security"]
            assert (requirement == []) == (method == "options")
            for each in requirement:
                assert {*each} == {*names}
        assert methods["head"]["security"] == methods["get"]["security"]


def test_an_undeclared_method_takes_the_scopes_of_its_path_together() -> None:
    methods = import_document(closed_contract("person"))["paths"]["/todos"]
    assert methods["get"]["security"] == [{"person": ["todos/read"]}]
    assert methods["post"]["security"] == [{"person": ["todos/write"]}]
    assert methods["patch"]["security"] == [{"person": ["todos/read", "todos/write"]}]


def test_a_path_that_is_half_open_is_open_to_undeclared_methods() -> None:
    contract = closed_contract("key")
    document = contract.document
    document.data["paths"]["/todos"]["get"]["security"] = []
    methods = import_document(derive(document))["paths"]["/todos"]
    assert methods["get"]["security"] == methods["head"]["security"] == []
    assert methods["post"]["security"] == [{"key": []}]
    assert methods["patch"]["security"] == []


def responses(*names: str) -> dict[str, tuple[int, Any, dict[str, str]]]:
    """By type: status, detail, and the headers."""
    document = import_document(closed_contract(*names) if names else load(TODOS))
    return {
        type_: (
            response["statusCode"],
            json.loads(response["responseTemplates"]["application/json"])["detail"],
            {
                name.rpartition(".")[2]: value
                for name, value in response["responseParameters"].items()
            },
        )
        for type_, response in document["x-amazon-apigateway-gateway-responses"].items()
    }


@pytest.mark.parametrize(
    ("names", "challenges"),
    [
        ((), {}),
        (("key",), {}),
        (("person",), {"UNAUTHORIZED": "'Bearer'"}),
        (("person", "key"), {"UNAUTHORIZED": "'Bearer'"}),
        (
            ("service",),
            dict.fromkeys(
                (
                    "DEFAULT_4XX", "EXPIRED_TOKEN", "INVALID_SIGNATURE",
                    "MISSING_AUTHENTICATION_TOKEN",
                ),
                "'AWS4-HMAC-SHA256'",
            ),
        ),
    ],
    ids=lambda each: " and ".join(each) if isinstance(each, tuple) else "",
)  # fmt: skip
def test_a_refusal_says_how_to_sign_in_where_there_is_a_way(
    names: tuple[str, ...], challenges: dict[str, str]
) -> None:
    """RFC 9110, 11.6.1. For keys no scheme is registered."""
    found = {
        type_: headers["WWW-Authenticate"]
        for type_, (_, _, headers) in responses(*names).items()
        if "WWW-Authenticate" in headers
    }
    assert found == challenges


def test_where_services_sign_an_unknown_path_and_no_signature_are_told_as_one() -> None:
    """AWS: Gateway response types for API Gateway (MISSING_AUTHENTICATION_TOKEN). DEFAULT_4XX
    gives its status to what has no type, and so to an Authorization that is no signature."""
    for names in ((), ("person",), ("key",)):
        found = responses(*names)
        assert found["MISSING_AUTHENTICATION_TOKEN"][0] == 404
        assert found["DEFAULT_4XX"][0] == 400
    found = responses("service")
    status, detail, _ = found["MISSING_AUTHENTICATION_TOKEN"]
    assert status == found["DEFAULT_4XX"][0] == 403
    assert "no such path" in detail
    assert "sign the request" in detail


def test_only_what_ends_soon_says_when_to_come_back() -> None:
    """Nothing in a template knows when the month of a quota ends."""
    found = responses("key")
    assert found["THROTTLED"][2]["Retry-After"] == "'1'"
    assert "Retry-After" not in found["QUOTA_EXCEEDED"][2]
    assert found["QUOTA_EXCEEDED"][0] == 429
