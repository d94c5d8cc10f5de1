"""Lists: walked while others write, and of 100,000 items."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any

from service.stores import OWNER, Position, Scope
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.forked_servers import Forked
from tests.soak.ground import Api, Effort, Ground, at_once
from tests.soak.tally import Tally

STABLE = 60
"""Items that nobody touches."""
CHURNERS = 4
LIMITS = (7, 25, 100)

SCOPE = Scope("todos", OWNER)
ITEMS = 100_000
FEW = 100
PAGE = 25
MOST_TIMES = 1.5
"""A page of many items costs as much as the first of few: CPU is not measured closer here, and
beside other tests not at all. What SQLite does for a page is counted in tests/stores."""

Ask = Callable[[str, str, Any], Any]
"""The JSON of an answer, None if it has none."""


def churned_lists(ground: Ground, effort: Effort) -> Tally:
    """Walks through a list that others write to: what stays is seen exactly once."""
    tally = Tally()
    half = Effort(time.monotonic() + (effort.until - time.monotonic()) / 2, effort.part)
    with ground.server(ground.folder / "churned.db") as server:
        _churn(lambda: _over_http(server), half, tally)
    with ground.on_dynamodb(ground.table()) as service:
        _churn(lambda: nullcontext(_in_process(service)), effort, tally)
    return tally


@contextmanager
def _over_http(server: Forked) -> Iterator[Ask]:
    with Api(server.port) as api:

        def ask(method: str, path: str, body: Any) -> Any:
            answer = api.ask(method, path, body)
            return answer.json if answer.body else None

        yield ask


def _in_process(service: Client) -> Ask:
    def ask(method: str, path: str, body: Any) -> Any:
        reply = service.request(method, path, body)
        return reply.json if reply.body else None

    return ask


def _churn(
    connect: Callable[[], AbstractContextManager[Ask]], effort: Effort, tally: Tally
) -> None:
    over = Event()

    def write(number: int) -> None:
        with connect() as ask:
            _write(ask, random.Random(number), over)  # noqa: S311

    def walk() -> None:
        try:
            with connect() as ask:
                _walk(ask, stable, effort, tally)
        finally:
            over.set()

    with connect() as ask:
        numbers = range(effort.of(STABLE, 10))
        stable = {ask("POST", "/todos", {"title": f"{number}"})["id"] for number in numbers}
    at_once(lambda number: write(number) if number else walk(), 1 + CHURNERS)


def _write(ask: Ask, chance: random.Random, over: Event) -> None:
    """Create, update and delete items of its own, of which there are ever at most 20."""
    own: list[str] = []
    while not over.is_set():
        own.append(ask("POST", "/todos", {"title": "Passing"})["id"])
        ask("PUT", f"/todos/{chance.choice(own)}", {"completed": chance.random() < 0.5})
        if len(own) == 20:
            ask("DELETE", f"/todos/{own.pop(chance.randrange(20))}", None)


def _walk(ask: Ask, stable: set[str], effort: Effort, tally: Tally) -> None:
    for number in effort.rounds():
        for query in ("", "&completed=false"):
            walk = f"limit={LIMITS[number % len(LIMITS)]}{query}"
            seen = Counter(_walked(ask, f"/todos?{walk}", tally))
            tally.lost += [f"{id} in a walk with {walk}" for id in stable if not seen[id]]
            doubled = [id for id in stable if seen[id] > 1]
            tally.expect(not doubled, f"a walk with {walk} showed {doubled} twice")


def _walked(ask: Ask, target: str, tally: Tally) -> Iterator[str]:
    """The ids of a list, page after page."""
    cursor = ""
    while True:
        page = ask("GET", f"{target}{cursor}", None)
        tally.held += 1
        yield from (item["id"] for item in page["items"])
        if "next" not in page:
            return
        cursor = f"&cursor={page['next']}"


def large_lists(ground: Ground, effort: Effort) -> Tally:
    """Pages of 100,000 items cost what the first page of 100 does, wherever they are."""
    tally, many = Tally(), effort.of(ITEMS, 5_000)
    files = {number: ground.folder / f"{number}.db" for number in (FEW, many)}
    for number, file in files.items():
        _fill(file, number)
    pages = {"first": many, "middle": many // 2, "last": PAGE}
    with (
        closing(SQLiteStore(files[FEW], ground.contract.filters)) as few,
        closing(SQLiteStore(files[many], ground.contract.filters)) as store,
    ):
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for _ in effort.rounds():
            for _ in range(20):
                usual = _seconds(few, FEW, tally)
                for name, before in pages.items():
                    taken[name].append(_seconds(store, before, tally) / usual)
    times = {name: median(each) for name, each in taken.items()}
    for name, found in times.items():
        well = found <= MOST_TIMES or effort.part < 1
        tally.expect(well, f"the {name} page costs {found:.2f} times one of 100")
    words = ", ".join(f"{name} {found:.2f}" for name, found in times.items())
    tally.measured = f"times a page of {FEW} items: {words}"
    return tally


def _fill(path: Path, items: int) -> None:
    """A file of so many to-dos, the first created at 0, the next at 1."""
    SQLiteStore(path, {}).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            """WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
            INSERT INTO items SELECT i, ?, ?, i, i, NULL,
            json_object('id', i, 'title', 'To-do', 'completed', json('false')) FROM n""",
            (items, *SCOPE),
        )


def _seconds(store: SQLiteStore, before: int, tally: Tally) -> float:
    """CPU of a page of what was created before that."""
    began = time.thread_time()
    page = store.list(SCOPE, {}, PAGE, Position(before, ""))
    seconds = time.thread_time() - began
    ids = [int(item.values["id"]) for item in page.items]
    tally.hold(ids == list(range(before - 1, before - 1 - PAGE, -1)), f"a page has {ids}")
    return seconds
