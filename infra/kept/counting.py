"""Counting: every item of a source is checked once, and those that a contract refuses are counted.

A count can be stopped at any time, and run again: it continues after the last page that was
checked. It is true for a moment only; current clients may write another refused item right
afterwards.
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
    """An item as it is stored."""

    collection: str
    id: str
    values: Values


class Page(NamedTuple):
    """Items, and the position to continue after; None after the last page."""

    items: list[Kept]
    last: Position


class Source(Protocol):
    """A store of kept items."""

    @property
    def name(self) -> str:
        """A name that distinguishes it from every other source."""

    def pages(self, after: Position) -> Iterator[Page]:
        """Pages from the first one, or after a position from an earlier count."""


def count(source: Source, contract: Contract, names: Sequence[str], tell: Tell) -> Tallies:
    """What was found in each of these collections. Raises whatever the source raises."""
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
