"""The plan of a deployment: which steps lead from what is there to what is asked for, and why.

CloudFormation changes one index of a table an update, in an update that is to change nothing else
(AWS::DynamoDB::Table, GlobalSecondaryIndexes). A filter may be offered only when its index can be
read and the items that were there before are in it. So a new filter comes about in this order:

    1. its index is made
    2. the function, still with the contract that is live, writes its keys
    3. the keys of the items that were there before are filled in
    4. the new contract goes live and offers the filter
    5. indexes that no filter needs any more are removed

Between two steps the table's indexes come to rest. A deployment that died is continued by planning
anew from what is there then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.contract.model import Contract
from service.stores import Filters
from service.stores.layout import index_names


@dataclass(frozen=True)
class Start:
    """What a plan begins from: the table's indexes, and the contract that its function serves."""

    indexes: Sequence[str]
    """Those that the stack knows."""
    contract: Contract | None
    """None while there is a table, and no function yet."""
    stray: Sequence[str] = ()
    """Indexes that the table has and the stack does not: an update was rolled back."""
    lost: Sequence[str] = ()
    """Indexes that the stack has and the table does not: somebody has removed them by hand."""


@dataclass(frozen=True)
class Update:
    """One state of the stack, to be reached by one update; no index comes or goes."""

    purpose: str
    contract: Contract | None
    """None for a stack of nothing but its table."""
    indexes: tuple[str, ...]
    pending: Filters = field(default_factory=dict)
    """Filters that the function writes keys for and does not offer."""


@dataclass(frozen=True)
class Reindex:
    """The stack as it is, with one index more or less."""

    purpose: str
    indexes: tuple[str, ...]


@dataclass(frozen=True)
class Mend:
    """Make the table agree with the stack again, which CloudFormation cannot."""

    action: Literal["make", "remove"]
    index: str

    @property
    def purpose(self) -> str:
        if self.action == "make":
            return f"make the index {self.index} again, which the table has lost"
        return f"remove the index {self.index}, which an update that failed has left behind"


@dataclass(frozen=True)
class Fill:
    """Give the items that are there the keys of these filters."""

    filters: Filters
    purpose: str = "fill in the items that are there"


@dataclass(frozen=True)
class CatchUp:
    """Bring the stack up to the code that went live ahead of it: a rollback brings that back."""

    code: str
    purpose: str = "bring the stack up to the code that serves"


Step = CatchUp | Update | Reindex | Mend | Fill


def plan(start: Start | None, contract: Contract) -> list[Step]:
    """The steps from the start to the contract; `start` is None for a table yet to be made."""
    if start is None:
        return [Update("create everything", contract, tuple(index_names(contract.filters)))]
    return [*_mended(start), *_before(start, contract), *_after(start, contract)]


def goal(contract: Contract) -> Update:
    """What all steps together come to."""
    return Update("go live", contract, tuple(index_names(contract.filters)))


def _mended(start: Start) -> Iterator[Mend]:
    yield from (Mend("remove", name) for name in start.stray)
    yield from (Mend("make", name) for name in start.lost)


def _before(start: Start, contract: Contract) -> Iterator[Step]:
    """Until the new contract may go live."""
    wanted = index_names(contract.filters)
    offered = start.contract.filters if start.contract else {}
    pending = _new(offered, contract.filters)
    missing = [name for name in wanted if name not in start.indexes]
    indexes = set(start.indexes)
    for name in missing:
        indexes.add(name)
        yield Reindex(f"add the index {name}", _ordered(indexes, start, wanted))
    if pending and start.contract:
        purpose = "write the keys of new filters"
        yield Update(purpose, start.contract, _ordered(indexes, start, wanted), pending)
    if missing or pending:
        yield Fill(contract.filters)


def _after(start: Start, contract: Contract) -> Iterator[Step]:
    """The new contract goes live, and what nobody asks for any more goes."""
    wanted = index_names(contract.filters)
    stale = [name for name in start.indexes if name not in wanted]
    yield Update("go live", contract, (*wanted, *stale))
    while stale:
        name, *stale = stale
        yield Reindex(f"remove the index {name}", (*wanted, *stale))


def _ordered(indexes: set[str], start: Start, wanted: Sequence[str]) -> tuple[str, ...]:
    """As they stand when the contract goes live: another order would look like a change."""
    order = dict.fromkeys([*wanted, *start.indexes])
    return tuple(name for name in order if name in indexes)


def _new(offered: Filters, wanted: Filters) -> Filters:
    """Filters that are not offered, or with another default: an item's key depends on it."""
    found = {
        collection: {
            name: default
            for name, default in filters.items()
            if name not in offered.get(collection, {}) or offered[collection][name] != default
        }
        for collection, filters in wanted.items()
    }
    return {collection: filters for collection, filters in found.items() if filters}
