"""What was measured, told: medians, ratios, and which of them are over budget."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.benchmarks.load import ITEMS
from tests.benchmarks.measure import COLD, Row, Samples
from tests.benchmarks.serving import Burst, Bursts

BUDGETS: dict[Row, tuple[str, float]] = {
    ("stubbed", "create"): ("powertools", 0.75),
    ("stubbed", "list of 25"): ("powertools", 0.4),
    ("whole", "create"): ("guide", 0.85),
    ("whole", "get"): ("guide", 0.85),
    ("whole", "update"): ("guide", 0.45),
    ("whole", "delete"): ("guide", 0.45),
    COLD: ("powertools", 1.0),
}
"""How much of another variant's CPU this service may take."""

RIVALS = ("powertools", "guide")

TITLES = {
    "stubbed": "Framework and validation, store stubbed",
    "whole": "Whole request, DynamoDB client and a connection on this machine included",
    "cold": "Cold start: import, build, first create over TLS",
}


def ratio(samples: Samples, row: Row, rival: str) -> float | None:
    """The service's CPU over a rival's: the median over the rounds, each held to itself."""
    taken = samples[row]
    if rival not in taken:
        return None
    return median(
        ours / theirs for ours, theirs in zip(taken["service"], taken[rival], strict=True)
    )


def over_budget(samples: Samples) -> list[str]:
    """A sentence for each budget that is exceeded."""
    said = []
    for row, (rival, most) in BUDGETS.items():
        measured = ratio(samples, row, rival)
        if measured is not None and measured > most:
            said.append(f"{row[1]} ({row[0]}) takes {measured:.2f}x {rival}, at most {most:.2f}x.")
    return said


def as_json(samples: Samples) -> list[dict[str, Any]]:
    return [
        {
            "store": row[0],
            "case": row[1],
            "microseconds": {name: round(_microseconds(all_), 1) for name, all_ in taken.items()},
            "ratios": {name: ratio(samples, row, name) for name in taken if name != "service"},
            "budget": dict([BUDGETS[row]]) if row in BUDGETS else {},
        }
        for row, taken in samples.items()
    ]


def as_table(samples: Samples) -> Iterator[str]:
    """Lines for a reader."""
    title = ""
    for row, taken in samples.items():
        if title != TITLES[row[0]]:
            title = TITLES[row[0]]
            yield f"\n{title}, CPU {'ms' if row == COLD else 'µs'}"
            yield f"  {'':14}{'service':>9}{'powertools':>12}{'guide':>9}   ratios"
        scale = 1000 if row == COLD else 1
        cells = [
            f"{_microseconds(taken[name]) / scale:.0f}" if name in taken else "-"
            for name in ("service", *RIVALS)
        ]
        ratios = ", ".join(filter(None, (_ratio_words(samples, row, rival) for rival in RIVALS)))
        yield f"  {row[1]:14}{cells[0]:>9}{cells[1]:>12}{cells[2]:>9}   {ratios}"


def _ratio_words(samples: Samples, row: Row, rival: str) -> str:
    measured = ratio(samples, row, rival)
    if measured is None:
        return ""
    words = f"{measured:.2f}x {rival}"
    budget_of, most = BUDGETS.get(row, ("", 0.0))
    if budget_of != rival:
        return words
    return f"{words} ({'ok' if measured <= most else 'OVER'}, budget {most:.2f}x)"


def _microseconds(seconds: list[float]) -> float:
    return median(seconds) * 1_000_000


# -- servers -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """A number of every burst, and what it may be in proportion to FastAPI's."""

    name: str
    of: Callable[[Burst], float]
    budget: str
    kept: Callable[[float], bool]

    def ratio(self, bursts: Bursts) -> float:
        """The service's number over FastAPI's: the median over the rounds, as above."""
        pairs = zip(bursts["service"], bursts["fastapi"], strict=True)
        return median(self.of(ours) / self.of(theirs) for ours, theirs in pairs)

    def medians(self, bursts: Bursts) -> dict[str, float]:
        return {server: median(map(self.of, taken)) for server, taken in bursts.items()}


MEASURES = (
    Measure("requests/s", lambda each: each.a_second, "at least 1.00x", lambda ratio: ratio >= 1),
    Measure("p99 ms", lambda each: each.p99 * 1000, "at most 1.00x", lambda ratio: ratio <= 1),
)


def servers_over_budget(bursts: Bursts) -> list[str]:
    """A sentence for each number of the server that is worse than FastAPI's."""
    return [
        f"{each.name} of the server is {each.ratio(bursts):.2f}x fastapi, {each.budget}."
        for each in MEASURES
        if not each.kept(each.ratio(bursts))
    ]


def servers_as_json(bursts: Bursts) -> list[dict[str, Any]]:
    return [
        {
            "store": "sqlite",
            "case": each.name,
            "medians": {name: round(number, 2) for name, number in each.medians(bursts).items()},
            "ratios": {"fastapi": each.ratio(bursts)},
            "budget": {"fastapi": each.budget},
        }
        for each in MEASURES
    ]


def servers_as_table(bursts: Bursts) -> Iterator[str]:
    """Lines for a reader."""
    yield f"\nLocal server, one process, SQLite of {ITEMS:,} items: get, list of 25, create, update"
    yield f"  {'':14}{'service':>9}{'fastapi':>12}{'':9}   ratio"
    for each in MEASURES:
        medians, ratio = each.medians(bursts), each.ratio(bursts)
        verdict = "ok" if each.kept(ratio) else "OVER"
        yield (
            f"  {each.name:14}{medians['service']:>9.0f}{medians['fastapi']:>12.0f}{'':9}"
            f"   {ratio:.2f}x fastapi ({verdict}, budget {each.budget})"
        )
