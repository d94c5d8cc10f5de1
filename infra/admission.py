"""Admission: how the callers of a closed contract are let in, on this machine."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from infra.gateway import credentials, keys
from infra.gateway.credentials import Credential, local_credentials
from infra.gateway.identity import Identity
from infra.gateway.keys import Keys
from infra.gateway.local import Answer
from infra.gateway.secrets import FOLDER
from infra.provider import Provider
from infra.sign_in.prefix import AUTHORIZE, DISCOVERY, LOGOUT, TOKEN, NoPrefix, free_prefix
from service.contract.document import Json
from service.contract.model import Contract
from service.contract.security import OPEN, PersonScheme

IDENTITY = "identity.json"


class CannotAdmit(Exception):
    """Nobody could sign in like this; the message says what to do."""


@dataclass(frozen=True)
class Admission:
    """What the local gateway needs to let callers in; the lines of `told` say how to get in."""

    identity: Identity | None = None
    provider: Provider | None = None
    sign_in: Mapping[str, Answer] = field(default_factory=dict)
    keys: Keys | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    told: tuple[tuple[str, str], ...] = ()


def admission(contract: Contract, client: str, url: str, options: Namespace) -> Admission:
    """The admission of a contract's callers to a server at `url`; `options` are those of `serve`.

    Raises CannotAdmit, OSError.
    """
    if bool(options.issuer) != bool(options.client):
        raise CannotAdmit("--issuer and --client go together: tokens are for one application.")
    schemes = contract.schemes
    people = _people(contract, schemes.person, client, url, options)
    told = [*people.told]
    if schemes.key is not None:
        told.append(("Keys", "todo-api keys create NAME makes one, to be sent as X-Api-Key"))
    if schemes.service is not None:
        told.append(("Services", f"sign with the credentials in {FOLDER / credentials.FILE}"))
    return Admission(
        people.identity,
        people.provider,
        people.sign_in,
        Keys(FOLDER / keys.FILE) if schemes.key is not None else None,
        local_credentials(FOLDER) if schemes.service is not None else {},
        tuple(told),
    )


def is_loopback(url: str) -> bool:
    """Whether only this machine can call a server that listens there."""
    return ip_address(urlsplit(url).hostname or "").is_loopback


def warning(contract: Contract, url: str, options: Namespace) -> str:
    """What others can do who can reach this machine; empty if nobody can."""
    if is_loopback(url):
        return ""
    reach = "Everyone who can reach this machine can"
    if contract.schemes.person and not options.issuer:
        return f"{reach} sign in as anybody, and read and change the data.\n"
    opened = [each.id for each in contract.operations.values() if each.access == OPEN]
    if len(opened) == len(contract.operations):
        return f"{reach} read and change the data.\n"
    return f"{reach} call what is open: {', '.join(opened)}.\n" if opened else ""


def _people(
    contract: Contract, scheme: PersonScheme | None, client: str, url: str, options: Namespace
) -> Admission:
    if scheme is None:
        if options.issuer:
            raise CannotAdmit("The contract asks nobody to sign in. Leave --issuer out.")
        return Admission()
    return _elsewhere(url, options) if options.issuer else _here(contract, client, url, options)


def _here(contract: Contract, client: str, url: str, options: Namespace) -> Admission:
    """Admission through this server's own sign-in page, where any name will do."""
    if not is_loopback(url) and not options.anyone_signs_in:
        raise CannotAdmit(
            f"Everyone who can reach {url} could sign in as anybody: the sign-in page asks for no"
            " password. Serve it with --host 127.0.0.1, or let people sign in elsewhere (--issuer"
            " URL --client ID), or use --anyone-signs-in."
        )
    # Imported here: an open contract needs no cryptography.
    from infra.sign_in.sign_in import SignIn
    from infra.sign_in.sign_in_request import Application
    from infra.sign_in.signing_key import UnreadableKey, kept_key

    try:
        prefix = free_prefix(
            {each.path for each in contract.operations.values()}, options.base_path
        )
        key = kept_key(FOLDER / IDENTITY)
    except (NoPrefix, UnreadableKey) as error:
        raise CannotAdmit(str(error)) from error
    scopes = frozenset(contract.schemes.person.scopes if contract.schemes.person else ())
    application = Application(client, scopes, _addresses(url))
    sign_in = SignIn(key, url + prefix, application, contract.title)
    provider = Provider(
        prefix + DISCOVERY, client, prefix + AUTHORIZE, prefix + TOKEN, prefix + LOGOUT
    )
    return Admission(
        Identity(sign_in.issuer, client, sign_in.key),
        provider,
        sign_in.answers,
        told=(("Sign in", f"{url}/ under any name: this is for this machine only"),),
    )


def _addresses(url: str) -> tuple[str, ...]:
    """The page's addresses, one for each name that a browser may use for this server."""
    port = urlsplit(url).port
    names = (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/", f"{url}/")
    return tuple(dict.fromkeys(names))


def _elsewhere(url: str, options: Namespace) -> Admission:
    # Imported here: an open contract needs no cryptography.
    from infra.gateway.issuer import IssuerUnavailable, discovered, published_identity

    try:
        found = discovered(options.issuer)
        identity = published_identity(options.issuer, options.client)
    except IssuerUnavailable as error:
        raise CannotAdmit(str(error)) from error
    home = f"http://localhost:{urlsplit(url).port}/"
    return Admission(
        identity,
        _provider(options.issuer, found, options.client),
        told=(("Sign in", f"{home} as {options.issuer} says, which has to know this address"),),
    )


def _provider(issuer: str, found: dict[str, Json], client: str) -> Provider:
    """A remote provider, of whose document the site has a copy."""
    authorize, token = found.get("authorization_endpoint"), found.get("token_endpoint")
    if not isinstance(authorize, str) or not isinstance(token, str):
        raise CannotAdmit(
            f"{issuer} names no authorization_endpoint and token_endpoint, where people sign in."
            " A user pool of Cognito has them once it has a domain."
        )
    host = urlsplit(issuer).hostname or ""
    is_cognito = host.startswith("cognito-idp.")
    return Provider(
        issuer.removesuffix("/") + DISCOVERY,
        client,
        authorize,
        token,
        authorize.removesuffix(AUTHORIZE) + LOGOUT if is_cognito else None,
        found,
    )
