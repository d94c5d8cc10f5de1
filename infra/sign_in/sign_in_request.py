"""Requests to sign in: what an application asks for, checked against its registration.

RFC 6749, 4.1.1 (authorization request); RFC 7636, 4.3 (proof key for code exchange); RFC 9700, 2.1
(redirect URIs are compared exactly, and PKCE is demanded).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from infra.sign_in.tokens import OPENID

_OF_OPENID = {OPENID, "email", "profile"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 hash in base64url."""

Parameters = Mapping[str, str]


class NotRegistered(Exception):
    """A request of an unknown application; the browser must not be sent back to its address."""


class NotAllowed(Exception):
    """A request whose refusal is reported to its application (RFC 6749, 4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True)
class Application:
    """An application that may sign people in."""

    client: str
    scopes: frozenset[str]
    addresses: tuple[str, ...]
    """The addresses that people may be sent back to, compared exactly."""


@dataclass(frozen=True)
class SignInRequest:
    """A request that may be granted."""

    address: str
    scope: str
    state: str | None
    challenge: str
    nonce: str | None

    def back(self, **parameters: str) -> str:
        """The address to go back to, with the application's state."""
        return back(self.address, self.state, parameters)


def back(address: str, state: str | None, parameters: Parameters) -> str:
    told = parameters if state is None else {**parameters, "state": state}
    return f"{address}?{urlencode(told)}"


def parameters_of(text: bytes) -> Parameters:
    """The parameters of a query or a form, without duplicate ones (RFC 6749, 3.1)."""
    found = parse_qs(text.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def address_of(parameters: Parameters, application: Application, name: str) -> str:
    """The address that an application wants people sent back to. Raises NotRegistered."""
    address = parameters.get(name)
    if parameters.get("client_id") != application.client:
        raise NotRegistered("'client_id' is not an application that is known here.")
    if address is None or address not in application.addresses:
        known = " or ".join(application.addresses)
        raise NotRegistered(f"'{name}' is not an address of this application: {known}")
    return address


def sign_in_request(parameters: Parameters, application: Application) -> SignInRequest:
    """The request in these parameters. Raises NotRegistered, NotAllowed."""
    address = address_of(parameters, application, "redirect_uri")
    if parameters.get("response_type") != "code":
        raise NotAllowed("unsupported_response_type", "Only 'code' is.")
    challenge = parameters.get("code_challenge", "")
    if parameters.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise NotAllowed("invalid_request", "A code_challenge is needed, by the method S256.")
    state, nonce = parameters.get("state"), parameters.get("nonce")
    return SignInRequest(address, _scope(parameters, application.scopes), state, challenge, nonce)


def _scope(parameters: Parameters, known: frozenset[str]) -> str:
    """The scopes asked for; without any, all of them, as at Cognito."""
    asked = parameters.get("scope", "").split()
    for each in asked:
        if each not in _OF_OPENID | known:
            raise NotAllowed("invalid_scope", f"{each} is not a scope of this API.")
    return " ".join(asked or [OPENID, *sorted(known)])
