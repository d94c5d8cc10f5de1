"""Tallies: what an exercise held, survived and tried, what it found lost or wrong; and tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

SECTION = "What it withstands"
"""Of `docs/figures.md`."""

COLUMNS = ("load held", "faults survived", "bad inputs refused", "lost", "wrong")


@dataclass
class Tally:
    """Of one exercise. Several threads may share it."""

    held: int = 0
    """Requests under load that were answered rightly."""
    survived: int = 0
    """Faults after which all was well."""
    refused: int = 0
    """Bad inputs that were told what is wrong with them, or did no harm."""
    lost: list[str] = field(default_factory=list)
    """A sentence for each acknowledged write that is not there."""
    wrong: list[str] = field(default_factory=list)
    """A sentence for each answer or state that nothing allows."""
    measured: str = ""
    """What there is to tell beside numbers of requests."""
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def is_good(self) -> bool:
        return not self.lost and not self.wrong

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.held, self.survived, self.refused, len(self.lost), len(self.wrong)

    def expect(self, holds: bool, otherwise: str) -> bool:
        """Note what is wrong unless that holds."""
        if not holds:
            self.wrong.append(otherwise)
        return holds

    def hold(self, holds: bool, otherwise: str) -> bool:
        """Count a request that was answered rightly, or note what is wrong with it."""
        with self._lock:
            self.held += holds
        return self.expect(holds, otherwise)

    def survive(self, holds: bool, otherwise: str = "") -> bool:
        """Count a fault after which all was well, or note what was not."""
        with self._lock:
            self.survived += holds
        return self.expect(holds, otherwise)

    def refuse(self, holds: bool, otherwise: str) -> bool:
        """Count a bad input that was refused rightly, or note what happened."""
        with self._lock:
            self.refused += holds
        return self.expect(holds, otherwise)


Tallies = Mapping[str, Tally]
"""By hazard."""


def as_markdown(tallies: Tallies) -> Iterator[str]:
    """Lines of a table for docs/figures.md."""
    yield f"| hazard | {' | '.join(COLUMNS)} | measured |"
    yield f"| --- |{' --- |' * len(COLUMNS)} --- |"
    for hazard, tally in tallies.items():
        yield f"| {hazard} | {' | '.join(_cells(tally))} | {tally.measured} |"


def as_table(tallies: Tallies) -> Iterator[str]:
    """Lines for a reader, with a sentence for what was lost or wrong."""
    width = max(map(len, tallies))
    yield f"{'hazard':{width}}  {'  '.join(COLUMNS)}  measured"
    for hazard, tally in tallies.items():
        pairs = zip(_cells(tally), COLUMNS, strict=True)
        cells = "  ".join(f"{cell:>{len(title)}}" for cell, title in pairs)
        yield f"{hazard:{width}}  {cells}  {tally.measured}".rstrip()
    for hazard, tally in tallies.items():
        yield from (f"LOST  {hazard}: {each}" for each in tally.lost)
        yield from (f"WRONG  {hazard}: {each}" for each in tally.wrong)


def as_json(tallies: Tallies) -> list[dict[str, Any]]:
    names = [title.replace(" ", "_") for title in COLUMNS]
    return [
        {
            "hazard": hazard,
            **dict(zip(names, tally.numbers, strict=True)),
            "measured": tally.measured,
            "sentences": [*tally.lost, *tally.wrong],
        }
        for hazard, tally in tallies.items()
    ]


def _cells(tally: Tally) -> list[str]:
    """An exercise that has none of the first three is not about them."""
    *good, lost, wrong = tally.numbers
    return [*(f"{each:,}" if each else "" for each in good), str(lost), str(wrong)]
