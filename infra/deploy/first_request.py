"""The first request: a real one, to the address that a deployment prints."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

from infra.aws.account import StackError
from service.contract.model import Contract
from service.contract.rules import Rule
from service.contract.security import OPEN, Access, Kind

PATIENCE_SECONDS = 60
"""How long a new API may take: its name, permissions and stage propagate slowly."""

_REQUEST_SECONDS = 15
_PAUSE_SECONDS = 1


def first_answer(contract: Contract, api: str) -> str:
    """The request and its response, in words. Raises StackError."""
    method, path, expected = _request(contract)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := _status(method, api + path)) != expected:
        if time.monotonic() > deadline:
            raise StackError(
                f"{method} {api}{path} returned {answer} instead of {expected}. What the"
                " function says: `todo-api logs`."
            )
        time.sleep(_PAUSE_SECONDS)
    return f"{method} {path} is answered with {expected}"


def _request(contract: Contract) -> tuple[str, str, str]:
    """A request that creates nothing, and calls no function, which could do anything: an open
    operation if there is one. From a closed one a refusal is expected, which proves only the
    gateway."""
    asked = [*_known(contract), *_undeclared(contract)]
    first = min(asked, key=lambda each: each.access != OPEN)
    return first.method, first.path, _refused(first.access) or first.status


class _Request(NamedTuple):
    method: str
    path: str
    status: str
    """What the service answers if the gateway lets the request through."""
    access: Access


def _known(contract: Contract) -> Iterator[_Request]:
    """Requests for a list, or for an item that does not exist."""
    for each in contract.operations.values():
        if each.is_derived and each.rule is Rule.LIST:
            yield _Request("GET", each.path, "200", each.access)
    for each in contract.operations.values():
        if each.is_derived and each.rule is Rule.GET:
            collection = each.collection
            missing = "1" if collection.integer_ids else "00000000-0000-4000-8000-000000000000"
            yield _Request("GET", f"{collection.path}/{missing}", "404", each.access)


def _undeclared(contract: Contract) -> Iterator[_Request]:
    """Requests with undeclared methods, which prove as much."""
    for path, methods in contract.methods.items():
        for method in ("GET", "DELETE", "PUT", "PATCH", "POST"):
            if method not in methods:
                filled = re.sub(r"\{[^{}]+\}", "1", path)
                yield _Request(method, filled, "405", contract.undeclared(path))


def _refused(access: Access) -> str | None:
    """How API Gateway refuses a request without credentials. AWS: Gateway response types."""
    if access.caller is Kind.PERSON:
        return "401"
    return None if access == OPEN else "403"


def _status(method: str, url: str) -> str:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - AWS's own address
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return str(error)
