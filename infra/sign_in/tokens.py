"""Tokens: what people get when they sign in, with the same claims as Cognito's.

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
"""How long the sign-in page remembers a browser (AWS: Managed login cookies)."""

OPENID = "openid"


@dataclass(frozen=True)
class Grant:
    """What somebody has allowed an application, and since when."""

    person: Person
    scope: str
    """The scopes as asked for, separated by spaces."""
    since: int
    """In seconds, as `auth_time` is."""
    id: str
    """The same in each token from this grant (Cognito's `origin_jti`)."""
    nonce: str | None = None


class Tokens:
    """Issues tokens for one application; they are signed, so that a restart does not void them."""

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
        """The response to a code or a refresh token (RFC 6749, 5.1), without a refresh token."""
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
        """The ID token (OpenID Connect Core 1.0, 2); the access token, sent on, has no name."""
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
        """A token that is exchanged for new ones until it expires or is revoked, on any port."""
        return self._kept(
            "refresh",
            REFRESH_SECONDS,
            {"name": grant.person.name, "scope": grant.scope, "since": grant.since, "id": grant.id},
        )

    def refreshed(self, token: str) -> Grant | None:
        """The grant of a refresh token, if it is valid."""
        claims = self._claims(token, "refresh")
        if claims is None or claims["id"] in self._revoked:
            return None
        return Grant(Person(claims["name"]), claims["scope"], claims["since"], claims["id"])

    def revoke(self, token: str) -> None:
        """Revoke a refresh token. Access tokens stay valid, as they do with API Gateway."""
        claims = self._claims(token, "refresh")
        if claims is not None:
            self._revoked.add(claims["id"])

    def session(self, person: Person) -> str:
        """The cookie's value for a browser in which somebody signed in."""
        return self._kept("session", SESSION_SECONDS, {"name": person.name, "since": self._now()})

    def signed_in(self, session: str) -> tuple[Person, int] | None:
        """The person who signed in in a browser with this cookie, and when."""
        claims = self._claims(session, "session")
        return None if claims is None else (Person(claims["name"]), claims["since"])

    def _kept(self, use: str, seconds: int, claims: Claims) -> str:
        told = {"token_use": use, "client_id": self._client, "exp": self._now() + seconds}
        return self._key.signed({**claims, **told})

    def _claims(self, token: str, use: str) -> Claims | None:
        return self._key.claims(token, self._now, token_use=use, client_id=self._client)
