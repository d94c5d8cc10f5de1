"""Signing in at the engine's hosted pages, as a browser does it: a code, proven by PKCE."""

import secrets
import urllib.parse
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

from tests.e2e.cloud import Cloud

PASSWORD = "Correct-horse-1"


def confirmed(cloud: Cloud, stage: str, address: str) -> None:
    """Give somebody who was invited the password, which Cognito sends by e-mail."""
    cloud.client("cognito-idp").admin_set_user_password(
        UserPoolId=cloud.outputs(stage)["UserPoolId"],
        Username=address,
        Password=PASSWORD,
        Permanent=True,
    )


def signed_in(cloud: Cloud, outputs: Mapping[str, str], address: str, *scopes: str) -> str:
    """The access token that the page would get."""
    return tokens_of(cloud, outputs, address, *scopes)["access_token"]


def tokens_of(
    cloud: Cloud, outputs: Mapping[str, str], address: str, *scopes: str
) -> dict[str, str]:
    """All that a sign-in is answered with: `access_token`, `id_token`, `refresh_token`."""
    verifier = secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    back = _callback(cloud, outputs)
    asked = {
        "client_id": outputs["SignInClient"],
        "redirect_uri": back,
        "response_type": "code",
        "scope": " ".join(("openid", *scopes)),
        "state": "of-the-page",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    login = {**asked, "username": address, "password": PASSWORD}
    answer = cloud.post_form(f"{cloud.endpoint}/login", login)
    target = urllib.parse.urlsplit(answer.headers["Location"])
    told = dict(urllib.parse.parse_qsl(target.query))
    assert told["state"] == "of-the-page"
    exchange = {
        "grant_type": "authorization_code",
        "client_id": outputs["SignInClient"],
        "redirect_uri": back,
        "code": told["code"],
        "code_verifier": verifier,
    }
    found: dict[str, str] = cloud.post_form(f"{cloud.endpoint}/oauth2/token", exchange).json
    return found


@contextmanager
def another_client(
    cloud: Cloud, outputs: Mapping[str, str], seconds: int
) -> Iterator[dict[str, str]]:
    """The outputs with another application of the pool, whose access tokens last so long.

    AWS knows none of less than five minutes.
    """
    cognito = cloud.client("cognito-idp")
    known = cognito.describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["SignInClient"]
    )["UserPoolClient"]
    same = ("UserPoolId", "CallbackURLs", "AllowedOAuthScopes", "AllowedOAuthFlows",
            "AllowedOAuthFlowsUserPoolClient", "SupportedIdentityProviders")  # fmt: skip
    client = cognito.create_user_pool_client(
        **{name: known[name] for name in same if name in known},
        ClientName="another",
        AccessTokenValidity=seconds,
        TokenValidityUnits={"AccessToken": "seconds"},
    )["UserPoolClient"]["ClientId"]
    try:
        yield {**outputs, "SignInClient": client}
    finally:
        cognito.delete_user_pool_client(UserPoolId=outputs["UserPoolId"], ClientId=client)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _callback(cloud: Cloud, outputs: Mapping[str, str]) -> str:
    client = cloud.client("cognito-idp").describe_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["SignInClient"]
    )["UserPoolClient"]
    return str(client["CallbackURLs"][0])
