"""Where people sign in to a stage: its user pool, as page and published contract are told."""

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

from infra.aws.account import StackError
from infra.provider import Provider

PATIENCE_SECONDS = 60
"""How long a pool may take to know of its domain."""

_REQUEST_SECONDS = 15
_PAUSE_SECONDS = 1


def provider_of(outputs: Mapping[str, str]) -> Provider | None:
    """That of a stage with these outputs; None where nobody signs in. Raises StackError.

    The contract that is published names the pool's own address: a relative one would be looked for
    at the API (OpenAPI 3.0.3, Relative References in URLs). The page, which may speak to few hosts,
    gets a copy.
    """
    if "SignInClient" not in outputs:
        return None
    domain = outputs["SignInUrl"]
    return Provider(
        discovery=outputs["DiscoveryUrl"],
        client=outputs["SignInClient"],
        authorize=f"{domain}/oauth2/authorize",
        token=f"{domain}/oauth2/token",
        logout=f"{domain}/logout",
        document=_discovered(outputs["DiscoveryUrl"]),
    )


def _discovered(url: str) -> dict[str, Any]:
    """The pool's document, which has the addresses for signing in as soon as it has a domain."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "authorization_endpoint" not in (found := _answer(url)):
        if time.monotonic() > deadline:
            raise StackError(
                f"{url} does not say where people sign in. Open it in a browser, and deploy again."
            )
        time.sleep(_PAUSE_SECONDS)
    return found


def _answer(url: str) -> dict[str, Any]:
    """Nothing while it cannot be had."""
    try:
        with urllib.request.urlopen(url, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
            found: dict[str, Any] = json.loads(response.read())
    except (OSError, ValueError):
        return {}
    return found
