"""People who sign in, at a local sign-in, as a browser would for them."""

import http.client
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from email.message import Message
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Values = dict[str, Any]


@dataclass(frozen=True)
class Proof:
    """What only who asked for a code knows (RFC 7636)."""

    verifier: str

    @property
    def challenge(self) -> str:
        digest = sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


def proof() -> Proof:
    return Proof(secrets.token_urlsafe(32))


def claims_of(token: str) -> Values:
    """What a token says, whoever signed it."""
    body = token.split(".")[1]
    found: Values = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


class Door:
    """The sign-in of a server, by its discovery document; `client` is what `config.js` names."""

    def __init__(self, url: str, client: str, discovery: str) -> None:
        self.client = client
        self.home = f"{url}/"
        self._parts = urlsplit(url)
        self.told: Values = json.loads(self.ask("GET", discovery)[2])

    def ask(
        self, method: str, address: str, body: str | None = None, **headers: str
    ) -> tuple[int, Message, bytes]:
        parts = urlsplit(address)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        host = self._parts.hostname or ""
        connection = http.client.HTTPConnection(host, self._parts.port, timeout=300)
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def code(self, name: str, scope: str | None, challenge: str) -> str:
        """Signs in under a name, and allows the application what it asks for."""
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.home,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({} if scope is None else {"scope": scope}),
        }
        authorize = f"{self.told['authorization_endpoint']}?{urlencode(query)}"
        form = self.ask("GET", authorize)[1]["location"]
        fields = {"Content-Type": "application/x-www-form-urlencoded"}
        back = self.ask("POST", form, urlencode({"person": name}), **fields)[1]["location"]
        return query_of(back)["code"]

    def token(self, **form: str) -> Values:
        body = urlencode({"client_id": self.client, **form})
        fields = {"Content-Type": "application/x-www-form-urlencoded"}
        found: Values = json.loads(self.ask("POST", self.told["token_endpoint"], body, **fields)[2])
        return found

    def signed_in(self, name: str, scope: str | None = None) -> Values:
        """The tokens of a person: by default with all scopes that there are."""
        own = proof()
        return self.token(
            grant_type="authorization_code",
            code=self.code(name, scope, own.challenge),
            redirect_uri=self.home,
            code_verifier=own.verifier,
        )
