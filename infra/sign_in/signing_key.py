"""The signing key: made once and kept beside the data, so that people stay signed in."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from infra.gateway.secrets import write_secret

ALGORITHM = "RS256"
"""The one that Cognito signs with."""

Claims = dict[str, Any]


class UnreadableKey(Exception):
    """The file does not contain a key; the message says what to do."""


class SigningKey:
    """A private RSA key."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key
        self.id = key.thumbprint()
        """Its id in each token (RFC 7638)."""
        self.public = RSAKey.import_key(key.as_dict(private=False))

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as a key set has it (RFC 7517)."""
        told = {"kid": self.id, "alg": ALGORITHM, "use": "sig"}
        return {**self.public.as_dict(private=False), **told}

    def signed(self, claims: Claims) -> str:
        """A token with these claims (RFC 7519)."""
        return jwt.encode({"kid": self.id, "alg": ALGORITHM}, claims, self._key)

    def claims(self, token: str, now: Callable[[], int], **expected: str) -> Claims | None:
        """The claims of a token from this key, if it has not expired and has the expected ones."""
        options: Any = {each: {"essential": True, "value": expected[each]} for each in expected}
        rules = jwt.JWTClaimsRegistry(now, exp={"essential": True}, **options)
        with suppress(JoseError, ValueError):
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            rules.validate(found)
            return found
        return None


def kept_key(file: Path) -> SigningKey:
    """The key in a file that only its owner may read; the first process creates it.

    Raises OSError, UnreadableKey.
    """
    if not file.exists():
        _make(file)
    with suppress(JoseError, ValueError, KeyError, TypeError):
        key = RSAKey.import_key(orjson.loads(file.read_bytes()))
        if key.is_private:
            return SigningKey(key)
    raise UnreadableKey(
        f"{file} holds no private key. Delete it, and a new one is made: everybody signs in again."
    )


def _make(file: Path) -> None:
    """Create the file completely or not at all: another server may start at the same moment."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    key = RSAKey.generate_key(2048, private=True)
    write_secret(draft, orjson.dumps(key.as_dict(private=True)))
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
