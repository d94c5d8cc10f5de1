"""The gateway's own problems: for failures before the handler is called, or of the handler."""

from http import HTTPStatus

from service.problems import (
    FORBIDDEN,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    NO_SUCH_PATH,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    Kind,
    Problem,
    body_of,
)

MALFORMED = Kind(
    "malformed-request",
    400,
    "The request is not valid HTTP",
    "It could not be read. Nothing was changed.",
)
WITHOUT_HOST = Kind(
    MALFORMED.name,
    MALFORMED.status,
    MALFORMED.title,
    "It needs one Host header, with a host's name. Nothing was changed.",
)
TOO_SLOW = Kind(
    "request-timeout", 408, "The request took too long", "It did not arrive in time. Send it again."
)
BODY_TOO_LARGE = Kind(
    "content-too-large", 413, "The body is too large", "A body may have at most 10 MB."
)
HEADERS_TOO_LARGE = Kind(
    "headers-too-large",
    431,
    "The headers are too large",
    "The request line and headers may have at most 10240 bytes.",
)
NOT_IMPLEMENTED = Kind(
    "not-implemented",
    501,
    "The server does not know this",
    "It knows the methods of the contract, and no Transfer-Encoding but chunked.",
)
HANDLER_FAILED = Kind(
    "bad-gateway", 502, "The service failed", "This is not your fault. Trying again may help."
)
INTEGRATION_TIMEOUT = Kind(
    "gateway-timeout",
    504,
    "The service did not answer in time",
    "Whether anything was changed is not known. Look, and try again in a moment.",
)
HOST_NOT_ALLOWED = Kind(
    "host-not-allowed", 403, "The server is not known by this name", "Host names another server."
)
ORIGIN_NOT_ALLOWED = Kind(
    "origin-not-allowed",
    403,
    "Pages of this origin are not allowed",
    "Origin names a page that may not call this API.",
)
MISSING_PARAMETER = Kind(
    INVALID_REQUEST.name,
    INVALID_REQUEST.status,
    INVALID_REQUEST.title,
    "A required parameter is missing or blank.",
)
BAD_REQUEST = Kind("bad-request", 400, "The request cannot be answered", "The gateway refused it.")
WITHOUT_KEY = Kind(
    FORBIDDEN.name,
    FORBIDDEN.status,
    FORBIDDEN.title,
    "Send a valid API key as X-Api-Key.",
)
UNSIGNED = Kind(
    FORBIDDEN.name,
    FORBIDDEN.status,
    FORBIDDEN.title,
    "Either the contract of this API knows no such path, or a service has to sign the request"
    " (AWS Signature Version 4).",
)
NO_SIGNATURE = Kind(
    FORBIDDEN.name,
    FORBIDDEN.status,
    FORBIDDEN.title,
    "The gateway refused it. Where a service has to sign, Authorization holds a signature"
    " (AWS Signature Version 4).",
)
QUOTA_EXCEEDED = Kind(
    "quota-exceeded", 429, "The quota is used up", "This API key has no requests left this month."
)

GATEWAY_RESPONSES = {
    "ACCESS_DENIED": FORBIDDEN,
    "API_CONFIGURATION_ERROR": INTERNAL_ERROR,
    "AUTHORIZER_CONFIGURATION_ERROR": INTERNAL_ERROR,
    "AUTHORIZER_FAILURE": INTERNAL_ERROR,
    "BAD_REQUEST_BODY": INVALID_REQUEST,
    "BAD_REQUEST_PARAMETERS": MISSING_PARAMETER,
    "DEFAULT_4XX": BAD_REQUEST,
    "DEFAULT_5XX": HANDLER_FAILED,
    "EXPIRED_TOKEN": FORBIDDEN,
    "INTEGRATION_FAILURE": HANDLER_FAILED,
    "INTEGRATION_TIMEOUT": INTEGRATION_TIMEOUT,
    "INVALID_API_KEY": WITHOUT_KEY,
    "INVALID_SIGNATURE": FORBIDDEN,
    "MISSING_AUTHENTICATION_TOKEN": NO_SUCH_PATH,
    "QUOTA_EXCEEDED": QUOTA_EXCEEDED,
    "REQUEST_TOO_LARGE": BODY_TOO_LARGE,
    "RESOURCE_NOT_FOUND": NO_SUCH_PATH,
    "THROTTLED": TOO_MANY_REQUESTS,
    "UNAUTHORIZED": UNAUTHORIZED,
    "UNSUPPORTED_MEDIA_TYPE": UNSUPPORTED_MEDIA_TYPE,
    "WAF_FILTERED": FORBIDDEN,
}
"""Every type of gateway response, and the problem that clients see for it.

API Gateway answers an unknown path and an unknown method with the type
MISSING_AUTHENTICATION_TOKEN; the methods it knows are all in the import document.
AWS: Gateway response types for API Gateway (read 2026-11-26); recorded 2024-07-23:
test_routing_not_found.
"""


def gateway_kinds(*, has_services: bool) -> dict[str, Kind]:
    """The problem for each type, depending on whether the contract admits services that sign.

    No template can distinguish their unsigned requests from unknown paths: both have the type
    MISSING_AUTHENTICATION_TOKEN. An Authorization that is not a signature has no type of its own,
    so it gets DEFAULT_4XX, whose status applies to all types without their own.
    """
    if not has_services:
        return GATEWAY_RESPONSES
    return GATEWAY_RESPONSES | {
        "MISSING_AUTHENTICATION_TOKEN": UNSIGNED,
        "DEFAULT_4XX": NO_SIGNATURE,
    }


class GatewayProblem(Problem):
    """A request that the gateway answers itself."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        super().__init__()


def raw_answer(kind: Kind) -> bytes:
    """A whole HTTP response, for a connection that will be closed."""
    body = body_of(GatewayProblem(kind))
    return (
        f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}\r\n"
        "content-type: application/problem+json\r\n"
        "x-content-type-options: nosniff\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    ).encode() + body
