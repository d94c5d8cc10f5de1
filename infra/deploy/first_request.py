"""The first answer: one real request through the address that a deployment prints."""

import time
import urllib.error
import urllib.request

from infra.aws.account import StackError
from service.contract.model import Contract, Kind

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
    kinds = {each.kind: each for each in contract.operations.values()}
    if Kind.LIST in kinds:
        return kinds[Kind.LIST].path, "200"
    if Kind.GET in kinds:
        collection = kinds[Kind.GET].collection
        return f"{collection.path}/00000000-0000-4000-8000-000000000000", "404"
    return next(iter(contract.operations.values())).collection.path, "405"


def _status(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=_REQUEST_SECONDS) as response:  # noqa: S310 - AWS's own address
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except OSError as error:
        return str(error)
