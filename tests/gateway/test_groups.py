"""Requests that come together share a transaction of the embedded store, and nobody notices."""

import asyncio
import io
import json
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra.gateway.groups import MOST_READS, MOST_WRITES, Groups
from infra.gateway.import_document import import_document
from infra.gateway.lines import Lines
from infra.gateway.local import Gateway
from infra.gateway.workers import Workers
from service.application import create_app
from service.proxy import create_handler
from service.stores import OWNER, Position, Scope
from service.stores.sqlite import SQLiteStore
from tests.contracts import TODOS, load
from tests.gateway.client import GatewayClient
from tests.servers import Answer
from tests.stores.test_sqlite import opened  # noqa: F401

MISSING = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
CONTRACT = load(TODOS)
DOCUMENT = import_document(CONTRACT)
WAIT_SECONDS = 600.0


class House:
    """The to-do API on a file, behind a gateway. `logged` are the statuses in its log."""

    def __init__(self, store: SQLiteStore) -> None:
        self._log = io.BytesIO()
        lines = Lines(io.TextIOWrapper(self._log))
        handler = create_handler(create_app(CONTRACT, store), lines.write)
        self.gateway = Gateway(handler, DOCUMENT, {}, groups=store.groups, lines=lines)
        self._client = GatewayClient(self.gateway)

    def together(self, *requests: tuple[Any, ...]) -> list[Answer]:
        """All of them at once: method, target, body, headers."""

        async def send() -> list[Answer]:
            return await asyncio.gather(*(self.send(*each) for each in requests))

        return asyncio.run(send())

    async def send(
        self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        fields = {} if body is None else {"Content-Type": "application/json"}
        given = [*fields.items(), *(headers or {}).items()]
        return await self._client.send(method, target, given, content)

    @property
    def logged(self) -> list[int]:
        return [json.loads(line)["status"] for line in self._log.getvalue().splitlines()]

    def titles(self) -> list[str]:
        (page,) = self.together(("GET", "/todos?limit=100"))
        return [item["title"] for item in page.json["items"]]


@pytest.fixture(autouse=True)
def _turns_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the machine pauses."""
    monkeypatch.setattr("service.stores.sqlite_file.WAIT_SECONDS", WAIT_SECONDS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "items.db"


@pytest.fixture
def house(path: Path) -> Iterator[House]:
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        yield House(store)


def create(title: str, **headers: str) -> tuple[Any, ...]:
    return "POST", "/todos", {"title": title}, headers


def statuses(answers: list[Answer]) -> list[int]:
    return [each.status for each in answers]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group takes whatever time it takes."""
    monkeypatch.setattr("infra.gateway.groups.MOST_SECONDS", 60)


@pytest.mark.usefixtures("patient")
def test_what_comes_together_is_kept_by_one_commit(path: Path, opened: Any) -> None:  # noqa: F811
    statements: list[str] = []
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house = House(store)
        opened[1].set_trace_callback(statements.append)
        assert statuses(house.together(*[create(str(n)) for n in range(12)])) == [201] * 12
        assert [statements.count(each) for each in ("BEGIN IMMEDIATE", "COMMIT")] == [1, 1]
        assert statements.count("SAVEPOINT call") == 12


@pytest.mark.usefixtures("patient")
def test_a_group_has_a_limit_and_the_rest_is_the_next(path: Path, opened: Any) -> None:  # noqa: F811
    statements: list[str] = []
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house = House(store)
        opened[1].set_trace_callback(statements.append)
        count = 3 * MOST_WRITES
        assert statuses(house.together(*[create(str(n)) for n in range(count)])) == [201] * count
    assert statements.count("COMMIT") == 3


def test_a_group_that_takes_long_ends_and_the_rest_is_the_next(
    path: Path,
    opened: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infra.gateway.groups.MOST_SECONDS", 0)
    statements: list[str] = []
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house = House(store)
        opened[1].set_trace_callback(statements.append)
        assert statuses(house.together(*[create(str(n)) for n in range(5)])) == [201] * 5
    assert statements.count("COMMIT") == 5


def test_one_key_twice_in_a_group_makes_one_item(house: House) -> None:
    again = {"Idempotency-Key": "k"}
    first, second, other = house.together(
        create("One", **again), create("One", **again), create("Two", **again)
    )
    assert statuses([first, second, other]) == [201, 201, 422]
    assert first.json == second.json
    assert house.titles() == ["One"]


def test_each_call_of_a_group_succeeds_or_fails_alone(house: House) -> None:
    (made,) = house.together(create("One"))
    item = f"/todos/{made.json['id']}"
    answers = house.together(
        create("Two"),
        ("PUT", f"/todos/{MISSING}", {"title": "No"}),
        ("PUT", item, {"title": "Stale"}, {"If-Match": '"other"'}),
        ("PUT", item, {"title": "First"}, {"If-Match": made.headers["etag"]}),
        ("PUT", item, {"title": "Late"}, {"If-Match": made.headers["etag"]}),
        ("DELETE", item, None, {"If-Match": made.headers["etag"]}),
        create("Three"),
    )
    assert statuses(answers) == [201, 404, 412, 200, 412, 412, 201]
    assert house.titles() == ["Three", "Two", "First"]
    assert len(house.logged) == 9


def test_a_write_that_was_answered_is_read_by_whoever_asks_next(house: House) -> None:
    async def make_then_read() -> list[int]:
        made = await house.send(*create("One"))
        read = await house.send("GET", f"/todos/{made.json['id']}")
        return [made.status, read.status]

    async def all_at_once() -> list[list[int]]:
        return await asyncio.gather(*(make_then_read() for _ in range(30)))

    assert asyncio.run(all_at_once()) == [[201, 200]] * 30


@pytest.mark.usefixtures("patient")
def test_a_disk_that_is_full_in_the_middle_of_a_group_keeps_none_of_it(
    path: Path,
    opened: Any,  # noqa: F811
) -> None:
    """SQLite undoes the whole transaction: those before were told nothing yet."""
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house = House(store)
        writer = opened[1]
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages + 8}")
        details = {"title": "Large", "description": "x" * 1900}
        answers = house.together(*[("POST", "/todos", details) for _ in range(40)])
        assert statuses(answers) == house.logged == [503] * 40
        assert {each.headers["retry-after"] for each in answers} == {"1"}
        assert house.titles() == []
        writer.execute("PRAGMA max_page_count = 1000000")
        assert statuses(house.together(create("Later"))) == [201]
        assert house.titles() == ["Later"]


@pytest.mark.usefixtures("patient")
def test_a_group_that_cannot_be_committed_is_told_so_and_passes(house: House) -> None:
    house.together(create("Before"))
    with no_file_grows():
        answers = house.together(*[create("Lost") for _ in range(5)])
    assert statuses(answers) == house.logged[1:] == [503] * 5
    assert statuses(house.together(create("Later"))) == [201]
    assert house.titles() == ["Later", "Before"]


@contextmanager
def no_file_grows() -> Iterator[None]:
    """SQLite gets EFBIG where a full disk gives ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_while_another_program_locks_the_file_reads_go_on_and_writes_wait(
    house: House, path: Path
) -> None:
    (made,) = house.together(create("One"))

    async def meanwhile() -> tuple[list[int], int]:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(house.send(*create("Two")))
            reads = [await house.send("GET", f"/todos/{made.json['id']}") for _ in range(50)]
            assert not waiting.done()
            other.execute("ROLLBACK")
        return statuses(reads), (await waiting).status

    assert asyncio.run(meanwhile()) == ([200] * 50, 201)


class Clock:
    """Whoever asks first is told another time, so many seconds away; all others what it is."""

    def __init__(self, first: float) -> None:
        self._away = [first]

    def monotonic(self) -> float:
        return time.monotonic() + (self._away.pop() if self._away else 0)


def test_whoever_waits_too_long_for_the_lock_is_told_and_later_ones_are_not(
    house: House, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.gateway.groups.time", Clock(-2 * WAIT_SECONDS))

    async def meanwhile() -> list[int]:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            first = asyncio.create_task(house.send(*create("First")))
            second = asyncio.create_task(house.send(*create("Second")))
            told = await first
            assert not second.done()
            other.execute("ROLLBACK")
        return statuses([told, await second])

    assert asyncio.run(meanwhile()) == house.logged == [503, 201]
    assert house.titles() == ["Second"]


def test_a_damaged_file_is_told_of_each_read(path: Path) -> None:
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        House(store).together(*[create("x" * 200) for _ in range(50)])
    whole = path.read_bytes()
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house = House(store)
        path.write_bytes(b"\xa5" * len(whole))
        assert statuses(house.together(*[("GET", "/todos")] * 3)) == house.logged == [503] * 3


def test_a_thread_of_its_own_gets_its_turn_among_groups(path: Path) -> None:
    scope = Scope("todos", OWNER)
    with closing(SQLiteStore(path, CONTRACT.filters)) as store:
        house, stop = House(store), threading.Event()

        def write() -> None:
            for number in range(20):
                store.create(scope, Position(number, str(number)), {"title": "Alone"}, "t", None)

        async def client() -> None:
            while not stop.is_set():
                assert (await house.send(*create("Together"))).status == 201

        async def all_at_once() -> None:
            clients = [asyncio.create_task(client()) for _ in range(20)]
            await asyncio.to_thread(write)
            stop.set()
            await asyncio.gather(*clients)

        asyncio.run(all_at_once())
        assert house.logged == [201] * len(house.logged)


def test_functions_are_called_in_threads_of_their_own(path: Path) -> None:
    def handler(*_: Any) -> dict[str, Any]:
        return {"body": str(threading.get_ident())}

    with closing(SQLiteStore(path, {})) as store:
        functions = {("POST", "/todos")}
        gateway = Gateway(handler, DOCUMENT, {}, groups=store.groups, functions=functions)
        client = GatewayClient(gateway)
        body = b'{"title": "One"}'
        answers = [
            client.request("POST", "/todos", [("Content-Type", "application/json")], body),
            client.request("GET", "/todos"),
        ]
    here = str(threading.get_ident()).encode()
    assert [each.body == here for each in answers] == [False, True]


# -- whatever is called ------------------------------------------------------------------------


Call = Callable[[Any], Any]
Make = Callable[[Call], Groups]


@pytest.fixture
def groups_of(path: Path) -> Iterator[Make]:
    with closing(SQLiteStore(path, {})) as store:
        yield lambda work: Groups(work, store.groups, Workers(work))


@pytest.mark.parametrize("writes", [False, True])
def test_nobody_is_served_twice_while_another_one_waits(groups_of: Make, writes: bool) -> None:
    """A client that was answered asks again at once."""
    served: list[int] = []
    groups = groups_of(served.append)

    async def client(number: int) -> None:
        for _ in range(20):
            await groups.call(number, writes=writes)

    async def all_clients() -> None:
        await asyncio.gather(*map(client, range(50)))

    asyncio.run(all_clients())
    assert len(served) == 50 * 20
    for beginning in range(0, len(served), 50):
        assert len({*served[beginning : beginning + 50]}) == 50


def test_reads_are_made_a_few_at_a_time(groups_of: Make) -> None:
    made = 0

    def work(_: Any) -> None:
        nonlocal made
        made += 1

    async def watch() -> list[int]:
        groups = groups_of(work)
        calls = [asyncio.create_task(groups.call(None)) for _ in range(5 * MOST_READS)]
        seen = []
        while not all(call.done() for call in calls):
            seen.append(made)
            await asyncio.sleep(0)
        return [after - before for before, after in pairwise(seen)]

    assert max(asyncio.run(watch())) <= MOST_READS


def test_calls_are_made_in_the_thread_of_the_loop(groups_of: Make) -> None:
    async def ask() -> set[int]:
        groups = groups_of(lambda _: threading.get_ident())
        calls = [groups.call(None, writes=writes) for writes in (False, True)]
        return {*await asyncio.gather(*calls)}

    assert asyncio.run(ask()) == {threading.get_ident()}


def test_calls_that_might_have_to_wait_are_made_in_another_thread(
    groups_of: Make, path: Path
) -> None:
    """No transaction begins in a file of which nothing is left."""
    for each in path.parent.glob("items.db*"):
        each.write_bytes(b"\xa5" * each.stat().st_size)
    groups = groups_of(lambda _: threading.get_ident())
    assert asyncio.run(groups.call(None)) != threading.get_ident()


def test_calls_that_were_given_up_are_not_made(groups_of: Make) -> None:
    made: list[int] = []

    async def give_up() -> None:
        groups = groups_of(made.append)
        calls = [
            asyncio.create_task(groups.call(number, writes=bool(number % 2))) for number in range(4)
        ]
        await asyncio.sleep(0)
        for call in calls[:2]:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(give_up())
    assert sorted(made) == [2, 3]


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize(
    ("error", "raised"),
    [(LookupError(), LookupError), (StopIteration(), RuntimeError), (SystemExit(), RuntimeError)],
    ids=repr,
)
def test_a_call_that_fails_ends_nothing_else(
    groups_of: Make, error: BaseException, raised: type[Exception], writes: bool
) -> None:
    def work(fails: bool) -> str:
        if fails:
            raise error
        return "well"

    async def fail_then_work() -> Any:
        groups = groups_of(work)
        with pytest.raises(raised):
            await groups.call(True, writes=writes)
        return await groups.call(False, writes=writes)

    assert asyncio.run(fail_then_work()) == "well"
