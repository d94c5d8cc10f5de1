"""The signatures of services: Signature Version 4, verified as API Gateway does for `AWS_IAM`.

This is our own code, because botocore only signs, and omits headers that others sign. AWS: Create a
signed AWS API request; Troubleshoot Signature Version 4 signed requests (read 2026-11-26).
"""

import hmac
import re
import time
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote, unquote_to_bytes

from infra.gateway.credentials import Credential
from infra.gateway.responses import Refusal

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "execute-api"
SKEW_SECONDS = 300
LONGEST_SECONDS = 604_800
"""The longest that a presigned address may be valid: a week."""


@dataclass(frozen=True)
class Signed:
    """A request as it was sent: nothing is decoded; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """The values of a header."""
        sought = name.encode()
        return [value.decode("latin-1") for key, value in self.headers if key == sought]


class Signatures:
    """Verifies requests against known credentials, which are looked up by access key."""

    def __init__(
        self, credentials: Mapping[str, Credential], now: Callable[[], float] = time.time
    ) -> None:
        self._credentials = credentials
        self._now = now

    def signer(self, request: Signed) -> Credential:
        """Who signed the request. Raises Refusal.

        Its type distinguishes a missing signature, an Authorization that is not one, and any
        other fault; nothing says what is wrong with a signature.
        """
        headers = request.values("authorization")
        pairs = _pairs(request.query)
        is_presigned = any(name == "X-Amz-Signature" for name, _ in pairs)
        if not headers and not is_presigned:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        if len(headers) == 1 and not headers[0].startswith(f"{ALGORITHM} "):
            raise Refusal("DEFAULT_4XX")  # API Gateway's IncompleteSignatureException
        try:
            if len(headers) + is_presigned != 1:
                raise _Bad
            signature = _presigned(pairs) if is_presigned else _in_header(headers[0], request)
            return self._verified(signature, request, pairs)
        except _Bad:
            raise Refusal("INVALID_SIGNATURE") from None

    def _verified(self, signature: "_Signature", request: Signed, pairs: "_Pairs") -> Credential:
        credential = self._credentials.get(signature.access_key)
        if credential is None or not _same(signature.token or "", credential.token or ""):
            raise _Bad
        since = self._now() - _seconds(signature.date)
        if not -SKEW_SECONDS <= since <= signature.seconds:
            raise _Bad
        expected = _signed(credential, signature, _canonical(request, signature, pairs))
        if not _same(signature.hexadecimal, expected):
            raise _Bad
        return credential


class _Bad(Exception):
    """A signature is malformed, or is not the expected one."""


_Pairs = list[tuple[str, str]]
"""The query's names and values, decoded and encoded again."""


@dataclass(frozen=True)
class _Signature:
    access_key: str
    scope: tuple[str, str, str, str]
    """Day, region, service, `aws4_request`."""
    date: str
    names: list[str]
    """The names of the signed headers."""
    hexadecimal: str
    token: str | None
    seconds: int
    """How long it is valid."""


_PARAMETERS = re.compile(
    r"Credential=(?P<credential>[^\s,]+),\s*SignedHeaders=(?P<names>[^\s,]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def _in_header(header: str, request: Signed) -> _Signature:
    found = _PARAMETERS.fullmatch(header.removeprefix(ALGORITHM).strip())
    if found is None:
        raise _Bad
    tokens = request.values("x-amz-security-token")
    return _signature(
        found["credential"],
        _the_one(request.values("x-amz-date")),
        found["names"],
        found["signature"],
        _the_one(tokens) if tokens else None,
        SKEW_SECONDS,
    )


def _presigned(pairs: _Pairs) -> _Signature:
    """A signature in the query, each parameter once. AWS: Create a signed AWS API request (read
    2026-11-26)."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(unquote_to_bytes(value).decode("latin-1"))
    sent = {name: _the_one(values) for name, values in given.items() if name.startswith("X-Amz-")}
    if sent.get("X-Amz-Algorithm") != ALGORITHM:
        raise _Bad
    seconds = sent.get("X-Amz-Expires", "")
    if not re.fullmatch(r"[0-9]{1,6}", seconds, re.ASCII) or int(seconds) > LONGEST_SECONDS:
        raise _Bad
    return _signature(
        sent.get("X-Amz-Credential", ""),
        sent.get("X-Amz-Date", ""),
        sent.get("X-Amz-SignedHeaders", ""),
        sent["X-Amz-Signature"],
        sent.get("X-Amz-Security-Token"),
        int(seconds),
    )


def _signature(
    credential: str, date: str, names: str, signature: str, token: str | None, seconds: int
) -> _Signature:
    access_key, *scope = credential.split("/")
    if len(scope) != 4 or not _DATE.fullmatch(date):
        raise _Bad
    day, region, service, end = scope
    if (day, service, end) != (date[:8], SERVICE, "aws4_request"):
        raise _Bad
    signed = names.split(";")
    if "host" not in signed or signed != sorted({each.lower() for each in signed}):
        raise _Bad
    return _Signature(
        access_key, (day, region, service, end), date, signed, signature, token, seconds
    )


def _the_one(values: list[str]) -> str:
    if len(values) != 1:
        raise _Bad
    return values[0]


def _seconds(date: str) -> int:
    try:
        return timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise _Bad from None


def _same(given: str, expected: str) -> bool:
    """Whether they are equal, in a time that does not reveal where they differ."""
    return hmac.compare_digest(given.encode("latin-1"), expected.encode("latin-1"))


def _signed(credential: Credential, signature: _Signature, canonical: bytes) -> str:
    key = b"AWS4" + credential.secret.encode()
    for part in signature.scope:
        key = hmac.digest(key, part.encode(), "sha256")
    hashed = sha256(canonical).hexdigest()
    text = "\n".join((ALGORITHM, signature.date, "/".join(signature.scope), hashed))
    return hmac.digest(key, text.encode(), "sha256").hex()


# -- the canonical request ---------------------------------------------------------------------


def _canonical(request: Signed, signature: _Signature, pairs: _Pairs) -> bytes:
    """The canonical request. The body is always hashed: `UNSIGNED-PAYLOAD` is for S3 only."""
    query = "&".join(
        f"{name}={value}" for name, value in sorted(pairs) if name != "X-Amz-Signature"
    )
    headers = [_header(request, name) for name in signature.names]
    lines = (
        request.method,
        _path(request.path),
        query,
        *headers,
        "",
        ";".join(signature.names),
        sha256(request.body).hexdigest(),
    )
    return "\n".join(lines).encode("latin-1")


def _path(path: str) -> str:
    """The path as sent, each segment percent-encoded once more, without `//`, `.` and `..`."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + end, safe="/-_.~")


def _pairs(query: str) -> _Pairs:
    """The pairs of a query, in which a plus is a plus."""
    found = (each.partition("=") for each in query.split("&") if each)
    return [(_encoded(name), _encoded(value)) for name, _, value in found]


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


def _header(request: Signed, name: str) -> str:
    values = request.values(name)
    if not values:
        raise _Bad
    return f"{name}:{','.join(re.sub(' +', ' ', value.strip(' ')) for value in values)}"
