"""Lists of several shards: what a page costs, and how long it takes, held against one shard.

Every number of shards has a table of its own, with the same items, in an engine on this machine
that answers each query after a few milliseconds. Only the store is measured.
"""

import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from service.stores import Position, Scope
from service.stores.dynamodb import DynamoDBStore
from tests.benchmarks.cases import PAGE, SCOPE, SENT
from tests.benchmarks.serving import BEFORE
from tests.benchmarks.venvs import ROOT
from tests.contracts import TODOS, load
from tests.engines import aws_credentials, patient_client, patient_store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECTION = "Lists of several shards"
"""Of `docs/figures.md`."""

SHARDS = (1, 4, 16)
PAGES = 10

METERED = {"queries": "queries", "units": "read units"}
TIMED = {"cpu": "CPU, times that of one shard", "latency": "latency, times that of one shard"}


@dataclass
class Meter:
    """A client of DynamoDB that counts the queries, and what they consume."""

    client: Any
    queries: int = 0
    units: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def put_item(self, **arguments: Any) -> Any:
        return self.client.put_item(**arguments)

    def query(self, **arguments: Any) -> Any:
        answer = self.client.query(**arguments)
        with self.lock:
            self.queries += 1
            self.units += answer["ConsumedCapacity"]["CapacityUnits"]
        return answer


@dataclass(frozen=True)
class Cost:
    """The cost of a page of one number of shards: the average over a walk of all pages."""

    queries: float
    units: float
    cpu: list[float] = field(default_factory=list)
    """Seconds of this process, one a round."""
    latency: list[float] = field(default_factory=list)
    """Seconds, one a round."""


Costs = Mapping[int, Cost]
"""By number of shards."""


def measure_shards(rounds: int) -> Costs:
    """Rounds in which every number of shards has its turn."""
    with aws_credentials(), _engine() as endpoint, closing(patient_client(endpoint)) as client:
        meters = {shards: Meter(client) for shards in SHARDS}
        stores = {shards: _filled(meter, shards) for shards, meter in meters.items()}
        for store in stores.values():
            _walk(store)
        costs = {
            shards: Cost(meter.queries / PAGES, meter.units / PAGES)
            for shards, meter in meters.items()
        }
        for _ in range(rounds):
            for shards, store in stores.items():
                cpu, latency = time.process_time(), time.perf_counter()
                _walk(store)
                costs[shards].cpu.append((time.process_time() - cpu) / PAGES)
                costs[shards].latency.append((time.perf_counter() - latency) / PAGES)
        return costs


def as_table(costs: Costs) -> Iterator[str]:
    """Lines of Markdown."""
    yield f"| a page of {PAGE} | {' | '.join(map(_in_words, costs))} |"
    yield f"| --- |{' --- |' * len(costs)}"
    yield from metered(costs)
    for name, title in TIMED.items():
        yield _row(title, (_ratio(costs, shards, name) for shards in costs))


def metered(costs: Costs) -> list[str]:
    """Its lines that are the same in every run."""
    return [
        _row(title, (getattr(each, name) for each in costs.values()))
        for name, title in METERED.items()
    ]


def as_json(costs: Costs) -> list[dict[str, Any]]:
    return [
        {
            "shards": shards,
            "queries": each.queries,
            "units": each.units,
            **{name: round(_ratio(costs, shards, name), 3) for name in TIMED},
        }
        for shards, each in costs.items()
    ]


def _ratio(costs: Costs, shards: int, name: str) -> float:
    """The median over the rounds, each held against one shard in the same round."""
    pairs = zip(getattr(costs[shards], name), getattr(costs[1], name), strict=True)
    return float(median(mine / one for mine, one in pairs))


def _row(title: str, cells: Iterator[float]) -> str:
    return f"| {title} | {' | '.join(f'{round(cell, 1):g}' for cell in cells)} |"


def _in_words(shards: int) -> str:
    return "1 shard" if shards == 1 else f"{shards} shards"


def _filled(meter: Meter, shards: int) -> DynamoDBStore:
    """A store whose pages are all full, of items that are the same in every run."""
    contract, drawn = load(TODOS), random.Random(0)  # noqa: S311
    shown = {name: each.properties for name, each in contract.collections.items()}
    client = cast("DynamoDBClient", meter)
    store = patient_store(client, f"Shards{shards}", contract.filters, shards, shown=shown)
    for number in range(PAGE * PAGES):
        id = str(uuid.UUID(int=drawn.getrandbits(128), version=4))
        now = "2026-11-22T10:00:00.000Z"
        values = {**SENT, "createdAt": now, "updatedAt": now}
        position, token = Position(BEFORE + 1000 * number, id), "t" * 22
        store.create(Scope(*SCOPE), position, values, token, None)
    return store


def _walk(store: DynamoDBStore) -> None:
    """Read all pages of the list."""
    after, seen = None, 0
    while seen == 0 or after:
        page = store.list(Scope(*SCOPE), {}, PAGE, after)
        assert len(page.items) == PAGE
        after, seen = page.next, seen + 1
    assert seen == PAGES


@contextmanager
def _engine() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.shard_engine"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
