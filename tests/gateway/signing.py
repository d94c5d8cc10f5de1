"""Requests of services, signed by botocore; and signatures that nobody may take."""

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.gateway.credentials import Credential
from infra.gateway.signatures import Signed

HOST = "localhost"
REGION = "eu-central-1"

USER = Credential("LOCALUSER", "a-secret", "AIDAUSER")
ROLE = Credential("LOCALROLE", "another-secret", "AROAROLE:nightly", token="a-session-token")

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """As it is sent."""

    method: str
    target: str
    headers: Fields
    body: bytes | None = None

    def __getitem__(self, name: str) -> str:
        return dict(self.headers)[name]

    def with_header(self, name: str, *values: str) -> "Request":
        """With these values, and no other, of a header."""
        others = [each for each in self.headers if each[0].lower() != name.lower()]
        return replace(self, headers=[*others, *((name, value) for value in values)])

    def with_parameter(self, name: str, text: str) -> "Request":
        """With another text in the place of a parameter of Authorization."""
        value = self["Authorization"]
        before, found, after = value.partition(f"{name}=")
        assert found
        return self.with_header(
            "Authorization", f"{before}{name}={text}{''.join(after.partition(', ')[1:])}"
        )

    @property
    def as_sent(self) -> Signed:
        path, _, query = self.target.partition("?")
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        return Signed(self.method, path, query, headers, self.body or b"")


def signed(
    credential: Credential,
    method: str = "GET",
    target: str = "/todos",
    headers: Fields = [],  # noqa: B006
    body: bytes | None = None,
    *,
    at: float | None = None,
    service: str = "execute-api",
    presigned: int | None = None,
    host: str = HOST,
) -> Request:
    """`at` is the time of the signature, `presigned` how many seconds an address with one lasts."""
    keys = Credentials(credential.access_key, credential.secret, credential.token)
    request = AWSRequest(method, f"http://{host}{target}", dict(headers), body)
    signer: Any = _Header(keys, service, REGION)
    if presigned is not None:
        signer = _Query(keys, service, REGION, expires=presigned)
    signer.sign(request, at or time.time())
    sent = [("Host", host), *request.headers.items()]
    target = str(request.url).removeprefix(f"http://{host}")
    return Request(method, target, [(name, value) for name, value in sent], body)


class _At:
    def sign(self: Any, request: AWSRequest, at: float) -> None:
        """What `add_auth` does, at another time."""
        request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


class _Header(_At, SigV4Auth):
    pass


class _Query(_At, SigV4QueryAuth):
    pass


def hostile(
    credential: Credential,
    method: str,
    target: str,
    headers: Fields,
    body: bytes | None,
    host: str = HOST,
) -> dict[str, Request]:
    """Requests that nobody may take for the credential's, by what is wrong with them."""
    now = time.time()
    sign = partial(signed, host=host)
    good = sign(credential, method, target, headers, body)
    day = good["X-Amz-Date"][:8]
    query = "&" if "?" in target else "?"
    thief = replace(credential, secret="guessed")
    return {
        "another secret": sign(thief, method, target, headers, body),
        "an access key that nobody knows": sign(
            replace(credential, access_key="STRANGER"), method, target, headers, body
        ),
        "another service": sign(credential, method, target, headers, body, service="s3"),
        "six minutes old": sign(credential, method, target, headers, body, at=now - 360),
        "of tomorrow": sign(credential, method, target, headers, body, at=now + 86_400),
        "another method": replace(sign(credential, "TRACE", target, headers, body), method=method),
        "another path": replace(
            sign(credential, method, f"/x{target}", headers, body), target=target
        ),
        "another query": replace(
            sign(credential, method, f"{target}{query}x=1", headers, body), target=target
        ),
        "a parameter more": replace(good, target=f"{target}{query}x=1"),
        "another body": replace(good, body=(body or b"") + b" "),
        "another host": good.with_header("Host", "127.0.0.1:1"),
        "no host signed": good.with_parameter("SignedHeaders", "x-amz-date"),
        "a header signed that is not there": good.with_parameter(
            "SignedHeaders", "host;x-amz-date;x-missing"
        ),
        "headers in another order": good.with_parameter("SignedHeaders", "x-amz-date;host"),
        "headers in capitals": good.with_parameter("SignedHeaders", "Host;X-Amz-Date"),
        "headers twice": good.with_parameter("SignedHeaders", "host;host;x-amz-date"),
        "no headers": good.with_parameter("SignedHeaders", ""),
        "another day": good.with_parameter("Credential", _scope(credential, "20200101")),
        "another region": good.with_parameter("Credential", _scope(credential, day, region="x")),
        "another end": good.with_parameter(
            "Credential", _scope(credential, day, end="aws5_request")
        ),
        "a scope that is short": good.with_parameter("Credential", credential.access_key),
        "a signature of zeros": good.with_parameter("Signature", "0" * 64),
        "a signature in capitals": good.with_parameter("Signature", _signature(good).upper()),
        "a short signature": good.with_parameter("Signature", _signature(good)[:-1]),
        "no signature": good.with_parameter("Signature", ""),
        "the algorithm alone": good.with_header("Authorization", "AWS4-HMAC-SHA256 "),
        "two headers": good.with_header("Authorization", good["Authorization"], "x"),
        "no date": good.with_header("X-Amz-Date"),
        "two dates": good.with_header("X-Amz-Date", good["X-Amz-Date"], good["X-Amz-Date"]),
        "a date that is none": good.with_header("X-Amz-Date", "20269999T999999Z"),
        "a session of another": good.with_header("X-Amz-Security-Token", "stolen"),
        "an address and a header": replace(
            good, target=sign(credential, method, target, [], body, presigned=60).target
        ),
        "an address that is over": sign(
            credential, method, target, [], body, at=now - 120, presigned=60
        ),
        "an address for more than a week": sign(
            credential, method, target, [], body, presigned=604_801
        ),
        "an address of another secret": sign(thief, method, target, [], body, presigned=60),
        "an address of tomorrow": sign(
            credential, method, target, [], body, at=now + 86_400, presigned=60
        ),
        "an address with two signatures": _twice(
            sign(credential, method, target, [], body, presigned=60)
        ),
        "the body unsigned": sign(
            credential,
            method,
            target,
            [*headers, ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")],
            body,
        ),
    }


def not_signed(good: Request) -> dict[str, Request]:
    """Requests whose Authorization is no signature."""
    return {
        "a token": good.with_header("Authorization", "Bearer a.b.c"),
        "a password": good.with_header("Authorization", "Basic eDp4"),
        "nothing in it": good.with_header("Authorization", ""),
        "another algorithm": good.with_header(
            "Authorization", good["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA")
        ),
    }


def _scope(credential: Credential, day: str, region: str = REGION, end: str = "") -> str:
    return f"{credential.access_key}/{day}/{region}/execute-api/{end or 'aws4_request'}"


def _signature(request: Request) -> str:
    return request["Authorization"].rpartition("Signature=")[2]


def _twice(request: Request) -> Request:
    return replace(request, target=f"{request.target}&X-Amz-Signature={'0' * 64}")
