"""The OpenID provider of an API: where people sign in, for the page and for clients."""

from dataclasses import dataclass

from service.contract.document import Json


@dataclass(frozen=True)
class Provider:
    """Where people sign in; addresses are URLs, or paths of the site."""

    discovery: str
    """The address of the discovery document (OpenID Connect Discovery 1.0, 4)."""
    client: str
    """The client id of the page, and of other applications that sign people in. Not a secret."""
    authorize: str
    token: str
    logout: str | None = None
    """Where a browser signs out in Cognito's way; None to sign out as discovery says."""
    document: dict[str, Json] | None = None
    """The discovery document, if the site needs a copy: a page may not connect to every host."""
