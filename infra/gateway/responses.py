"""Gateway responses: what API Gateway itself answers, rendered from the import document.

AWS: Gateway responses in API Gateway; Variables for data models and mapping templates (read
2026-11-26).
"""

import json
import re
from dataclasses import dataclass
from typing import Any

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Fields
    body: bytes


class Refusal(Exception):
    """A request that the gateway itself answers, with a gateway response of this type.

    `validation` is what a validator found, for `$context.error.validationErrorString`; `message`
    is for `$context.error.message`, if it differs from that of the type.
    """

    def __init__(self, type_: str, validation: str = "", message: str = "") -> None:
        super().__init__(type_)
        self.type = type_
        self.validation = validation
        self.message = message or _MESSAGES.get(type_, "Forbidden")


_MESSAGES = {
    "BAD_REQUEST_BODY": "Invalid request body",
    "DEFAULT_5XX": "Internal server error",
    "INTEGRATION_FAILURE": "Internal server error",
    "INTEGRATION_TIMEOUT": "Endpoint request timed out",
    "MISSING_AUTHENTICATION_TOKEN": "Missing Authentication Token",
    "REQUEST_TOO_LARGE": "Request Too Long",
    "THROTTLED": "Too Many Requests",
    "UNSUPPORTED_MEDIA_TYPE": "Unsupported Media Type",
}
"""What API Gateway itself says. Recorded: 2024-01-10 (test_api_gateway_request_validator),
2024-07-23 (test_routing_not_found), 2024-11-15 (test_aws_proxy_response_payload_format_validation).
The others are from AWS: Gateway response types for API Gateway (read 2026-11-26), and nobody sees
them: no template of ours has them.
"""

_VARIABLE = re.compile(r"\$context\.[A-Za-z.]+")
_STATIC = re.compile(r"'(.*)'", re.DOTALL)


class GatewayResponses:
    """The gateway responses of an import document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._responses = document["x-amazon-apigateway-gateway-responses"]
        self.headers = _headers(self._responses["DEFAULT_4XX"])
        """The headers of every problem: its media type, and who may read it."""

    def reply(self, refusal: Refusal, request_id: str) -> Reply:
        """The response to a refused request. Templates have variables, and nothing else of VTL."""
        declared = self._responses[refusal.type]
        values = _context(refusal, request_id)
        template = declared["responseTemplates"]["application/json"]
        body = _VARIABLE.sub(lambda found: values.get(found[0], ""), template)
        return Reply(
            int(declared["statusCode"]),
            _headers(declared),
            body.encode(),
        )


def _headers(declared: dict[str, Any]) -> Fields:
    return mapped_headers(declared["responseParameters"], "gatewayresponse.header.")


def _context(refusal: Refusal, request_id: str) -> dict[str, str]:
    """The variables, which are used inside JSON strings; only messageString has its own quotes.

    What API Gateway escapes is not documented: responses of large public APIs show it.
    """
    return {
        "$context.error.message": json.dumps(refusal.message)[1:-1],
        "$context.error.messageString": json.dumps(refusal.message),
        "$context.error.responseType": refusal.type,
        "$context.error.validationErrorString": json.dumps(refusal.validation)[1:-1],
        "$context.requestId": request_id,
    }


def mapped_headers(parameters: dict[str, str], prefix: str) -> Fields:
    """The headers that response parameters map static values to; all their names have the prefix.

    Raises ValueError for a value that is not static.
    """
    return [
        (name.removeprefix(prefix).lower().encode(), _static_value(value).encode())
        for name, value in parameters.items()
    ]


def _static_value(mapping: str) -> str:
    """The text inside single quotes."""
    match = _STATIC.fullmatch(mapping)
    if match is None:
        raise ValueError(f"{mapping} is not a static value")
    return match[1]
