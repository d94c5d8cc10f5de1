"""The sign-in: OpenID Connect for anybody with a name, at the same paths as Cognito's."""

import time
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.types import Scope

from infra.gateway.local import Answer
from infra.gateway.responses import Fields, Reply
from infra.sign_in import pages
from infra.sign_in.codes import Codes
from infra.sign_in.people import Person, person
from infra.sign_in.prefix import AUTHORIZE, DISCOVERY, KEYS, LOGIN, LOGOUT, REVOKE, TOKEN
from infra.sign_in.sign_in_request import (
    Application,
    NotAllowed,
    NotRegistered,
    Parameters,
    SignInRequest,
    address_of,
    back,
    parameters_of,
    sign_in_request,
)
from infra.sign_in.signing_key import ALGORITHM, SigningKey
from infra.sign_in.tokens import OPENID, SESSION_SECONDS, Tokens
from service.problems import MethodNotAllowed

_COOKIE = "sign-in"
_LONGEST_FORM = 16_384


class SignIn:
    """Lets anybody who can reach it sign in as anybody: it is for this machine only.

    `issuer` is its own address, which its tokens contain; `title` is the API's.
    """

    def __init__(
        self,
        key: SigningKey,
        issuer: str,
        application: Application,
        title: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self.application = application
        self.prefix = urlsplit(issuer).path
        self._key = key
        self._title = title
        self._clock = clock
        self._codes = Codes(clock)
        self._tokens = Tokens(key, issuer, application.client, clock)
        self._policy = pages.policy([each.rstrip("/") for each in application.addresses])

    def key(self, id_: str) -> Any:
        """The public key with this id; tokens of other issuers are not accepted here."""
        return self._key.public if id_ == self._key.id else None

    @property
    def answers(self) -> dict[str, Answer]:
        """Its responses, by path."""
        found: dict[str, dict[str, Answer]] = {
            DISCOVERY: {"GET": self._discovery},
            KEYS: {"GET": self._keys},
            AUTHORIZE: {"GET": self._authorize},
            LOGIN: {"GET": self._form, "POST": self._sign_in},
            TOKEN: {"POST": self._token},
            REVOKE: {"POST": self._revoke},
            LOGOUT: {"GET": self._sign_out},
        }
        return {self.prefix + path: self._by_method(methods) for path, methods in found.items()}

    def _by_method(self, methods: Mapping[str, Answer]) -> Answer:
        """A response that depends on the method. Raises MethodNotAllowed."""

        def answer(scope: Scope, body: bytes) -> Reply:
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            if method not in methods:
                raise MethodNotAllowed([*methods, *(["HEAD"] if "GET" in methods else [])])
            try:
                return methods[method](scope, body)
            except NotRegistered as error:
                return self._page(400, pages.refusal(str(error)))

        return answer

    # -- what applications read -----------------------------------------------------------------

    def _discovery(self, scope: Scope, _: bytes) -> Reply:
        """Addresses with the name that this server was called by: a page cannot call another.

        Clients that compare the issuer with the address (OpenID Connect Discovery 1.0, 4.3) use
        the name that `serve` prints.
        """
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        here = f"{scope['scheme']}://{host}{self.prefix}" if host else self.issuer
        return _json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{here}{AUTHORIZE}",
                "token_endpoint": f"{here}{TOKEN}",
                "revocation_endpoint": f"{here}{REVOKE}",
                "end_session_endpoint": f"{here}{LOGOUT}",
                "jwks_uri": f"{here}{KEYS}",
                "scopes_supported": [OPENID, *sorted(self.application.scopes)],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _keys(self, *_: Any) -> Reply:
        return _json({"keys": [self._key.jwk]})

    # -- what people see ------------------------------------------------------------------------

    def _authorize(self, scope: Scope, _: bytes) -> Reply:
        """Ask for a name, unless somebody has recently signed in in this browser."""
        asked = self._asked(scope)
        if isinstance(asked, Reply):
            return asked
        known = self._tokens.signed_in(_cookie(scope))
        if known is None:
            return _redirect(f"{self.prefix}{LOGIN}?{scope['query_string'].decode('latin-1')}")
        return self._granted(asked, *known)

    def _form(self, scope: Scope, _: bytes) -> Reply:
        asked = self._asked(scope)
        return asked if isinstance(asked, Reply) else self._page(200, pages.form(self._title))

    def _sign_in(self, scope: Scope, body: bytes) -> Reply:
        asked = self._asked(scope)
        if isinstance(asked, Reply):
            return asked
        found = person(_form_of(body).get("person", ""))
        if found is None:
            return self._page(400, pages.form(self._title, "Write a name, in letters and digits."))
        granted = self._granted(asked, found, int(self._clock()))
        session = self._cookie(self._tokens.session(found), SESSION_SECONDS)
        return Reply(granted.status, [*granted.headers, session], granted.body)

    def _asked(self, scope: Scope) -> SignInRequest | Reply:
        """The request in the query, or the response that refuses it. Raises NotRegistered."""
        query = parameters_of(scope["query_string"])
        try:
            return sign_in_request(query, self.application)
        except NotAllowed as error:
            told = {"error": error.error, "error_description": str(error)}
            return _redirect(back(query["redirect_uri"], query.get("state"), told))

    def _granted(self, asked: SignInRequest, who: Person, since: int) -> Reply:
        grant = self._tokens.grant(who, asked.scope, since, asked.nonce)
        code = self._codes.issue(grant, asked.address, asked.challenge)
        return _redirect(asked.back(code=code))

    def _sign_out(self, scope: Scope, _: bytes) -> Reply:
        """Forget who signed in in this browser (AWS: Logout endpoint)."""
        query = parameters_of(scope["query_string"])
        gone = _redirect(address_of(query, self.application, "logout_uri"))
        return Reply(gone.status, [*gone.headers, self._cookie("", 0)], b"")

    def _cookie(self, value: str, seconds: int) -> tuple[bytes, bytes]:
        told = f"{_COOKIE}={value}; Path={self.prefix}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
        return (b"set-cookie", told.encode())

    def _page(self, status: int, body: bytes) -> Reply:
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": self._policy,
            **_HEADERS,
            "referrer-policy": "same-origin",  # without one the form would have no origin, either
        }
        return Reply(status, _fields(headers), body)

    # -- what applications exchange -------------------------------------------------------------

    def _token(self, _: Scope, body: bytes) -> Reply:
        """Issue tokens (RFC 6749, 4.1.3, 6 and 5.2). Refused codes and tokens get no reason."""
        form = _form_of(body)
        if form.get("client_id") != self.application.client:
            return _json({"error": "invalid_client"}, 400)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                grant = self._tokens.refreshed(form.get("refresh_token", ""))
                return _refused() if grant is None else _json(self._tokens.issued(grant))
            case _:
                return _json({"error": "unsupported_grant_type"}, 400)

    def _exchange(self, form: Parameters) -> Reply:
        code, address, verifier = map(form.get, ("code", "redirect_uri", "code_verifier"))
        grant = self._codes.exchanged(code or "", address or "", verifier or "")
        if grant is None:
            return _refused()
        refresh = {"refresh_token": self._tokens.refresh_token(grant)}
        return _json({**self._tokens.issued(grant), **refresh})

    def _revoke(self, _: Scope, body: bytes) -> Reply:
        """Revoke a token; an invalid one counts as revoked (RFC 7009, 2.2)."""
        form = _form_of(body)
        if form.get("client_id") != self.application.client:
            return _json({"error": "invalid_client"}, 400)
        self._tokens.revoke(form.get("token", ""))
        return Reply(200, _fields(_HEADERS), b"")


_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def _fields(headers: Mapping[str, str]) -> Fields:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def _json(value: Mapping[str, Any], status: int = 200) -> Reply:
    headers = {"content-type": "application/json", **_HEADERS}
    return Reply(status, _fields(headers), orjson.dumps(value))


def _refused() -> Reply:
    return _json({"error": "invalid_grant"}, 400)


def _redirect(address: str) -> Reply:
    return Reply(302, _fields({"location": address, **_HEADERS}), b"")


def _form_of(body: bytes) -> Parameters:
    return parameters_of(body) if len(body) <= _LONGEST_FORM else {}


def _cookie(scope: Scope) -> str:
    """The browser's cookie; empty if there is none."""
    found: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found.load(value.decode("latin-1"))
            except CookieError:
                return ""
    return found[_COOKIE].value if _COOKIE in found else ""
