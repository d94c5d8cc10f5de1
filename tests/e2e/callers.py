"""Who calls a stage in its matrix: with tokens and signatures, and with a bad one of each kind."""

import json
import time
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from infra.gateway.credentials import Credential
from tests.access.table import Sender
from tests.e2e.cloud import Cloud
from tests.e2e.matrix import Caller, Headers, with_headers
from tests.e2e.signing_in import another_client, bearing, tokens_of
from tests.gateway.issuing import Issuer, encoded, rsa_key
from tests.gateway.signing import hostile, signed
from tests.people import claims_of

NOBODY = with_headers(Sender("nobody"), {})


def person(address: str, token: str, *scopes: str) -> Caller:
    name = f"{address} with {' '.join(scopes)}"
    return with_headers(Sender(name, "person", address, frozenset(scopes)), bearing(token))


def with_key(caller: Caller, which: str, value: str) -> Caller:
    """The same with a key: one that is `good`, `revoked` or `made up`."""

    def headers(method: str, url: str, body: bytes | None) -> Headers:
        return {**caller.headers(method, url, body), "X-Api-Key": value}

    return Caller(replace(caller.sender, key=which), headers)


# -- people ------------------------------------------------------------------------------------


def hostile_people(
    cloud: Cloud, outputs: Mapping[str, str], address: str, *scopes: str
) -> list[Caller]:
    """Who sends what is not a token for this API, or is one no longer."""
    given = tokens_of(cloud, outputs, address, *scopes)
    with another_client(cloud, outputs, seconds=1) as other:
        short = tokens_of(cloud, other, address, *scopes)["access_token"]
    with another_client(cloud, outputs, seconds=600) as other:
        foreign = tokens_of(cloud, other, address, *scopes)["access_token"]
    while time.time() <= claims_of(short)["exp"]:
        time.sleep(0.1)
    tokens = {
        **_forged(given["access_token"]),
        "an ID token": given["id_token"],
        "a refresh token": given["refresh_token"],
        "expired": short,
        "another client": foreign,
    }
    values = {flaw: f"Bearer {token}" for flaw, token in tokens.items()}
    values["another scheme"] = f"Basic {given['access_token']}"
    values["no scheme"] = given["access_token"]
    known = Sender("", "person", address, frozenset(scopes))
    return [
        with_headers(replace(known, name=f"a token: {flaw}", flaw=flaw), {"Authorization": value})
        for flaw, value in values.items()
    ]


def _forged(good: str) -> dict[str, str]:
    """Of a header, a key, a signature, an issuer and a form, one each."""
    header, payload, signature = good.split(".")
    kid = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    claims, issuer = claims_of(good), Issuer()
    other = encoded(json.dumps({**claims, "sub": str(uuid.uuid4())}))
    elsewhere = claims["iss"].rpartition("_")[0] + "_Stranger1"
    return {
        "no algorithm": f"{encoded(json.dumps({'alg': 'none', 'kid': kid}))}.{payload}.",
        "another key behind the kid": issuer.signed(claims, rsa_key("stranger"), kid=kid),
        "another payload": f"{header}.{other}.{signature}",
        "a truncated signature": good[:-8],
        "another issuer": issuer.signed({**claims, "iss": elsewhere}),
        "two parts": f"{header}.{payload}",
        "letters": "x" * 100,
    }


# -- services ----------------------------------------------------------------------------------

_UNSIGNED_BY_THEM = (
    "another secret", "an access key that nobody knows", "another path", "another method",
    "six minutes old", "no headers",
)  # fmt: skip


@contextmanager
def service(cloud: Cloud, name: str, *, is_allowed: bool) -> Iterator[Credential]:
    """A user of the account, with a policy that lets it call every API, or with none."""
    iam: Any = cloud.client("iam")
    iam.create_user(UserName=name)
    if is_allowed:
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    try:
        yield Credential(key["AccessKeyId"], key["SecretAccessKey"], name)
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        if is_allowed:
            iam.delete_user_policy(UserName=name, PolicyName=name)
        iam.delete_user(UserName=name)


def signing(credential: Credential, flaw: str = "") -> Caller:
    """A service; a flaw is one of `tests/gateway/signing.py`, or is known to the account alone."""

    def headers(method: str, url: str, body: bytes | None) -> Headers:
        parts = urlsplit(url)
        fields = [("Content-Type", "application/json")] if body else []
        sent = (credential, method, parts.path, fields, body)
        if flaw in _UNSIGNED_BY_THEM:
            return dict(hostile(*sent, host=parts.netloc)[flaw].headers)
        return dict(signed(*sent, host=parts.netloc).headers)

    name = f"{credential.caller} {flaw}".strip()
    return Caller(Sender(name, "service", credential.caller, flaw=flaw), headers)


def hostile_services(credential: Credential) -> list[Caller]:
    """Who signs badly, one a kind."""
    return [signing(credential, flaw) for flaw in _UNSIGNED_BY_THEM]
