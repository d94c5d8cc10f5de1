"""An OpenID Connect client that knows nothing of ours signs somebody in."""

import asyncio
import warnings
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from tests.people import Door, Values
from tests.sign_in.conftest import CLIENT


def library() -> Any:
    """Authlib would rather have httpx2, which nothing else here needs."""
    with warnings.catch_warnings(record=True):
        from authlib.integrations.starlette_client import OAuth
    return OAuth()


def request(session: dict[str, Any], query: str = "") -> Request:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    return Request({**scope, "query_string": query.encode(), "session": session})


async def signed_in(door: Door) -> Values:
    """What it makes of it: discovery, state, nonce, proof, code, and an ID token that holds."""
    session: dict[str, Any] = {}
    client = library().register(
        "local",
        client_id=CLIENT,
        server_metadata_url=f"{door.told['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid books/read",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "none",
        },
    )
    sent = await client.authorize_redirect(request(session), door.home)
    form = door.ask("GET", sent.headers["location"])[1]["location"]
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    back = door.ask("POST", form, urlencode({"person": "Ada"}), **kind)[1]["location"]
    found: Values = await client.authorize_access_token(request(session, back.partition("?")[2]))
    return found


def test_a_client_library_signs_somebody_in(door: Door) -> None:
    token = asyncio.run(signed_in(door))
    assert (token["userinfo"]["name"], token["userinfo"]["aud"]) == ("Ada", CLIENT)
    assert token["expires_in"] == 900
