"""The first answer: one real request through the address that a deployment prints."""

import re
import time
import urllib.error
import urllib.request

from infra.aws.account import StackError
from service.contract.model import Contract
from service.contract.rules import Rule

PATIENCE_SECONDS = 60
"""How long a new API may take: its name, its permissions and its stage spread slowly."""

_REQUEST_SECONDS = 15
_PAUSE_SECONDS = 1


def first_answer(contract: Contract, api: str) -> str:
    """What was asked and answered, in words. Raises StackError."""
    method, path, expected = _request(contract)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := _status(method, api + path)) != expected:
        if time.monotonic() > deadline:
            raise StackError(
                f"{method} {api}{path} is answered with {answer}, and not with {expected}. What the"
                " function says: `todo-api logs`."
            )
        time.sleep(_PAUSE_SECONDS)
    return f"{method} {path} is answered with {expected}"


def _request(contract: Contract) -> tuple[str, str, str]:
    """A list, or an item that is not there, or a method that nobody declared: that proves as much,
    and calls no function, which may do anything."""
    by_rule = {each.rule: each for each in contract.operations.values() if each.is_derived}
    if Rule.LIST in by_rule:
        return "GET", by_rule[Rule.LIST].path, "200"
    if Rule.GET in by_rule:
        collection = by_rule[Rule.GET].collection
        missing = "1" if collection.integer_ids else "00000000-0000-4000-8000-000000000000"
        return "GET", f"{collection.path}/{missing}", "404"
    method, path = next(
        (method, path)
        for path, methods in contract.methods.items()
        for method in ("GET", "DELETE", "PUT", "PATCH", "POST")
        if method not in methods
    )
    return method, re.sub(r"\{[^{}]+\}", "1", path), "405"


def _status(method: str, url: str) -> str:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - AWS's own address
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return str(error)
