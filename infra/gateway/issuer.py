"""A remote issuer: found by its address, with public keys that are fetched and refreshed.

OpenID Connect Discovery 1.0, 4; RFC 7517, 5.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from infra.gateway.identity import Identity

Json = dict[str, Any]

REFETCH_SECONDS = 60
"""The shortest time between two fetches for unknown keys: hostile tokens can name any key."""

KEYS_SECONDS = 3600
"""A key is looked up again after this, so that a withdrawn one stops working."""

_FETCH_SECONDS = 10
_MOST_BYTES = 1_000_000


class IssuerUnavailable(Exception):
    """The issuer cannot be used; the message says what to do."""


def discovered(issuer: str) -> Json:
    """What an issuer publishes about itself at its address. Raises IssuerUnavailable."""
    address = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
    document = _fetched(address)
    if document.get("issuer") != issuer:
        raise IssuerUnavailable(
            f"The document at {address} belongs to the issuer {document.get('issuer')!r}."
            " Write --issuer exactly as it is there."
        )
    return document


def published_identity(
    issuer: str, client: str, now: Callable[[], float] = time.monotonic
) -> Identity:
    """The identity server at this address. Raises IssuerUnavailable."""
    keys_address = discovered(issuer).get("jwks_uri")
    if not isinstance(keys_address, str):
        raise IssuerUnavailable(f"The document of {issuer} names no jwks_uri. Use another issuer.")
    keys = PublishedKeys(lambda: _fetched(keys_address), now)
    keys.fetch()
    return Identity(issuer, client, keys.key_of)


class PublishedKeys:
    """A JWK Set that rotates. It is thread-safe; one thread at a time fetches."""

    def __init__(
        self, fetch: Callable[[], Json], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._fetched_at = self._asked_at = float("-inf")
        self._keys: dict[str, RSAKey] = {}
        self._lock = threading.Lock()

    def fetch(self) -> None:
        """Fetch the keys now. Raises IssuerUnavailable."""
        try:
            self._keys = dict(_rsa_keys(self._fetch()))
        finally:
            self._fetched_at = self._now()

    def key_of(self, kid: str) -> RSAKey | None:
        """The key of this id, or None. While the issuer is unreachable, known keys stay valid.

        A known key is returned without waiting, even while another is being fetched.
        """
        if self._is_fresh(kid):
            return self._keys.get(kid)
        with self._lock:
            if self._is_to_be_asked_for(kid):
                with suppress(IssuerUnavailable):
                    self.fetch()
            return self._keys.get(kid)

    def _is_fresh(self, kid: str) -> bool:
        return kid in self._keys and self._now() - self._fetched_at <= KEYS_SECONDS

    def _is_to_be_asked_for(self, kid: str) -> bool:
        now = self._now()
        if kid in self._keys:
            return now - self._fetched_at > KEYS_SECONDS
        if now - self._asked_at < REFETCH_SECONDS:
            return False
        self._asked_at = now
        return True


def _rsa_keys(document: Json) -> list[tuple[str, RSAKey]]:
    """The RSA keys of a JWK Set; unreadable keys and other uses are ignored (RFC 7517, 5)."""
    found = []
    for each in document.get("keys", ()):
        try:
            if each["kty"] == "RSA" and each.get("use", "sig") == "sig":
                found.append((each["kid"], RSAKey.import_key(_public(each))))
        except (JoseError, KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _public(key: Json) -> Json:
    return {name: key[name] for name in ("kty", "n", "e", "kid")}


def _fetched(address: str) -> Json:
    """The JSON object at an address. Raises IssuerUnavailable."""
    if not _is_safe(address):
        raise IssuerUnavailable(
            f"{address} is not an https address. Anybody in between could supply the keys:"
            " use https, or an issuer on this machine."
        )
    try:
        with _OPENER.open(address, timeout=_FETCH_SECONDS) as answer:
            found = json.loads(answer.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise IssuerUnavailable(
            f"{address} does not return JSON ({error}). Check the address and the network."
        ) from error
    if not isinstance(found, dict):
        raise IssuerUnavailable(f"{address} does not return a JSON object. Use another issuer.")
    return found


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: a safe address must not lead to an unsafe one."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
