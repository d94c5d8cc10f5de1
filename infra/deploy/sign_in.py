"""Where people sign in to a stage: its user pool, for the page and the published contract."""

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

from infra.aws.account import StackError
from infra.provider import Provider

PATIENCE_SECONDS = 60
"""How long a pool may take to publish its domain."""

_REQUEST_SECONDS = 15
_PAUSE_SECONDS = 1


def provider_of(outputs: Mapping[str, str]) -> Provider | None:
    """The provider of a stage with these outputs; None if nobody signs in. Raises StackError.

    The published contract has the pool's own address: a relative one would be resolved against
    the API (OpenAPI 3.0.3, Relative References in URLs). The page, which may connect to few hosts,
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
    """The pool's discovery document, which has the sign-in addresses once there is a domain."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "authorization_endpoint" not in (found := _answer(url)):
        if time.monotonic() > deadline:
            raise StackError(
                f"{url} does not say where people sign in. Open it in a browser, and deploy again."
            )
        time.sleep(_PAUSE_SECONDS)
    return found


def _answer(url: str) -> dict[str, Any]:
    """The response; empty while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
            found: dict[str, Any] = json.loads(response.read())
    except (OSError, ValueError):
        return {}
    return found
