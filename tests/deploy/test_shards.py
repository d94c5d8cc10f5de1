"""Another number of shards, while lists are walked and items come and go: nothing is lost.

The indexes of this engine lag behind their table, each by itself.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.indexes import Indexes
from infra.aws.stage import Stage
from infra.deploy.fill import fill
from service.stores import Filters, Position, Scope
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_with
from service.stores.shards import indexes_in
from tests.aws.stages import nothing
from tests.engines import (  # noqa: F401
    Strictness,
    aws_environment,
    patient_client,
    patient_store,
    strict,
    strict_ministack,
    strictness,
)
from tests.stores.test_promises import pages

FILTERS: Filters = {"things": {"colour": None}}
STAYING = 120
LAG = 0.3
NOON = 1_700_000_000_000


class Table:
    """A table of one owner's items, and the store that the function has at present."""

    def __init__(self, account: Account, *shards: int) -> None:
        self.account = account
        self.name = f"Items-{uuid4().hex}"
        self.artifacts = Artifacts(account, Stage("dev"))
        self.artifacts.create()
        names = indexes_in(shards[0], FILTERS)
        account.client("dynamodb").create_table(**table_with(self.name, names))
        self.indexes = Indexes(account, self.name)
        self.scope = Scope("things", uuid4().hex)
        self.client = patient_client()
        self._calls: Counter[DynamoDBStore] = Counter()
        self._lock = threading.Lock()
        self._store = self.store_of(*shards)

    def store_of(self, *shards: int) -> DynamoDBStore:
        return patient_store(self.client, self.name, FILTERS, *shards)

    def serve(self, *shards: int) -> None:
        """From now on with these numbers of shards, as after an update of the stack.

        What was called before ends first: a deployment waits as long as the function may run.
        """
        with self._lock:
            before, self._store = self._store, self.store_of(*shards)
        wait_until(lambda: not self._calls[before])

    @contextmanager
    def store(self) -> Iterator[DynamoDBStore]:
        """The one that serves, for one call."""
        with self._lock:
            store = self._store
            self._calls[store] += 1
        try:
            yield store
        finally:
            with self._lock:
                self._calls[store] -= 1

    def put(self, created: int) -> str:
        id = str(uuid4())
        values = {"id": id, "colour": "red", "changed": 0}
        with self.store() as store:
            store.create(self.scope, Position(created, id), values, uuid4().hex, None)
        return id

    def walk(self, limit: int, **filters: Any) -> list[str]:
        """Page by page, each from the store that serves by then."""
        found: list[str] = []
        after: Position | None = None
        while True:
            with self.store() as store:
                page = store.list(self.scope, filters, limit, after)
            found += [item.values["id"] for item in page.items]
            if not (after := page.next):
                return found

    def found(self, shards: int, **filters: Any) -> set[str]:
        """What the indexes of a number of shards have by now."""
        listed = pages(partial(self.store_of(shards).list, self.scope, filters, 100))
        return {item.values["id"] for page in listed for item in page.items}


@pytest.fixture
def account(strict_ministack: str, monkeypatch: pytest.MonkeyPatch) -> Account:  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL", strict_ministack)
    return Account()


@pytest.fixture
def lagging(strict: Strictness) -> None:  # noqa: F811
    strict.set(index_lag=LAG, index_seconds=0.2)


class Crowd:
    """Items that stay, which may change, and writers who have others come and go beside them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.staying = [table.put(NOON + n // 3) for n in range(STAYING)]
        self._end = threading.Event()
        self._failed: list[BaseException] = []
        self._threads = [threading.Thread(target=self._churn, args=[n]) for n in range(2)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
        assert not self._failed

    def _churn(self, number: int) -> None:
        drawn, table = random.Random(number), self.table  # noqa: S311
        try:
            while not self._end.is_set():
                id = table.put(NOON + drawn.randrange(STAYING // 3))
                kept, changes = drawn.choice(self.staying), {"changed": drawn.random()}
                with table.store() as store:
                    store.update(table.scope, kept, changes, uuid4().hex, None)
                with table.store() as store:
                    store.delete(table.scope, id, None)
        except BaseException as error:
            self._failed.append(error)

    def check(self, limit: int, **filters: Any) -> None:
        """A walk to the end: newest first, none twice, and all that stay."""
        found = self.table.walk(limit, **filters)
        assert len(found) == len({*found}), "an item came twice"
        missing = {*self.staying} - {*found}
        assert not missing, f"{len(missing)} items of {len(self.staying)} are missing"
        order = [each for each in found if each in self.staying]
        assert order == sorted(order, key=self._position, reverse=True)

    def _position(self, id: str) -> tuple[int, str]:
        return self.staying.index(id) // 3, id

    def wait_for(self, shards: int) -> None:
        """Until those indexes have all that stay, which an update of a stack outlasts."""
        wait_until(lambda: self.table.found(shards) >= {*self.staying})
        wait_until(lambda: self.table.found(shards, colour="red") >= {*self.staying})


@contextmanager
def crowd_of(table: Table, shards: int) -> Iterator[Crowd]:
    crowd = Crowd(table)
    crowd.wait_for(shards)
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("lagging")
@pytest.mark.parametrize("shards", [1, 4, 16])
def test_walks_lose_and_double_nothing_while_items_come_and_go(
    account: Account, shards: int
) -> None:
    with crowd_of(Table(account, shards), shards) as crowd:
        for limit in (7, 25, 100):
            crowd.check(limit)
            crowd.check(limit, colour="red")


@pytest.mark.usefixtures("lagging")
@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (4, 16)])
def test_walks_lose_and_double_nothing_while_the_number_of_shards_changes(
    account: Account, before: int, after: int
) -> None:
    """The steps of a deployment, without its stack; walks go on all the time."""
    table = Table(account, before)
    with crowd_of(table, before) as crowd, walks_of(crowd):
        for name in indexes_in(after, FILTERS):
            table.indexes.settle(nothing)
            table.indexes.make(name)
        table.serve(before, after)
        fill(account, table.artifacts, table.name, FILTERS, nothing, after)
        table.indexes.settle(nothing)
        crowd.wait_for(after)
        table.serve(after, before)
        crowd.check(25)
        table.serve(before, after)  # taken back
        crowd.check(25)
        table.serve(after, before)
        for name in indexes_in(before, FILTERS):
            table.indexes.settle(nothing)
            table.indexes.remove(name)
        table.serve(after)
        crowd.check(100)


@contextmanager
def walks_of(crowd: Crowd) -> Iterator[None]:
    """Readers who walk again and again."""
    end = threading.Event()
    failed: list[BaseException] = []

    def read(limit: int, filters: dict[str, Any]) -> None:
        try:
            while not end.is_set():
                crowd.check(limit, **filters)
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=read, args=[limit, filters])
        for limit, filters in ((11, {}), (25, {"colour": "red"}))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert not failed, failed
