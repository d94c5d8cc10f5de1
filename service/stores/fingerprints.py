"""What distinguishes a repeated request from another request with the same key."""

from base64 import urlsafe_b64encode
from hashlib import sha256

_HEX_DIGITS = 64


def fingerprint_of(body: bytes) -> str:
    """Half of a body's SHA-256, in 22 characters: every item pays for its length."""
    return _shortened(sha256(body).digest())


def is_fingerprint(kept: str, fingerprint: str) -> bool:
    """Whether a stored fingerprint is this one; earlier releases stored the whole hash, in hex."""
    if len(kept) == _HEX_DIGITS:
        kept = _shortened(bytes.fromhex(kept))
    return kept == fingerprint


def _shortened(digest: bytes) -> str:
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")
