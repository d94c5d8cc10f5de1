"""The service on a store of its own a test, one for each contract."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.application import create_app
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.contracts import CUSTOMERS, LIBRARY, TODOS, load

ServeContract = Callable[[Path], Client]


@pytest.fixture
def lines() -> list[str]:
    """What the service logged."""
    return []


@pytest.fixture
def serve(tmp_path: Path, lines: list[str]) -> Iterator[ServeContract]:
    """A client for a contract of any path."""
    stores: list[SQLiteStore] = []

    def serve(path: Path) -> Client:
        contract = load(path)
        stores.append(SQLiteStore(tmp_path / f"{len(stores)}.db", contract.filters))
        handler = create_handler(create_app(contract, stores[-1]), lines.append)
        return Client(handler, contract=contract)

    yield serve
    for store in stores:
        with closing(store):
            pass


@pytest.fixture
def todos(serve: ServeContract) -> Client:
    return serve(TODOS)


@pytest.fixture
def customers(serve: ServeContract) -> Client:
    return serve(CUSTOMERS)


@pytest.fixture
def library(serve: ServeContract) -> Client:
    return serve(LIBRARY)
