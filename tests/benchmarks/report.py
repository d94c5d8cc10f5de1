"""What was measured, told: medians, ratios, and which of them are over budget."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.benchmarks.measure import COLD, Row, Samples

BUDGETS: dict[Row, tuple[str, float]] = {
    ("stubbed", "create"): ("powertools", 0.75),
    ("stubbed", "list of 25"): ("powertools", 0.4),
    ("whole", "create"): ("guide", 0.85),
    ("whole", "get"): ("guide", 0.85),
    ("whole", "update"): ("guide", 0.45),
    ("whole", "delete"): ("guide", 0.45),
}
"""How much of another variant's CPU this service may take."""

RIVALS = ("powertools", "guide")

TITLES = {
    "stubbed": "Framework and validation, store stubbed",
    "whole": "Whole request, HTTP of the DynamoDB client stubbed",
    "cold": "Cold start: import, build, first create",
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
