"""The benchmark of servers: its load gets right answers, a wrong one ends it, ratios are told."""

from collections import Counter
from pathlib import Path

import pytest
import uvloop

from tests.benchmarks.load import MIX, burst, requests
from tests.benchmarks.report import servers_as_json, servers_as_table, servers_over_budget
from tests.benchmarks.serving import Burst, Bursts, burst_of, fill
from tests.servers import serve


def test_the_load_is_half_gets_a_quarter_lists_and_a_quarter_changes() -> None:
    load = requests(seed=1, count=10_000)
    methods = Counter(each.kind.method for each in load)
    listed = sum(each.sent.startswith(b"GET /todos?limit=25 ") for each in load)
    assert listed == pytest.approx(2500, abs=200)
    assert methods["GET"] - listed == pytest.approx(5000, abs=200)
    assert methods["POST"] == pytest.approx(1500, abs=200)
    assert methods["PUT"] == pytest.approx(1000, abs=200)
    assert sum(kind.weight for kind in MIX) == 100


def test_the_load_is_the_same_for_the_same_seed() -> None:
    assert requests(seed=1, count=100) == requests(seed=1, count=100)
    assert requests(seed=1, count=100) != requests(seed=2, count=100)


def test_the_server_answers_the_load_rightly(tmp_path: Path) -> None:
    fill(tmp_path / "full.db")
    with serve(store=f"sqlite:///{tmp_path}/full.db") as server:
        measured = uvloop.run(burst(server.host, server.port, requests(seed=1, count=100)))
    assert len(measured["latencies"]) == 100
    assert 0 < burst_of(measured).p99 <= measured["seconds"]


def test_a_wrong_answer_ends_the_burst(tmp_path: Path) -> None:
    load = requests(seed=1, count=100)
    with serve(store=f"sqlite:///{tmp_path}/empty.db") as server, pytest.raises(AssertionError):
        uvloop.run(burst(server.host, server.port, load))


def test_99_of_100_requests_are_answered_within_the_99th_percentile() -> None:
    measured = {"seconds": 2.0, "latencies": [number / 1000 for number in range(200, 0, -1)]}
    assert burst_of(measured) == Burst(a_second=100, p99=0.198)


def test_a_server_that_is_over_budget_is_told() -> None:
    bursts = _bursts(ours=Burst(1900, 0.006), theirs=Burst(1000, 0.010))
    assert servers_over_budget(bursts) == [
        "requests/s of the server is 1.90x fastapi, at least 2.00x.",
        "p99 ms of the server is 0.60x fastapi, at most 0.50x.",
    ]
    assert any("1.90x fastapi (OVER, budget at least 2.00x)" in s for s in servers_as_table(bursts))


def test_a_server_within_its_budget_is_told_as_well() -> None:
    bursts = _bursts(ours=Burst(2000, 0.005), theirs=Burst(1000, 0.010))
    assert servers_over_budget(bursts) == []
    assert any("0.50x fastapi (ok, budget at most 0.50x)" in s for s in servers_as_table(bursts))
    assert servers_as_json(bursts)[1]["medians"] == {"service": 5.0, "fastapi": 10.0}


def _bursts(ours: Burst, theirs: Burst) -> Bursts:
    return {"service": [ours] * 3, "fastapi": [theirs] * 3}
