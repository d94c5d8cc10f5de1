"""The tokens of people: JWTs, verified as API Gateway's authorizer of a Cognito user pool does.

AWS: Verifying JSON web tokens; Control access to REST APIs using Amazon Cognito user pools as an
authorizer (read 2026-11-26). RFC 8725 says what to distrust.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, RSAKey

from infra.gateway.identity import Identity
from infra.gateway.responses import Refusal

Claims = Mapping[str, str]
"""Claims as an event has them: API Gateway turns each into a string."""

ALGORITHMS = ("RS256",)
"""The only algorithm that a user pool signs with (RFC 8725, 3.1)."""

REMEMBERED_SECONDS = 300
"""How long a token is not verified again: as long as API Gateway caches a result."""

_MOST_REMEMBERED = 1_000


class Tokens:
    """Verifies the access tokens of one identity server. It is thread-safe."""

    def __init__(self, identity: Identity, now: Callable[[], float] = time.time) -> None:
        self._identity = identity
        self._now = now
        self._times = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        self._remembered: dict[str, tuple[float, Claims]] = {}

    def remembered(self, token: str) -> Claims | None:
        """The claims of a token that was verified a short while ago and has not expired."""
        until, claims = self._remembered.get(token, (0, {}))
        return claims if self._now() < until else None

    def verified(self, token: str) -> Claims:
        """The claims of a token. Raises Refusal, which does not say why."""
        try:
            claims = jwt.decode(token, self._key, ALGORITHMS, decoder_cls=_Decoder).claims
            self._times.validate(claims)
            texts = {name: _text(name, value) for name, value in claims.items()}
        except (JoseError, ValueError, OverflowError, RecursionError) as error:
            raise Refusal("UNAUTHORIZED") from error
        if not self._is_ours(claims):
            raise Refusal("UNAUTHORIZED")
        self._remember(token, claims["exp"], texts)
        return texts

    def _key(self, token: GuestProtocol) -> RSAKey:
        kid = token.headers().get("kid")
        key = self._identity.key_of(kid) if isinstance(kid, str) else None
        if key is None:
            raise InvalidKeyIdError
        return key

    def _is_ours(self, claims: dict[str, Any]) -> bool:
        """Whether the claims are ours; joserfc's registry would accept a list with the value."""
        return (
            claims.get("iss") == self._identity.issuer
            and claims.get("client_id") == self._identity.client
            and claims.get("token_use") == "access"
            and isinstance(claims.get("scope"), str)
        )

    def _remember(self, token: str, until: float, claims: Claims) -> None:
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[token] = min(until, self._now() + REMEMBERED_SECONDS), claims


def _text(name: str, value: Any) -> str:
    """A claim as text; times and lists are as in events of AWS (Cognito's, recorded 2017-12-17)."""
    if name in ("exp", "iat"):
        return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(value))
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


class _Decoder(json.JSONDecoder):
    """Refuses duplicate claims: another parser might use the other one (RFC 8725, 2.4)."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("A member is duplicated.")
    return members
