"""Counting: every item of a source is looked at once, and what a contract refuses is counted.

A count may be stopped at any time, and run again: it goes on after the last page that was looked
at. It tells of a moment; clients of today may write an item that is refused right after it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from infra.console import Tell
from infra.kept.judgement import Judge, Tallies
from infra.kept.progress import Position, Progress
from service.contract.model import Contract
from service.stores import Values

_TOLD_EVERY = 10_000


class Kept(NamedTuple):
    """An item as it is kept."""

    collection: str
    id: str
    values: Values


class Page(NamedTuple):
    """Items, and the position to go on after; None after the last page."""

    items: list[Kept]
    last: Position


class Source(Protocol):
    """Where items are kept."""

    @property
    def name(self) -> str:
        """What tells it from every other."""

    def pages(self, after: Position) -> Iterator[Page]:
        """From the first one, or after a position of another time."""


def count(source: Source, contract: Contract, names: Sequence[str], tell: Tell) -> Tallies:
    """What was found of each of these collections. Raises whatever the source raises."""
    judge, progress = Judge(contract, names), Progress(source.name, contract, names)
    begun = progress.read()
    after, tallies = begun or (None, judge.tallies())
    if begun:
        tell(f"  going on with a count that was stopped; to begin anew, delete {progress.file}")
    told = 0
    for page in source.pages(after):
        for each in page.items:
            judge.judge(each.collection, each.id, each.values, tallies)
        if page.last is not None:
            progress.write(page.last, tallies)
        looked_at = sum(each.looked_at for each in tallies.values())
        if looked_at - told >= _TOLD_EVERY:
            told = looked_at
            tell(f"  {looked_at:,} items looked at")
    progress.done()
    return tallies
