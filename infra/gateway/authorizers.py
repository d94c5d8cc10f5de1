"""The authorizers of an imported API: they check who calls a secured method, before all else.

First the authorizer of people or of services, then the key and its plan. AWS: Control and manage
access to REST APIs in API Gateway (read 2026-11-26).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.gateway.credentials import Credential
from infra.gateway.identity import Identity
from infra.gateway.imported import Demand
from infra.gateway.keys import Keys
from infra.gateway.responses import Refusal
from infra.gateway.signatures import Signatures, Signed

if TYPE_CHECKING:
    from infra.gateway.tokens import Claims, Tokens

ACCOUNT_ID = "000000000000"

_BEARER = "bearer "


@dataclass(frozen=True)
class Granted:
    """What an event says about a caller who may call."""

    identity: Mapping[str, str | None] = field(default_factory=dict)
    claims: "Claims | None" = None


NOBODY = Granted()
"""A caller who did not have to prove anything."""


class Authorizers:
    """Decide who may call the methods of an API. Without an `identity` no person may, and
    without `keys` no application."""

    def __init__(
        self,
        identity: Identity | None,
        keys: Keys | None,
        credentials: Mapping[str, Credential],
    ) -> None:
        self._tokens = _tokens(identity) if identity is not None else None
        self._keys = keys
        self._signatures = Signatures(credentials)

    async def granted(self, demand: Demand, request: Signed) -> Granted:
        """What a demand grants the sender of a request. Raises Refusal."""
        identity: dict[str, str | None] = {}
        claims = None
        if demand.scopes is not None:
            claims = await self._claims(request, demand.scopes)
        elif demand.is_signed:
            identity |= _identity(self._signatures.signer(request))
        if demand.has_key:
            identity |= self._key(request)
        return Granted(identity, claims)

    async def _claims(self, request: Signed, scopes: frozenset[str]) -> "Claims":
        """The claims of the token. One of the scopes is enough. Refusals give no reason."""
        sent = request.values("authorization")
        if self._tokens is None or len(sent) != 1 or not sent[0].lower().startswith(_BEARER):
            raise Refusal("UNAUTHORIZED")
        token = sent[0][len(_BEARER) :]
        claims = self._tokens.remembered(token)
        if claims is None:
            claims = await asyncio.to_thread(self._tokens.verified, token)
        if scopes.isdisjoint(claims["scope"].split(" ")):
            raise Refusal("UNAUTHORIZED")
        return claims

    def _key(self, request: Signed) -> dict[str, str | None]:
        sent = request.values("x-api-key")
        if self._keys is None or len(sent) != 1:
            raise Refusal("INVALID_API_KEY")
        return {"apiKey": sent[0], "apiKeyId": self._keys.admitted(sent[0]).id}


def _tokens(identity: Identity) -> "Tokens":
    # Imported here: it takes 150 ms, and in most contracts no people sign in.
    from infra.gateway.tokens import Tokens

    return Tokens(identity)


def _identity(credential: Credential) -> dict[str, str | None]:
    """Who signed. AWS: IAM identifiers (read 2026-11-26); a role's session has an ARN of STS."""
    caller, _, session = credential.caller.partition(":")
    owner = f"sts::{ACCOUNT_ID}:assumed-role/{caller}/{session}" if session else None
    return {
        "accessKey": credential.access_key,
        "accountId": ACCOUNT_ID,
        "caller": credential.caller,
        "user": credential.caller,
        "userArn": f"arn:aws:{owner or f'iam::{ACCOUNT_ID}:user/{caller}'}",
    }
