"""The tokens of people: what holds, and what nobody may take for one."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from infra.gateway.issuer import IssuerUnavailable, PublishedKeys, published_identity
from infra.gateway.responses import Refusal
from infra.gateway.tokens import Tokens
from tests.gateway.issuing import SCOPE, Issuer, rsa_key

ISSUER = Issuer()


class Clock:
    """Says what it is set to."""

    def __init__(self, now: float = 1_000_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_claims_of_a_token_are_texts_as_in_events_of_aws() -> None:
    """Recorded 2017-12-17 at AWS, of Cognito: times; booleans and lists are told of as well."""
    times = {"exp": 1_513_495_692, "iat": 1_513_492_092, "auth_time": 1_513_492_092}
    others = {"email_verified": True, "cognito:groups": ["a", "b"]}
    token = ISSUER.signed({**ISSUER.claims(), **times, **others})
    claims = Tokens(ISSUER.identity, lambda: 1_513_495_000.0).verified(token)
    assert claims["exp"] == "Sun Dec 17 07:28:12 UTC 2017"
    assert claims["iat"] == "Sun Dec 17 06:28:12 UTC 2017"
    assert claims["auth_time"] == "1513492092"
    assert claims["email_verified"] == "true"
    assert claims["cognito:groups"] == "[a b]"
    assert claims["scope"] == SCOPE


def test_a_token_is_verified_once_and_remembered_until_it_is_over(clock: Clock) -> None:
    asked: list[str] = []

    def key_of(kid: str) -> RSAKey:
        asked.append(kid)
        return ISSUER.key

    tokens = Tokens(type(ISSUER.identity)(ISSUER.identity.issuer, "page", key_of), clock)
    token = ISSUER.token(iat=int(clock.now), exp=int(clock.now) + 60)
    claims = tokens.verified(token)
    clock.now += 59
    assert tokens.remembered(token) is claims
    clock.now += 1
    assert tokens.remembered(token) is None
    with pytest.raises(Refusal):
        tokens.verified(token)


def test_a_token_is_verified_anew_after_five_minutes(clock: Clock) -> None:
    """So that it ends with its key. AWS: API Gateway keeps an authorizer's result for 300 s."""
    tokens = Tokens(ISSUER.identity, clock)
    token = ISSUER.token(iat=int(clock.now), exp=int(clock.now) + 900)
    tokens.verified(token)
    clock.now += 299
    assert tokens.remembered(token)
    clock.now += 1
    assert tokens.remembered(token) is None


def test_a_refused_token_is_not_remembered(clock: Clock) -> None:
    tokens = Tokens(ISSUER.identity, clock)
    token = ISSUER.token(client_id="another")
    with pytest.raises(Refusal):
        tokens.verified(token)
    assert tokens.remembered(token) is None


# -- an issuer elsewhere -----------------------------------------------------------------------


class Published(ThreadingHTTPServer):
    """An issuer's documents, by path; `asked` are the paths of the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Documents)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": self.url, "jwks_uri": f"{self.url}/jwks.json",
            },
            "/jwks.json": {"keys": []},
        }  # fmt: skip

    def publish(self, *keys: RSAKey) -> None:
        self.documents["/jwks.json"] = {"keys": [each.as_dict(private=False) for each in keys]}


class _Documents(BaseHTTPRequestHandler):
    server: Published

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        document = self.server.documents.get(self.path)
        self.send_response(302 if isinstance(document, str) else 200 if document else 404)
        if isinstance(document, str):
            self.send_header("Location", document)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published() -> Iterator[Published]:
    with Published() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_issuer_elsewhere_is_found_by_its_address(published: Published) -> None:
    published.publish(rsa_key("ours"))
    identity = published_identity(published.url, "page")
    issuer = Issuer(published.url)
    assert Tokens(identity).verified(issuer.token())["username"] == "ann"
    with pytest.raises(Refusal):
        Tokens(identity).verified(ISSUER.token())


def test_a_thousand_unknown_keys_are_asked_for_once(published: Published, clock: Clock) -> None:
    published.publish(rsa_key("ours"))
    identity = published_identity(published.url, "page", clock)
    before = len(published.asked)
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(identity.key_of, map(str, range(1000))))
    assert published.asked[before:] == ["/jwks.json"]
    clock.now += 60
    assert identity.key_of("another") is None
    assert published.asked[before:] == ["/jwks.json"] * 2


def test_a_key_that_was_rotated_in_is_found(clock: Clock) -> None:
    document = {"keys": [rsa_key("ours").as_dict(private=False)]}
    keys = PublishedKeys(lambda: document, clock)
    keys.fetch()
    document["keys"].append(rsa_key("stranger").as_dict(private=False))
    assert keys.key_of("stranger") is not None


def test_a_known_key_does_not_wait_for_one_that_is_asked_for() -> None:
    """Hostile tokens can name any."""
    begun, answered = threading.Event(), threading.Event()
    answers = [{"keys": [rsa_key("ours").as_dict(private=False)]}]

    def fetch() -> dict[str, Any]:
        if answers:
            return answers.pop()
        begun.set()
        assert answered.wait(300)
        raise IssuerUnavailable

    keys = PublishedKeys(fetch)
    keys.fetch()
    with ThreadPoolExecutor(1) as threads:
        unknown = threads.submit(keys.key_of, "another")
        assert begun.wait(300)
        assert keys.key_of("ours") is not None
        answered.set()
        assert unknown.result(300) is None


def test_a_key_that_was_withdrawn_ends_within_an_hour(clock: Clock) -> None:
    document = {"keys": [rsa_key("ours").as_dict(private=False)]}
    keys = PublishedKeys(lambda: document, clock)
    keys.fetch()
    document["keys"].clear()
    assert keys.key_of("ours") is not None
    clock.now += 3601
    assert keys.key_of("ours") is None


def test_keys_stay_while_their_issuer_is_away(clock: Clock) -> None:
    answers = [{"keys": [rsa_key("ours").as_dict(private=False)]}]

    def fetch() -> dict[str, Any]:
        if not answers:
            raise IssuerUnavailable
        return answers.pop()

    keys = PublishedKeys(fetch, clock)
    keys.fetch()
    clock.now += 3601
    assert keys.key_of("ours") is not None


@pytest.mark.parametrize(
    "key",
    [
        {}, "x", {"kty": "RSA"}, {"kty": "RSA", "kid": "ours", "n": "!", "e": "AQAB"},
        {"kty": "oct", "kid": "ours", "k": "c2VjcmV0"},
        {**rsa_key("ours").as_dict(private=False), "use": "enc"},
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_is_passed_over(key: Any) -> None:
    """RFC 7517, 5."""
    other = rsa_key("stranger").as_dict(private=False)
    keys = PublishedKeys(lambda: {"keys": [key, other]})
    assert keys.key_of("ours") is None
    assert keys.key_of("stranger") is not None


def test_an_issuer_is_the_one_that_its_document_names(published: Published) -> None:
    """OpenID Connect Discovery 1.0, 4.3."""
    published.documents["/.well-known/openid-configuration"]["issuer"] = "https://another"
    with pytest.raises(IssuerUnavailable, match=r"'https://another'.*Write --issuer exactly"):
        published_identity(published.url, "page")


@pytest.mark.parametrize("keys", [None, [], "http://evil.example.com/jwks.json"])
def test_keys_come_over_https_or_from_this_machine(published: Published, keys: Any) -> None:
    published.documents["/.well-known/openid-configuration"]["jwks_uri"] = keys
    with pytest.raises(IssuerUnavailable):
        published_identity(published.url, "page")


def test_an_issuer_that_sends_elsewhere_is_not_followed(published: Published) -> None:
    published.documents["/elsewhere"] = published.documents["/.well-known/openid-configuration"]
    published.documents["/.well-known/openid-configuration"] = f"{published.url}/elsewhere"
    with pytest.raises(IssuerUnavailable, match="Check the address"):
        published_identity(published.url, "page")
    assert "/elsewhere" not in published.asked


def test_an_issuer_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(IssuerUnavailable, match="Check the address and the network"):
        published_identity(f"http://127.0.0.1:{port}", "page")


def test_the_library_of_tokens_is_imported_by_nobody_who_knows_no_people() -> None:
    """It takes 150 ms."""
    code = "import sys, infra.serve, infra.cli; sys.exit('joserfc' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
