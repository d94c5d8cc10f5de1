"""Tokens: what somebody who signed in is given, with the claims that Cognito's have.

AWS: Understanding user pool JSON web tokens (read 2026-11-26).
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from infra.sign_in.people import Person
from infra.sign_in.signing_key import Claims, SigningKey

ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 30 * 24 * 60 * 60
SESSION_SECONDS = 60 * 60
"""How long a browser is known to the page to sign in (AWS: Managed login cookies)."""

OPENID = "openid"


@dataclass(frozen=True)
class Grant:
    """What somebody allowed an application, and since when."""

    person: Person
    scope: str
    """With spaces between them, as asked for."""
    since: int
    """In seconds, as `auth_time` is."""
    id: str
    """The same in each token that comes of it (Cognito's `origin_jti`)."""
    nonce: str | None = None


class Tokens:
    """Issued by one issuer to one application; signed, so that a restart voids none of them."""

    def __init__(
        self, key: SigningKey, issuer: str, client: str, clock: Callable[[], float]
    ) -> None:
        self._key = key
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._revoked: set[str] = set()

    def _now(self) -> int:
        return int(self._clock())

    def grant(self, person: Person, scope: str, since: int, nonce: str | None) -> Grant:
        return Grant(person, scope, since, str(uuid.uuid4()), nonce)

    def issued(self, grant: Grant) -> dict[str, str | int]:
        """The answer to a code or to a refresh token (RFC 6749, 5.1), but for the latter's own."""
        found: dict[str, str | int] = {
            "access_token": self._access(grant),
            "expires_in": ACCESS_SECONDS,
            "token_type": "Bearer",
        }
        if OPENID in grant.scope.split():
            found["id_token"] = self._id(grant)
        return found

    def _access(self, grant: Grant) -> str:
        return self._signed(
            "access",
            grant,
            client_id=self._client,
            scope=grant.scope,
            username=grant.person.sub,
            version=2,
        )

    def _id(self, grant: Grant) -> str:
        """OpenID Connect Core 1.0, 2. An access token, which is sent on, has no name in it."""
        nonce = {} if grant.nonce is None else {"nonce": grant.nonce}
        person = {"cognito:username": grant.person.sub, "name": grant.person.name}
        return self._signed("id", grant, aud=self._client, **person, **nonce)

    def _signed(self, use: str, grant: Grant, **claims: str | int) -> str:
        now = self._now()
        return self._key.signed(
            {
                "sub": grant.person.sub,
                "iss": self._issuer,
                "token_use": use,
                "auth_time": grant.since,
                "iat": now,
                "exp": now + ACCESS_SECONDS,
                "jti": str(uuid.uuid4()),
                "origin_jti": grant.id,
                **claims,
            }
        )

    def refresh_token(self, grant: Grant) -> str:
        """Good for new tokens until it expires or is revoked, on whatever port they are wanted."""
        return self._kept(
            "refresh",
            REFRESH_SECONDS,
            {"name": grant.person.name, "scope": grant.scope, "since": grant.since, "id": grant.id},
        )

    def refreshed(self, token: str) -> Grant | None:
        """What a refresh token stands for, if it is good."""
        claims = self._claims(token, "refresh")
        if claims is None or claims["id"] in self._revoked:
            return None
        return Grant(Person(claims["name"]), claims["scope"], claims["since"], claims["id"])

    def revoke(self, token: str) -> None:
        """Access tokens go on until they expire, as those of Cognito do for API Gateway."""
        claims = self._claims(token, "refresh")
        if claims is not None:
            self._revoked.add(claims["id"])

    def session(self, person: Person) -> str:
        """For the cookie of a browser in which somebody signed in."""
        return self._kept("session", SESSION_SECONDS, {"name": person.name, "since": self._now()})

    def signed_in(self, session: str) -> tuple[Person, int] | None:
        """Who signed in in a browser with this cookie, and when."""
        claims = self._claims(session, "session")
        return None if claims is None else (Person(claims["name"]), claims["since"])

    def _kept(self, use: str, seconds: int, claims: Claims) -> str:
        told = {"token_use": use, "client_id": self._client, "exp": self._now() + seconds}
        return self._key.signed({**claims, **told})

    def _claims(self, token: str, use: str) -> Claims | None:
        return self._key.claims(token, self._now, token_use=use, client_id=self._client)
