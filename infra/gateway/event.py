"""The event: an HTTP request as API Gateway's REST proxy integration passes it to Lambda.

AWS: Input format of a Lambda function for proxy integration (payload format 1.0; read 2026-11-26).
Its members and its treatment of slashes: recorded 2024-08-02, test_lambda_aws_proxy_integration.
"""

import os
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from infra.gateway.authorizers import ACCOUNT_ID, NOBODY, Granted
from infra.gateway.imported import Resource, one_slash

Event = dict[str, Any]

API_ID = "local"
DEPLOYMENT_ID = "local"

_NOBODY = dict.fromkeys(
    (
        "accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
        "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
        "principalOrgId", "user", "userArn",
    )
)  # fmt: skip
"""The identity of a caller who did not sign the request or send a key."""


def event_of(
    scope: Scope,
    body: bytes,
    resource: Resource,
    parameters: dict[str, str] | None,
    stage: str,
    granted: Granted = NOBODY,
    variables: Mapping[str, str] | None = None,
) -> Event:
    """The event of an ASGI request to a resource. `path` stays as it was sent, percent-encoded.

    Several leading slashes become one; `requestContext.path` has all of them, and no stage
    before it, as behind a custom domain. Names of headers are in lower case, as HTTP/2 clients of
    API Gateway send them; with HTTP/1.1, AWS passes them on as they were sent.
    """
    raw_path: str = scope["raw_path"].decode("ascii")
    headers, several_headers = _headers(scope)
    query, several_query = _query(scope["query_string"])
    text, is_base64 = _text(body)
    return {
        "resource": resource.path,
        "path": one_slash(raw_path),
        "httpMethod": scope["method"],
        "headers": headers,
        "multiValueHeaders": several_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": several_query,
        "pathParameters": parameters,
        "stageVariables": variables,
        "requestContext": {
            **_context(scope, raw_path, headers, granted),
            "resourceId": resource.id,
            "resourcePath": resource.path,
            "stage": stage,
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _headers(scope: Scope) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The last value of each header, and all values; X-Forwarded headers are added."""
    several: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        several.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    came_by = [*several.get("x-forwarded-for", ()), scope["client"][0]]
    several["x-forwarded-for"] = [", ".join(came_by)]
    several["x-forwarded-port"] = [str(scope["server"][1])]
    several["x-forwarded-proto"] = [scope["scheme"]]
    return {name: values[-1] for name, values in several.items()}, several


def _query(query: bytes) -> tuple[dict[str, str] | None, dict[str, list[str]] | None]:
    """The query's parameters. Bytes that are not UTF-8 become lone surrogates: refused later."""
    if not query:
        return None, None
    several: dict[str, list[str]] = {}
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="surrogateescape")
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in several.items()}, several


def _text(body: bytes) -> tuple[str | None, bool]:
    """A body as text if it is UTF-8, otherwise in base64, so that no byte is lost."""
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return b64encode(body).decode("ascii"), True


def _context(scope: Scope, path: str, headers: dict[str, str], granted: Granted) -> dict[str, Any]:
    """The request context, with an `authorizer` only if one has let a person through."""
    now = time.time()
    chance = os.urandom(32).hex()
    return {
        **({} if granted.claims is None else {"authorizer": {"claims": granted.claims}}),
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "deploymentId": DEPLOYMENT_ID,
        "domainName": headers.get("host", ""),
        "domainPrefix": API_ID,
        "extendedRequestId": chance[32:],
        "httpMethod": scope["method"],
        "identity": {
            **_NOBODY,
            **granted.identity,
            "sourceIp": scope["client"][0],
            "userAgent": headers.get("user-agent"),
        },
        "path": path,
        "protocol": f"HTTP/{scope['http_version']}",
        "requestId": _uuid(chance[:32]),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
    }


def _uuid(digits: str) -> str:
    """A uuid (RFC 9562, 5.4) from 32 random hexadecimal digits, in a quarter of Python's time."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
