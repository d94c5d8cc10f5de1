"""A request is its signer's, and nobody else's, whoever made the signature."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.gateway.credentials import Credential
from infra.gateway.responses import Refusal
from infra.gateway.signatures import Signatures
from tests.gateway.signing import HOST, REGION, ROLE, USER, Request, hostile, not_signed, signed

SIGNATURES = Signatures({each.access_key: each for each in (USER, ROLE)})
BODY = '{"title": "Größe ☕"}'.encode()
JSON = [("Content-Type", "application/json")]

NODE = Path(sys.prefix) / "node"
_AWS4FETCH = """
const { AwsClient } = require("aws4fetch");
const { options, requests } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const client = new AwsClient(options);
Promise.all(requests.map(async ([url, init]) => {
  const request = await client.sign(url, init);
  return [request.url, [...request.headers]];
})).then((signed) => console.log(JSON.stringify(signed)));
"""

TARGETS = [
    *("/", "/todos", "/todos/", "/todos/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"),
    *("/todos?completed=true&limit=2", "/todos?limit=2&completed=true", "/todos?a=2&a=1&a"),
    *("/a%20b", "/%C3%A9", "/a:b", "/a/./b/../c", "/todos?q=%2B%26%3D", "/todos?q=a%2Fb"),
]


def refusal(request: Request, signatures: Signatures = SIGNATURES) -> str:
    """The type of the refusal; empty if there is none."""
    try:
        signatures.signer(request.as_sent)
    except Refusal as refused:
        return refused.type
    return ""


@pytest.mark.parametrize("credential", [USER, ROLE], ids=lambda each: each.caller)
@pytest.mark.parametrize("target", [*TARGETS, "//x", "/%7Eme", "/todos?q=a%20b", "/todos?q=%C3%A9"])
def test_what_botocore_signs_is_the_signers(credential: Credential, target: str) -> None:
    for method, body in (("GET", None), ("HEAD", None), ("POST", BODY)):
        request = signed(credential, method, target, JSON if body else [], body)
        assert SIGNATURES.signer(request.as_sent) is credential


@pytest.mark.parametrize("credential", [USER, ROLE], ids=lambda each: each.caller)
def test_an_address_that_botocore_signs_lasts_as_long_as_it_says(credential: Credential) -> None:
    began = int(time.time())
    request = signed(credential, target="/todos?limit=2", at=began, presigned=60)
    for seconds, lasts in ((0, True), (60, True), (61, False), (-300, True), (-301, False)):
        assert (refusal(request, at(credential, began + seconds)) == "") == lasts, seconds


def at(credential: Credential, now: float) -> Signatures:
    """One credential, at a time."""
    return Signatures({credential.access_key: credential}, lambda: now)


def test_what_aws4fetch_signs_is_the_signers() -> None:
    """A client of browsers and workers."""
    asked = [[f"http://{HOST}{target}", {"method": "GET"}] for target in TARGETS]
    asked.append([f"http://{HOST}/todos", {"method": "POST", "body": BODY.decode(),
                  "headers": {"Content-Type": "application/json"}}])  # fmt: skip
    options = {
        "accessKeyId": ROLE.access_key, "secretAccessKey": ROLE.secret,
        "sessionToken": ROLE.token, "service": "execute-api", "region": REGION,
    }  # fmt: skip
    done = subprocess.run(
        [NODE / "bin" / "node", "-e", _AWS4FETCH], cwd=NODE, check=True, capture_output=True,
        input=json.dumps({"options": options, "requests": asked}), text=True,
    )  # fmt: skip
    for (url, headers), (_, sent) in zip(json.loads(done.stdout), asked, strict=True):
        target = url.removeprefix(f"http://{HOST}")
        fields = [("Host", HOST), *map(tuple, headers)]
        assert isinstance(sent, dict)
        request = Request(sent["method"], target, fields, sent.get("body", "").encode())
        assert SIGNATURES.signer(request.as_sent) is ROLE, target


def test_a_header_counts_as_its_values_do() -> None:
    """Several are joined, spaces at the ends are none, and several inside are one."""
    plain = signed(USER, headers=[("X-Note", "a b,c")])
    for values in (("a b", "c"), ("  a   b,c ",)):
        assert SIGNATURES.signer(plain.with_header("X-Note", *values).as_sent) is USER


@pytest.mark.parametrize(
    ("seconds", "lasts"), [(299, True), (301, False), (-299, True), (-301, False)]
)
def test_a_signature_lasts_five_minutes_either_way(seconds: int, lasts: bool) -> None:
    began = int(time.time())
    refused = refusal(signed(USER, at=began), at(USER, began + seconds))
    assert refused == ("" if lasts else "INVALID_SIGNATURE")


def taken(requests: Mapping[str, Request], type_: str) -> list[str]:
    """The names of those that are not refused with a type."""
    return [name for name, request in requests.items() if refusal(request) != type_]


def test_a_bad_signature_is_refused() -> None:
    assert SIGNATURES.signer(signed(USER, target="/todos?limit=2").as_sent) is USER
    assert taken(hostile(USER, "GET", "/todos?limit=2", [], None), "INVALID_SIGNATURE") == []


def test_a_bad_signature_of_a_session_is_refused() -> None:
    assert SIGNATURES.signer(signed(ROLE, "POST", "/todos", JSON, BODY).as_sent) is ROLE
    assert taken(hostile(ROLE, "POST", "/todos", JSON, BODY), "INVALID_SIGNATURE") == []


def test_a_session_has_to_say_its_token() -> None:
    assert refusal(signed(ROLE).with_header("X-Amz-Security-Token")) == "INVALID_SIGNATURE"


def test_no_signature_is_told_apart_from_a_bad_one() -> None:
    """AWS: Gateway response types for API Gateway (MISSING_AUTHENTICATION_TOKEN)."""
    assert refusal(signed(USER).with_header("Authorization")) == "MISSING_AUTHENTICATION_TOKEN"


def test_an_authorization_that_is_no_signature_has_no_type_of_its_own() -> None:
    """API Gateway calls it IncompleteSignatureException; no gateway response is named so."""
    assert taken(not_signed(signed(USER)), "DEFAULT_4XX") == []


def test_nothing_told_of_a_credential_shows_its_secret() -> None:
    assert USER.secret not in repr(USER)
    assert "a-session-token" not in repr(ROLE)
