"""Callers, as the event of API Gateway names them.

AWS: Input format of a Lambda function for proxy integration; of an access token of a user pool all
claims are strings.
"""

import uuid
from typing import Any

Json = dict[str, Any]

CLIENT = "5ijlgtf2qk3a0hcq5kq0e9vbsb"
VARIABLES = {"client": CLIENT}
"""Those of the stage: the one application that people sign in with."""


def subject(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def person(name: str, *scopes: str, **claims: Any) -> Json:
    """What an event has for somebody with an access token; `claims` replace those of the token."""
    sub = subject(name)
    return {
        "authorizer": {
            "claims": {
                "sub": sub,
                "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_x",
                "token_use": "access",
                "client_id": CLIENT,
                "iat": "Thu Nov 26 07:28:12 UTC 2026",
                "exp": "Thu Nov 26 07:43:12 UTC 2026",
                "auth_time": "1795671585",
                "jti": "3c2ba9a5-4f8d-4a0e-9f0c-4a0f7e1f9f11",
                "scope": " ".join(scopes),
                "username": sub,
                **claims,
            }
        }
    }


def service(id: str, **identity: Any) -> Json:
    """What it has for a user of AWS, or for a session of a role, `AROA…:SESSION`."""
    return {
        "identity": {
            "accessKey": "ASIAIOSFODNN7EXAMPLE",
            "accountId": "123456789012",
            "caller": id,
            "user": id,
            "userArn": "arn:aws:iam::123456789012:user/meter",
            "cognitoIdentityId": None,
            "sourceIp": "127.0.0.1",
            "userAgent": "tests",
            **identity,
        }
    }
