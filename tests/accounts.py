"""Accounts on the engines, one for each test.

The conftest of a room imports the fixtures that it needs, and those of `tests.engines` behind them.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count

import pytest
from botocore.loaders import JSONFileLoader

from infra.aws.account import Account
from tests.engines import Strictness

_numbers = count(100_000_000_001)


@pytest.fixture(scope="session", autouse=True)
def quick_clients() -> Iterator[None]:
    """Every account has clients of its own; botocore need not read its files anew for each.

    The engines are on this machine, and are asked again sooner than AWS would be.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.aws.pauses._FIRST_SECONDS", 0.02)
        patch.setattr("infra.aws.logs._PAUSE_SECONDS", 0.05)
        patch.setattr(JSONFileLoader, "load_file", cache(JSONFileLoader.load_file))
        patch.setattr(JSONFileLoader, "__eq__", lambda *_: True)
        patch.setattr(JSONFileLoader, "__hash__", lambda _: 0)
        yield


@pytest.fixture
def account(ministack: str, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account in which there is nothing: ministack has one for every key of 12 digits."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(next(_numbers)))
    return Account()


@pytest.fixture
def strict_account(
    strict: Strictness,  # noqa: ARG001 - it says whether there is such an engine
    strict_ministack: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Account:
    """As `account`, with an engine that refuses what AWS refuses."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", strict_ministack)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(next(_numbers)))
    return Account()
