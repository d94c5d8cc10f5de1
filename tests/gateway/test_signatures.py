"""A request is its signer's, and nobody else's, whoever made the signature."""

import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.gateway.credentials import Credential
from infra.gateway.responses import Refusal
from infra.gateway.signatures import Signatures
from tests.gateway.signing import ROLE, USER, Request, hostile, not_signed, signed

SIGNATURES = Signatures({each.access_key: each for each in (USER, ROLE)})
BODY = '{"title": "Größe ☕"}'.encode()
JSON = [("Content-Type", "application/json")]

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


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TARGET = st.builds(
    lambda segments, pairs: (
        f"/{'/'.join(quote(each, safe='') for each in segments)}"
        + (f"?{urlencode(pairs, quote_via=quote)}" if pairs else "")
    ),
    st.lists(TEXT.filter(lambda segment: segment not in (".", "..")), max_size=4),
    st.lists(st.tuples(TEXT, TEXT), max_size=3),
)
"""Without `.` and `..`: a signature is of the path that they lead to, and so of several."""


@settings(suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([USER, ROLE]), st.sampled_from(["GET", "PUT"]), TARGET, st.binary(max_size=9)
)
def test_whatever_botocore_signs_is_the_signers_and_whatever_is_changed_is_not(
    credential: Credential, method: str, target: str, body: bytes
) -> None:
    request = signed(credential, method, target, [], body)
    assert SIGNATURES.signer(request.as_sent) is credential
    mark = "&" if "?" in target else "?"
    changes = {
        "method": replace(request, method="POST"),
        "path": replace(request, target=f"/changed{target}"),
        "query": replace(request, target=f"{target}{mark}changed"),
        "body": replace(request, body=body + b"x"),
    }
    assert taken(changes, "INVALID_SIGNATURE") == []


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
