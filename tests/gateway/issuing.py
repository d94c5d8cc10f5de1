"""An issuer of tokens for tests, and tokens that no authorizer may take."""

import base64
import hashlib
import hmac
import json
import string
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from infra.gateway.identity import Identity

SCOPE = "todos/read todos/write"


@cache
def rsa_key(name: str) -> RSAKey:
    """The key of this name: it takes a while to make one."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


class Issuer:
    """Signs people in, as a user pool does: `token` is what a person of this name sends."""

    def __init__(self, url: str = "https://issuer.example.com/pool", client: str = "page") -> None:
        self.key = rsa_key("ours")
        self.identity = Identity(url, client, {"ours": self.key}.get)

    def claims(self, person: str = "ann", scope: str = SCOPE, **more: Any) -> dict[str, Any]:
        """Of an access token of Cognito. What is given as `...` is left out."""
        now = int(time.time())
        claims = {
            "sub": str(uuid.uuid5(uuid.NAMESPACE_DNS, person)),
            "iss": self.identity.issuer,
            "client_id": self.identity.client,
            "origin_jti": str(uuid.uuid4()),
            "token_use": "access",
            "scope": scope,
            "auth_time": now,
            "exp": now + 900,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "username": person,
        }
        return {name: value for name, value in (claims | more).items() if value is not ...}

    def token(self, person: str = "ann", scope: str = SCOPE, **more: Any) -> str:
        return self.signed(self.claims(person, scope, **more))

    def signed(
        self, claims: Any, key: RSAKey | None = None, alg: str = "RS256", **header: Any
    ) -> str:
        """These claims, or this payload as it is; a header given as `...` is left out."""
        members = {"kid": "ours", "alg": alg, **header}
        members = {name: value for name, value in members.items() if value is not ...}
        payload = claims if isinstance(claims, str | bytes) else json.dumps(claims)
        return self.sealed(json.dumps(members), payload, key, alg)

    def sealed(
        self, header: str, payload: str | bytes, key: RSAKey | None = None, alg: str = "RS256"
    ) -> str:
        """A header and a payload, whatever they are, with a signature of RSA that holds."""
        text = f"{encoded(header)}.{encoded(payload)}"
        algorithm = jws.JWSRegistry.algorithms[alg]
        signature = algorithm.sign(text.encode(), key or self.key)
        return f"{text}.{encoded(signature)}"


def encoded(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def hostile(issuer: Issuer) -> dict[str, str]:
    """Values of Authorization that an authorizer has to refuse, by what is wrong with them."""
    tokens = {**_of_headers(issuer), **_of_claims(issuer), **_of_form(issuer)}
    good = issuer.token()
    return {
        **{name: f"Bearer {token}" for name, token in tokens.items()},
        "no scheme": good,
        "another scheme": f"Basic {good}",
        "the scheme twice": f"Bearer Bearer {good}",
        "two tokens": f"Bearer {good}, Bearer {good}",
        "a space behind it": f"Bearer {good} ",
        "two spaces before it": f"Bearer  {good}",
        "nothing": "",
        "the scheme alone": "Bearer ",
    }


def _of_headers(issuer: Issuer) -> dict[str, str]:
    claims = issuer.claims()
    stranger = rsa_key("stranger")
    public = stranger.as_dict(private=False)
    sign = issuer.signed
    nested = '{"alg":"RS256","kid":"ours","x":' + "[" * 200 + "]" * 200 + "}"
    return {
        "alg none": _unsigned(claims, "none"),
        "alg None": _unsigned(claims, "None"),
        "alg none, with a signature": _unsigned(claims, "none") + encoded(b"x" * 256),
        "HS256 with the public key": _hs256(claims, issuer.key.as_pem(private=False)),
        "HS256 with the public key in DER": _hs256(claims, issuer.key.as_der(private=False)),
        "HS256 with no key": _hs256(claims, b""),
        "PS256": sign(claims, alg="PS256"),
        "RS384": sign(claims, alg="RS384"),
        "RS512": sign(claims, alg="RS512"),
        "ES256": _es256(claims),
        "a second alg": issuer.sealed(
            '{"alg":"RS256","kid":"ours","alg":"none"}', json.dumps(claims)
        ),
        "a typ that is a list": sign(claims, typ=["JWT"]),
        "no alg": issuer.sealed('{"kid":"ours"}', json.dumps(claims)),
        "no kid": sign(claims, kid=...),
        "an empty kid": sign(claims, kid=""),
        "a kid that nobody knows": sign(claims, kid="theirs"),
        "a kid that is a number": sign(claims, kid=1),
        "a kid that is null": sign(claims, kid=None),
        "a kid that is a list": sign(claims, kid=["ours"]),
        "a kid that is a path": sign(claims, kid="../../ours"),
        "another key behind our kid": sign(claims, stranger),
        "another key, and its kid": sign(claims, stranger, kid="stranger"),
        "jku": sign(claims, stranger, jku="https://evil.example.com/keys"),
        "x5u": sign(claims, stranger, x5u="https://evil.example.com/key"),
        "an embedded jwk": sign(claims, stranger, jwk={"kty": "RSA", "e": "AQAB", "n": "AQAB"}),
        "an embedded jwk, whole": sign(claims, stranger, jwk=public),
        "crit": sign(claims, crit=["exp"], exp=1),
        "crit b64": sign(claims, crit=["b64"], b64=False),
        "zip": sign(claims, zip="DEF"),
        "a header that nests": issuer.sealed(nested, json.dumps(claims)),
        "a header that is a list": issuer.sealed('["RS256"]', json.dumps(claims)),
        "a header that is no JSON": issuer.sealed("{", json.dumps(claims)),
    }


def _of_claims(issuer: Issuer) -> dict[str, str]:
    now = int(time.time())
    identity = issuer.identity
    changes: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 1},
        "expires now": {"exp": now},
        "no exp": {"exp": ...},
        "exp is a text": {"exp": str(now + 900)},
        "exp is true": {"exp": True},
        "exp is null": {"exp": None},
        "exp is NaN": {"exp": float("nan")},
        "exp is infinite": {"exp": float("inf")},
        "not yet": {"nbf": now + 3600},
        "nbf is a text": {"nbf": "0"},
        "issued in the future": {"iat": now + 3600},
        "iat is a text": {"iat": str(now)},
        "no iat": {"iat": ...},
        "another issuer": {"iss": "https://evil.example.com/pool"},
        "an issuer with a slash": {"iss": f"{identity.issuer}/"},
        "issuers": {"iss": [identity.issuer, "https://evil.example.com"]},
        "no issuer": {"iss": ...},
        "another client": {"client_id": "another"},
        "clients": {"client_id": [identity.client]},
        "no client": {"client_id": ...},
        "no token_use": {"token_use": ...},
        "token_use is refresh": {"token_use": "refresh"},
        "token_use is a list": {"token_use": ["access", "id"]},
        "an ID token": {
            "token_use": "id", "aud": identity.client, "client_id": ..., "scope": ...,
        },
        "an ID token with a scope": {"token_use": "id", "aud": identity.client},
        "no sub": {"sub": ...},
        "an empty sub": {"sub": ""},
        "sub is null": {"sub": None},
        "sub is a number": {"sub": 1},
        "no scope": {"scope": ...},
        "an empty scope": {"scope": ""},
        "another scope": {"scope": "openid email"},
        "a scope that begins alike": {"scope": "todos/readonly todos/writer"},
        "a scope in capitals": {"scope": "TODOS/READ TODOS/WRITE"},
        "scopes with commas": {"scope": "todos/read,todos/write"},
        "scopes with a tab": {"scope": "todos/read\ttodos/write"},
        "a list of scopes": {"scope": SCOPE.split()},
    }  # fmt: skip
    return {name: issuer.signed(issuer.claims(**change)) for name, change in changes.items()}


def _of_form(issuer: Issuer) -> dict[str, str]:
    claims = issuer.claims()
    good = issuer.signed(claims)
    header, payload, signature = good.split(".")
    other = encoded(json.dumps({**claims, "sub": "root"}))
    twice = json.dumps(claims)[:-1] + ', "sub": "root"}'
    huge = json.dumps(claims).replace(f'"exp": {claims["exp"]}', '"exp": 1' + "0" * 5000)
    return {
        "another payload": f"{header}.{other}.{signature}",
        "no signature": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "four parts": f"{good}.{signature}",
        "five parts": f"{header}.{payload}.{signature}.{payload}.{signature}",
        "a truncated signature": good[:-8],
        "a signature with padding": f"{good}==",
        "a signature written otherwise": f"{good[:-1]}{_same_bits(good[-1])}",
        "a signature in plain base64": f"{header}.{payload}.{_plain(signature)}",
        "a signature with a line feed": f"{header}.{payload}.{signature[:9]}%0A{signature[9:]}",
        "a signature of another token": good.rpartition(".")[0]
        + "."
        + issuer.token("ben").rpartition(".")[2],
        "a claim twice": issuer.signed(twice),
        "an exp of 5,000 digits": issuer.signed(huge),
        "an exp of 30 digits": issuer.token(exp=10**30),
        "a payload that nests": issuer.signed(f'{{"x":{"[" * 3000}{"]" * 3000}}}'),
        "a payload that is a list": issuer.signed(json.dumps([claims])),
        "a payload that is a text": issuer.signed('"x"'),
        "a payload that is null": issuer.signed("null"),
        "a payload that is no JSON": issuer.signed("{"),
        "a payload that is no UTF-8": issuer.signed(b"\xff"),
        "no payload": issuer.signed(""),
        "dots": "..",
        "letters": "x" * 500,
    }  # fmt: skip


def _same_bits(letter: str) -> str:
    """The next letter of the alphabet of base64url, which at an end here has the same bits."""
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return letters[letters.index(letter) ^ 1]


def _plain(signature: str) -> str:
    """With a `+`, which base64url does not have, in the place of a letter."""
    return f"{signature[:5]}+{signature[6:]}"


def _unsigned(claims: Any, alg: str) -> str:
    return f"{encoded(json.dumps({'alg': alg, 'kid': 'ours'}))}.{encoded(json.dumps(claims))}."


def _hs256(claims: Any, key: bytes) -> str:
    return _keyed(claims, "HS256", lambda text: hmac.new(key, text, hashlib.sha256).digest())


def _es256(claims: Any) -> str:
    key = ECKey.generate_key("P-256")
    algorithm = jws.JWSRegistry.algorithms["ES256"]
    return _keyed(claims, "ES256", lambda text: algorithm.sign(text, key))


def _keyed(claims: Any, alg: str, sign: Callable[[bytes], bytes]) -> str:
    text = f"{encoded(json.dumps({'alg': alg, 'kid': 'ours'}))}.{encoded(json.dumps(claims))}"
    return f"{text}.{encoded(sign(text.encode()))}"
