"""What a list of several shards costs: the figures told are those that are metered."""

from dataclasses import replace

import pytest

from tests.benchmarks import figures
from tests.benchmarks.shards import (
    SECTION,
    SHARDS,
    TIMED,
    Cost,
    Costs,
    as_json,
    as_table,
    measure_shards,
    metered,
)


@pytest.fixture(scope="module")
def measured() -> Costs:
    return measure_shards(rounds=1)


def test_the_figures_told_of_queries_and_units_are_those_that_are_metered(measured: Costs) -> None:
    assert figures.table(SECTION)[2:4] == metered(measured)


def test_the_figures_told_have_the_time_and_the_cpu_of_each_number_of_shards(
    measured: Costs,
) -> None:
    told, now = figures.table(SECTION), list(as_table(measured))
    assert told[:2] == now[:2]
    assert [line.split(" | ")[0] for line in told[4:]] == [f"| {each}" for each in TIMED.values()]


def test_a_page_of_one_shard_is_one_query(measured: Costs) -> None:
    assert measured[1].queries == 1
    assert list(measured) == [*SHARDS]


def test_times_are_held_against_one_shard_in_the_same_round() -> None:
    one = Cost(1, 1.5, cpu=[1, 2, 4], latency=[1, 1, 1])
    costs = {1: one, 4: replace(one, cpu=[3, 4, 8], latency=[1.5, 1.5, 9])}
    assert [(each["cpu"], each["latency"]) for each in as_json(costs)] == [(1, 1), (2, 1.5)]
    assert list(as_table(costs))[-1] == "| latency, times that of one shard | 1 | 1.5 |"
