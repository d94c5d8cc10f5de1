"""The security schemes of a contract as API Gateway has them: its own types, and what they ask for.

A scheme passed on as plain OpenAPI would leave its methods open. AWS: x-amazon-apigateway-authtype
property; x-amazon-apigateway-authorizer object (read 2026-11-26).
"""

from typing import Any

from service.contract.security import Access, Kind, Schemes

Json = dict[str, Any]

_AUTHORIZATION = {"type": "apiKey", "in": "header", "name": "Authorization"}
_OF_SIGNATURES = (
    "DEFAULT_4XX",
    "EXPIRED_TOKEN",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
)


def security_schemes(schemes: Schemes, pool: Any) -> dict[str, Json]:
    """The schemes under the contract's names; `pool` is the ARN of the user pool."""
    found: dict[str, Json] = {}
    if schemes.key is not None:
        found[schemes.key] = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    if schemes.person is not None:
        found[schemes.person.name] = {
            **_AUTHORIZATION,
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {
                "type": "cognito_user_pools",
                "providerARNs": [pool],
            },
        }
    if schemes.service is not None:
        found[schemes.service] = {**_AUTHORIZATION, "x-amazon-apigateway-authtype": "awsSigv4"}
    return found


def requirements(schemes: Schemes, access: Access) -> list[dict[str, list[str]]]:
    """The `security` of a method: one requirement, or none."""
    asked: dict[str, list[str]] = {}
    if access.key and schemes.key is not None:
        asked[schemes.key] = []
    if access.caller is Kind.PERSON and schemes.person is not None:
        asked[schemes.person.name] = [*access.scopes]
    if access.caller is Kind.SERVICE and schemes.service is not None:
        asked[schemes.service] = []
    return [asked] if asked else []


def challenge(type_: str, schemes: Schemes) -> str | None:
    """The WWW-Authenticate of a gateway response, if it has one (RFC 9110, 11.6.1).

    For a key there is none: no registered scheme asks for one.
    """
    if type_ == "UNAUTHORIZED" and schemes.person is not None:
        return "Bearer"
    if type_ in _OF_SIGNATURES and schemes.service is not None:
        return "AWS4-HMAC-SHA256"
    return None
