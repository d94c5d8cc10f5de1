"""The OpenID provider of an API: where people sign in, as the page and clients are told."""

from dataclasses import dataclass

from service.contract.document import Json


@dataclass(frozen=True)
class Provider:
    """Addresses are URLs, or paths of the site that tells them."""

    discovery: str
    """Of the document that tells all others (OpenID Connect Discovery 1.0, 4)."""
    client: str
    """The application that the page is, and whoever else signs people in. No secret."""
    authorize: str
    token: str
    logout: str | None = None
    """Where a browser signs out in Cognito's way; without it, as discovery says."""
    document: dict[str, Json] | None = None
    """What discovery answers, if the site is to have a copy: a page may not ask every host."""
