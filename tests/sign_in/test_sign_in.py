"""The sign-in: whom it lets in, what it gives them, and how long that is good."""

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from infra.gateway.responses import Reply
from infra.sign_in.people import person
from infra.sign_in.sign_in import SignIn
from infra.sign_in.sign_in_request import Application
from infra.sign_in.signing_key import SigningKey
from service.problems import MethodNotAllowed
from tests.people import Door, Values, claims_of, proof, query_of
from tests.sign_in.conftest import CLIENT, SCOPES

HOME = "http://127.0.0.1:8000/"
LOCALHOST = "http://localhost:8000/"
APPLICATION = Application(CLIENT, SCOPES, (HOME, LOCALHOST))
OWN = proof()
ASKED = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": HOME,
    "code_challenge": OWN.challenge,
    "code_challenge_method": "S256",
    "state": "s",
}


class House:
    """A sign-in whose clock a test winds; a cookie goes along with each request once it is set."""

    def __init__(self, key: SigningKey, application: Application = APPLICATION) -> None:
        self.now = 1_800_000_000.0
        self.sign_in = SignIn(key, f"{HOME}sign-in", application, "<Books>", lambda: self.now)
        self.cookie = ""

    def ask(self, method: str, path: str, query: Values | None = None, form: Any = None) -> Reply:
        scope = {
            "method": method,
            "scheme": "http",
            "raw_path": f"/sign-in{path}".encode(),
            "query_string": urlencode(query or {}).encode(),
            "headers": [(b"host", b"localhost:8000"), (b"cookie", self.cookie.encode())],
        }
        body = form if isinstance(form, bytes) else urlencode(form or {}).encode()
        reply = self.sign_in.answers[f"/sign-in{path}"](scope, body)
        for name, value in reply.headers:
            if name == b"set-cookie":
                self.cookie = value.decode().partition(";")[0]
        return reply

    def enter(self, name: str = "Ada", **more: str) -> str:
        """The code that the application is sent."""
        return query_of(location(self.ask("POST", "/login", ASKED | more, {"person": name})))[
            "code"
        ]

    def exchange(self, code: str, /, **other: str) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "code": code,
            "redirect_uri": HOME,
            "code_verifier": OWN.verifier,
        }
        return self.ask("POST", "/oauth2/token", form=form | other)

    def refresh(self, token: str) -> Reply:
        form = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token}
        return self.ask("POST", "/oauth2/token", form=form)

    def signed_in(self, name: str = "Ada", **more: str) -> Values:
        found: Values = json.loads(self.exchange(self.enter(name, **more)).body)
        return found


@pytest.fixture
def house(key: SigningKey) -> House:
    return House(key)


def location(reply: Reply) -> str:
    assert reply.status == 302
    return dict(reply.headers)[b"location"].decode()


def error(reply: Reply) -> str:
    assert reply.status == 400
    found: str = json.loads(reply.body)["error"]
    return found


# -- what is given ---------------------------------------------------------------------------------


def test_an_access_token_has_the_claims_of_cognito_s(house: House) -> None:
    claims = claims_of(house.signed_in(scope="openid books/read")["access_token"])
    assert {*claims} == {
        "sub", "iss", "client_id", "origin_jti", "token_use", "scope", "auth_time", "exp", "iat",
        "jti", "username", "version",
    }  # fmt: skip
    assert claims["iss"] == f"{HOME}sign-in"
    assert (claims["token_use"], claims["scope"]) == ("access", "openid books/read")
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_an_id_token_names_the_person_and_answers_the_nonce(house: House) -> None:
    claims = claims_of(house.signed_in(scope="openid", nonce="n")["id_token"])
    assert (claims["name"], claims["nonce"], claims["aud"]) == ("Ada", "n", CLIENT)
    assert claims["cognito:username"] == claims["sub"]


def test_without_openid_there_is_no_id_token(house: House) -> None:
    assert "id_token" not in house.signed_in(scope="books/read")


def test_who_asks_for_no_scope_is_given_all(house: House) -> None:
    claims = claims_of(house.signed_in()["access_token"])
    assert claims["scope"] == "openid books/read books/write"


def test_the_key_set_verifies_what_is_signed(house: House) -> None:
    keys = json.loads(house.ask("GET", "/.well-known/jwks.json").body)
    assert "d" not in keys["keys"][0]
    token = house.signed_in()["access_token"]
    assert jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).header["kid"]


@pytest.mark.parametrize("name", ["Ada", " ada ", "ADA"])
def test_the_same_name_is_the_same_person(house: House, name: str) -> None:
    expected = claims_of(house.signed_in("ada")["access_token"])["sub"]
    assert claims_of(house.signed_in(name)["access_token"])["sub"] == expected


def test_two_names_are_two_people(house: House) -> None:
    subs = {claims_of(house.signed_in(name)["access_token"])["sub"] for name in ("Ada", "Bob")}
    assert len(subs) == 2


@pytest.mark.parametrize("typed", ["", "  ", "a\nb", "\0", "x" * 129, "\ud800"])
def test_some_texts_are_no_name(typed: str) -> None:
    assert person(typed) is None


def test_a_name_may_be_in_any_script() -> None:
    assert [person(name) is not None for name in ("Zoë", "李 小龍", "ada@example.com")] == [
        True
    ] * 3


def test_what_is_no_name_is_asked_for_again(house: House) -> None:
    reply = house.ask("POST", "/login", ASKED, {"person": " "})
    assert reply.status == 400
    assert b"Write a name" in reply.body


# -- codes -----------------------------------------------------------------------------------------


def test_a_code_is_good_once(house: House) -> None:
    code = house.enter()
    assert house.exchange(code).status == 200
    assert error(house.exchange(code)) == "invalid_grant"


def test_a_code_is_good_for_five_minutes(house: House) -> None:
    early, late = house.enter(), house.enter()
    house.now += 299
    assert house.exchange(early).status == 200
    house.now += 1
    assert error(house.exchange(late)) == "invalid_grant"


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": proof().verifier},
        {"code_verifier": ""},
        {"redirect_uri": LOCALHOST},
        {"code": "x"},
    ],
)
def test_a_code_is_good_for_who_asked_for_it(house: House, other: dict[str, str]) -> None:
    assert error(house.exchange(house.enter(), **other)) == "invalid_grant"


def test_a_code_that_somebody_guessed_with_is_used_up(house: House) -> None:
    code = house.enter()
    house.exchange(code, code_verifier="guess")
    assert error(house.exchange(code)) == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
)
def test_other_grants_and_applications_are_refused(
    house: House, form: dict[str, str], expected: str
) -> None:
    assert error(house.exchange(house.enter(), **form)) == expected


@pytest.mark.parametrize("body", [b"", b"\xff=\xfe", b"client_id=library&client_id=library"])
def test_a_broken_form_is_refused(house: House, body: bytes) -> None:
    assert error(house.ask("POST", "/oauth2/token", form=body)) == "invalid_client"


# -- refresh tokens --------------------------------------------------------------------------------


def test_a_refresh_token_brings_new_tokens_of_the_same_person(house: House) -> None:
    first = house.signed_in(scope="openid books/read")
    house.now += 20 * 60
    second = json.loads(house.refresh(first["refresh_token"]).body)
    before, after = claims_of(first["access_token"]), claims_of(second["access_token"])
    same = ("sub", "scope", "origin_jti", "auth_time")
    assert [before[each] for each in same] == [after[each] for each in same]
    assert after["exp"] == before["exp"] + 20 * 60
    assert claims_of(second["id_token"])["name"] == "Ada"


def test_a_restart_keeps_people_signed_in(house: House, key: SigningKey) -> None:
    token = house.signed_in()["refresh_token"]
    assert House(key).refresh(token).status == 200


def test_a_refresh_token_ends_after_thirty_days(house: House) -> None:
    token = house.signed_in()["refresh_token"]
    house.now += 30 * 24 * 60 * 60 - 1
    assert house.refresh(token).status == 200
    house.now += 1
    assert error(house.refresh(token)) == "invalid_grant"


def test_a_revoked_refresh_token_is_good_for_nothing(house: House) -> None:
    token, other = house.signed_in()["refresh_token"], house.signed_in()["refresh_token"]
    form = {"token": token, "client_id": CLIENT}
    assert house.ask("POST", "/oauth2/revoke", form=form).status == 200
    assert error(house.refresh(token)) == "invalid_grant"
    assert house.refresh(other).status == 200


def test_what_is_no_token_may_be_revoked(house: House) -> None:
    """RFC 7009, 2.2."""
    form = {"token": "x", "client_id": CLIENT}
    assert house.ask("POST", "/oauth2/revoke", form=form).status == 200


def test_no_other_token_refreshes(house: House, key: SigningKey) -> None:
    tokens = house.signed_in()
    session = house.cookie.partition("=")[2]
    elsewhere = House(key, Application("other", SCOPES, (HOME,))).sign_in
    foreign = elsewhere._tokens.refresh_token(elsewhere._tokens.grant(person("Ada"), "", 0, None))  # type: ignore[arg-type]
    for token in (tokens["access_token"], tokens["id_token"], session, foreign, "", "a.b.c"):
        assert error(house.refresh(token)) == "invalid_grant"


def test_a_changed_token_is_refused(house: House) -> None:
    head, body, signature = house.signed_in()["refresh_token"].split(".")
    assert urlsafe_b64decode(head + "==")
    assert error(house.refresh(f"{head}.{body[:-2]}AA.{signature}")) == "invalid_grant"


# -- who may ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "other"},
        {"client_id": ""},
        {"redirect_uri": "http://127.0.0.1:8000"},
        {"redirect_uri": f"{HOME}x"},
        {"redirect_uri": "http://127.0.0.1:80001/"},
        {"redirect_uri": "https://127.0.0.1:8000/"},
        {"redirect_uri": "http://127.0.0.1:8000@evil.example/"},
        {"redirect_uri": ""},
    ],
)
def test_nobody_is_sent_where_no_application_is_registered(
    house: House, other: dict[str, str]
) -> None:
    for method, path in (("GET", "/oauth2/authorize"), ("GET", "/login"), ("POST", "/login")):
        reply = house.ask(method, path, ASKED | other, {"person": "Ada"})
        assert reply.status == 400
        assert b"location" not in dict(reply.headers)
        assert b"<h1>" in reply.body


def test_by_either_name_of_this_machine_people_come_back(house: House) -> None:
    for address in (HOME, LOCALHOST):
        reply = house.ask("POST", "/login", ASKED | {"redirect_uri": address}, {"person": "Ada"})
        assert location(reply).startswith(f"{address}?code=")
        assert query_of(location(reply))["state"] == "s"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "openid books/delete"}, "invalid_scope"),
    ],
)
def test_an_application_is_told_what_is_wrong_with_its_request(
    house: House, other: dict[str, str], expected: str
) -> None:
    for path in ("/oauth2/authorize", "/login"):
        told = query_of(location(house.ask("GET", path, ASKED | other)))
        assert (told["error"], told["state"]) == (expected, "s")
        assert "code" not in told


def test_a_parameter_that_is_there_twice_is_none(house: House) -> None:
    twice = urlencode([*ASKED.items(), ("code_challenge", OWN.challenge)])
    scope = {"method": "GET", "scheme": "http", "headers": [], "query_string": twice.encode()}
    reply = house.sign_in.answers["/sign-in/oauth2/authorize"](scope, b"")
    assert query_of(location(reply))["error"] == "invalid_request"


# -- browsers --------------------------------------------------------------------------------------


def test_a_browser_is_known_for_an_hour(house: House) -> None:
    house.enter("Ada")
    house.now += 60 * 60 - 1
    code = query_of(location(house.ask("GET", "/oauth2/authorize", ASKED)))["code"]
    tokens = json.loads(house.exchange(code).body)
    assert claims_of(tokens["id_token"])["name"] == "Ada"
    house.now += 1
    assert location(house.ask("GET", "/oauth2/authorize", ASKED)).startswith("/sign-in/login?")


def test_who_signs_out_is_asked_for_a_name_again(house: House) -> None:
    house.enter("Ada")
    query = {"client_id": CLIENT, "logout_uri": HOME}
    assert location(house.ask("GET", "/logout", query)) == HOME
    assert house.cookie == "sign-in="
    assert location(house.ask("GET", "/oauth2/authorize", ASKED)).startswith("/sign-in/login?")


def test_nobody_is_sent_anywhere_else_by_signing_out(house: House) -> None:
    query = {"client_id": CLIENT, "logout_uri": "https://evil.example/"}
    assert house.ask("GET", "/logout", query).status == 400


def test_the_form_says_what_it_is_worth_and_nothing_that_it_shows_is_code(house: House) -> None:
    reply = house.ask("GET", "/login", ASKED | {"state": "<script>"})
    text = reply.body.decode()
    assert "For this machine only." in text
    assert "Sign in to &lt;Books&gt;" in text
    assert "<script" not in text
    policy = dict(reply.headers)[b"content-security-policy"].decode()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_icon_of_the_form_is_the_site_s_and_its_policy_lets_it_pass(house: House) -> None:
    """Without one a browser asks for a favicon, and Firefox complains that it may not."""
    reply = house.ask("GET", "/login", ASKED)
    assert '<link rel="icon" href="/icon.svg">' in reply.body.decode()
    assert "img-src 'self';" in dict(reply.headers)[b"content-security-policy"].decode()


def test_a_cookie_is_for_the_sign_in_alone(house: House) -> None:
    reply = house.ask("POST", "/login", ASKED, {"person": "Ada"})
    cookie = dict(reply.headers)[b"set-cookie"].decode()
    assert "; Path=/sign-in; " in cookie
    assert cookie.endswith("HttpOnly; SameSite=Lax")


@pytest.mark.parametrize("cookie", ["sign-in=x", "sign-in=", "a b; =;", "sign-in=a.b.c"])
def test_a_broken_cookie_is_none(house: House, cookie: str) -> None:
    house.cookie = cookie
    assert location(house.ask("GET", "/oauth2/authorize", ASKED)).startswith("/sign-in/login?")


def test_nothing_of_it_is_kept_by_a_cache(house: House) -> None:
    for reply in (house.exchange(house.enter()), house.ask("GET", "/login", ASKED)):
        assert dict(reply.headers)[b"cache-control"] == b"no-store"


def test_each_path_answers_its_methods(house: House) -> None:
    with pytest.raises(MethodNotAllowed, match=r"GET, POST and HEAD\."):
        house.ask("DELETE", "/login")
    with pytest.raises(MethodNotAllowed, match=r"answers POST\."):
        house.ask("GET", "/oauth2/token")


# -- over HTTP -------------------------------------------------------------------------------------


def test_discovery_names_addresses_by_the_name_that_it_was_asked_by(door: Door) -> None:
    port = door.home.rpartition(":")[2].rstrip("/")
    by_name = door.ask("GET", "/sign-in/.well-known/openid-configuration", Host=f"localhost:{port}")
    told = json.loads(by_name[2])
    assert told["token_endpoint"] == f"http://localhost:{port}/sign-in/oauth2/token"
    assert told["issuer"] == door.told["issuer"] == f"{door.home}sign-in"


def test_a_page_of_another_origin_may_sign_nobody_in(door: Door) -> None:
    status, _, body = door.ask("POST", "/sign-in/login", "person=x", Origin="https://evil.example")
    assert status == 403
    assert json.loads(body)["type"] == "urn:problem-type:origin-not-allowed"


def test_what_it_does_not_have_is_the_api_s(door: Door) -> None:
    status, _, body = door.ask("GET", "/sign-in/oauth2/userInfo")
    assert (status, json.loads(body)["type"]) == (404, "urn:problem-type:no-such-path")


def test_people_sign_in_over_http(door: Door) -> None:
    assert claims_of(door.signed_in("Ada", "openid")["id_token"])["name"] == "Ada"
