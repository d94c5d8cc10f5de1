"""What was measured, told: medians, ratios with their spread, and which are over budget."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

from tests.benchmarks.load import ITEMS
from tests.benchmarks.measure import COLD, Row, Samples
from tests.benchmarks.serving import Burst, Bursts

BUDGETS: Mapping[Row, Mapping[str, float]] = {
    ("stubbed", "create"): {"powertools": 0.55},
    ("stubbed", "get"): {"powertools": 0.55},
    ("stubbed", "list of 25"): {"powertools": 0.35},
    ("whole", "create"): {"guide": 0.6},
    ("whole", "get"): {"guide": 0.6},
    ("whole", "list of 25"): {"guide": 0.45},
    ("whole", "update"): {"guide": 0.35},
    ("whole", "delete"): {"guide": 0.35},
    COLD: {"powertools": 0.6, "guide": 0.8},
}
"""How much of another variant's CPU this service may take."""

SECTION = "Cost of a request"
SERVERS_SECTION = "The local server"
"""Of `docs/figures.md`."""

RIVALS = {"powertools": "Powertools", "guide": "the guide"}

TITLES = {
    "stubbed": "Framework and validation, store stubbed",
    "whole": "Whole request, DynamoDB client and a connection on this machine included",
    "cold": "Cold start: import, build, first create over TLS",
}


@dataclass(frozen=True)
class Ratio:
    """The service's CPU over a rival's, each round held to itself."""

    median: float
    low: float
    """A quarter of the rounds is lower."""
    high: float
    """A quarter of the rounds is higher."""
    budget: float | None = None

    @property
    def kept(self) -> bool:
        return self.budget is None or self.median <= self.budget


def ratios(samples: Samples, row: Row) -> dict[str, Ratio]:
    """By rival, of those that answer the row."""
    taken, budgets = samples[row], BUDGETS.get(row, {})
    return {
        rival: _ratio(taken["service"], taken[rival], budgets.get(rival))
        for rival in RIVALS
        if rival in taken
    }


def _ratio(ours: list[float], theirs: list[float], budget: float | None) -> Ratio:
    rounds = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    low, middle, high = quantiles(rounds, n=4) if len(rounds) > 1 else rounds * 3
    return Ratio(middle, low, high, budget)


def over_budget(samples: Samples) -> list[str]:
    """A sentence for each budget that is exceeded."""
    return [
        f"{row[1]} ({row[0]}) takes {each.median:.2f}x {rival}, at most {each.budget:.2f}x."
        for row in samples
        for rival, each in ratios(samples, row).items()
        if not each.kept
    ]


def as_json(samples: Samples) -> list[dict[str, Any]]:
    return [
        {
            "store": row[0],
            "case": row[1],
            "microseconds": {name: round(_microseconds(all_), 1) for name, all_ in taken.items()},
            "ratios": {name: asdict(each) for name, each in ratios(samples, row).items()},
        }
        for row, taken in samples.items()
    ]


def as_table(samples: Samples) -> Iterator[str]:
    """Lines for a reader."""
    title = ""
    for row in samples:
        if title != TITLES[row[0]]:
            title = TITLES[row[0]]
            yield f"\n{title}, CPU {_unit(row)}"
            yield f"  {'':14}{'service':>9}{'powertools':>12}{'guide':>9}   ratios"
        service, powertools, guide = (_cell(samples, row, name) for name in _VARIANTS)
        words = ", ".join(
            f"{_words(each)} {rival}{_verdict(each)}"
            for rival, each in ratios(samples, row).items()
        )
        yield f"  {row[1]:14}{service:>9}{powertools:>12}{guide:>9}   {words}"


def as_markdown(samples: Samples) -> Iterator[str]:
    """Lines of a table for docs/figures.md."""
    yield "| CPU in µs, cold in ms | service | Powertools | guide | of Powertools | of the guide |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in samples:
        cells = [_cell(samples, row, name) for name in _VARIANTS]
        found = ratios(samples, row)
        parts = [_part(found[rival]) if rival in found else "" for rival in RIVALS]
        yield f"| {row[0]}: {row[1]} | {' | '.join(cells)} | {' | '.join(parts)} |"


_VARIANTS = ("service", *RIVALS)


def _cell(samples: Samples, row: Row, variant: str) -> str:
    taken = samples[row].get(variant)
    scale = 1000 if row == COLD else 1
    return f"{_microseconds(taken) / scale:,.0f}" if taken else "-"


def _unit(row: Row) -> str:
    return "ms" if row == COLD else "µs"


def _words(ratio: Ratio) -> str:
    return f"{ratio.median:.2f}x ({ratio.low:.2f} to {ratio.high:.2f})"


def _verdict(ratio: Ratio) -> str:
    if ratio.budget is None:
        return ""
    return f" ({'ok' if ratio.kept else 'OVER'}, budget {ratio.budget:.2f}x)"


def _part(ratio: Ratio) -> str:
    at_most = "" if ratio.budget is None else f", at most {ratio.budget:.2f}"
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f}{at_most})"


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
    Measure("requests/s", lambda each: each.a_second, "at least 2.00x", lambda ratio: ratio >= 2),
    Measure("p99 ms", lambda each: each.p99 * 1000, "at most 0.50x", lambda ratio: ratio <= 0.5),
)


def servers_over_budget(bursts: Bursts) -> list[str]:
    """A sentence for each number of the server that is over budget."""
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


def servers_as_markdown(bursts: Bursts) -> Iterator[str]:
    """Lines of a table for docs/figures.md."""
    yield "| median of a burst | service | FastAPI | part of FastAPI's |"
    yield "| --- | --- | --- | --- |"
    for each in MEASURES:
        medians = each.medians(bursts)
        cells = f"{medians['service']:,.1f} | {medians['fastapi']:,.1f}"
        yield f"| {each.name} | {cells} | {each.ratio(bursts):.2f} ({each.budget}) |"
