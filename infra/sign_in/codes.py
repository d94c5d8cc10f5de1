"""Codes: each good for one exchange, within five minutes, as Cognito's are (RFC 6749, 4.1.2)."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from infra.sign_in.tokens import Grant

SECONDS = 300


@dataclass(frozen=True)
class _Issued:
    grant: Grant
    address: str
    challenge: str
    until: float


class Codes:
    """The codes that have not been exchanged yet; in memory, as they expire within minutes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    def issue(self, grant: Grant, address: str, challenge: str) -> str:
        self._forget()
        code = secrets.token_urlsafe(32)
        self._issued[code] = _Issued(grant, address, challenge, self._clock() + SECONDS)
        return code

    def _forget(self) -> None:
        now = self._clock()
        self._issued = {code: each for code, each in self._issued.items() if each.until > now}

    def exchanged(self, code: str, address: str, verifier: str) -> Grant | None:
        """The grant of a code, if it comes from the client that asked for it. A try uses it up."""
        issued = self._issued.pop(code, None)
        if issued is None or issued.until <= self._clock() or issued.address != address:
            return None
        return issued.grant if _challenge(verifier) == issued.challenge else None


def _challenge(verifier: str) -> str:
    """The challenge for a verifier (RFC 7636, 4.6)."""
    digest = sha256(verifier.encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
