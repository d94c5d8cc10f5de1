"""Sixteen threads at once lose nothing and double nothing."""

import random
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from service.stores import Position, Scope, Store, TokenStale

THREADS = 16
INCREMENTS = 8
KEYS = 50
PATIENCE = 600
"""Seconds that end what hangs."""

Answer = TypeVar("Answer")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that pauses is no reason to give up one's turn to write."""
    monkeypatch.setattr("service.stores.sqlite_file.WAIT_SECONDS", PATIENCE)


@pytest.fixture
def scope() -> Scope:
    return Scope("todos", uuid.uuid4().hex)


@pytest.fixture
def counter(store: Store, scope: Scope) -> str:
    """The id of an item that counts from 0."""
    id = uuid.uuid4().hex
    store.create(scope, Position(0, id), {"id": id, "count": 0}, token(), None)
    return id


def test_conditional_updates_lose_nothing(store: Store, scope: Scope, counter: str) -> None:
    all_have_read = Barrier(THREADS, timeout=PATIENCE)

    def increment(then: Callable[[], object] = lambda: None) -> None:
        item = store.get(scope, counter)
        then()
        changes = {"count": item.values["count"] + 1}
        store.update(scope, counter, changes, token(), [item.token])

    def count_up() -> int:
        collided = is_stale(lambda: increment(all_have_read.wait))
        for _ in range(INCREMENTS - 1 + collided):
            while is_stale(increment):
                time.sleep(random.uniform(0, 0.1))  # noqa: S311
        return collided

    assert sum(at_once(count_up)) == THREADS - 1
    assert store.get(scope, counter).values["count"] == THREADS * INCREMENTS


def test_unconditional_updates_do_lose(store: Store, scope: Scope, counter: str) -> None:
    """The control: it is the condition that keeps what the test above finds."""
    all_have_read = Barrier(THREADS, timeout=PATIENCE)

    def increment() -> None:
        count = store.get(scope, counter).values["count"]
        all_have_read.wait()
        store.update(scope, counter, {"count": count + 1}, token(), None)

    at_once(increment)
    assert store.get(scope, counter).values["count"] == 1


def test_a_repeated_request_makes_one_item(store: Store, scope: Scope) -> None:
    keys = [uuid.uuid4().hex for _ in range(KEYS)]

    def create_all() -> list[str]:
        shuffled = random.sample(keys, KEYS)
        made = {
            key: store.create(scope, Position(0, key), {"id": key}, token(), f"request {key}").token
            for key in shuffled
        }
        return [made[key] for key in keys]

    answers = at_once(create_all)
    assert all(tokens == answers[0] for tokens in answers)
    page = store.list(scope, {}, 100, None)
    assert sorted(item.values["id"] for item in page.items) == sorted(keys)


def token() -> str:
    return uuid.uuid4().hex


def is_stale(write: Callable[[], None]) -> bool:
    """Whether somebody else wrote in between."""
    try:
        write()
    except TokenStale:
        return True
    return False


def at_once(work: Callable[[], Answer]) -> list[Answer]:
    barrier = Barrier(THREADS, timeout=PATIENCE)

    def start(_: int) -> Answer:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))
