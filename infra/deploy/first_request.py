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
    path, expected = _request(contract)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := _status(api + path)) != expected:
        if time.monotonic() > deadline:
            raise StackError(
                f"GET {api}{path} is answered with {answer}, and not with {expected}. What the"
                " function says: `todo-api logs`."
            )
        time.sleep(_PAUSE_SECONDS)
    return f"GET {path} is answered with {expected}"


def _request(contract: Contract) -> tuple[str, str]:
    """A list, or an item that is not there, or a method that nobody declared."""
    by_rule = {each.rule: each for each in contract.operations.values() if each.is_derived}
    if Rule.LIST in by_rule:
        return by_rule[Rule.LIST].path, "200"
    if Rule.GET in by_rule:
        collection = by_rule[Rule.GET].collection
        missing = "1" if collection.integer_ids else "00000000-0000-4000-8000-000000000000"
        return f"{collection.path}/{missing}", "404"
    path = next(path for path, methods in contract.methods.items() if "GET" not in methods)
    return re.sub(r"\{[^{}]+\}", "1", path), "405"


def _status(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=_REQUEST_SECONDS) as response:  # noqa: S310 - AWS's own address
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return str(error)
