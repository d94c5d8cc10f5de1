"""The plan of a deployment: the steps from what there is to what is asked for, and why.

CloudFormation changes one index of a table per update, and such an update should change nothing
else (AWS::DynamoDB::Table, GlobalSecondaryIndexes). A filter may be offered only once its index can
be read and contains the older items. So a new filter is introduced in this order:

    1. its index is created
    2. the function, still with the live contract, writes its keys
    3. the keys of older items are filled in
    4. the new contract goes live and offers the filter
    5. indexes that no filter needs any more are removed

Between two steps the table's indexes become idle. A deployment that died is continued by planning
again from what there is then.
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
    """The indexes that the stack knows."""
    contract: Contract | None
    """None while there is a table, but no function yet."""
    stray: Sequence[str] = ()
    """Indexes that the table has and the stack does not: an update was rolled back."""
    lost: Sequence[str] = ()
    """Indexes that the stack has and the table does not: somebody removed them by hand."""


@dataclass(frozen=True)
class Update:
    """One state of the stack, to be reached by one update that changes no index."""

    purpose: str
    contract: Contract | None
    """None for a stack with only its table."""
    indexes: tuple[str, ...]
    pending: Filters = field(default_factory=dict)
    """Filters that the function writes keys for and does not offer."""


@dataclass(frozen=True)
class Reindex:
    """The same stack with one index more or less."""

    purpose: str
    indexes: tuple[str, ...]


@dataclass(frozen=True)
class Mend:
    """Make the table agree with the stack again, which CloudFormation cannot do."""

    action: Literal["make", "remove"]
    index: str

    @property
    def purpose(self) -> str:
        if self.action == "make":
            return f"make the index {self.index} again, which the table has lost"
        return f"remove the index {self.index}, which an update that failed has left behind"


@dataclass(frozen=True)
class Fill:
    """Give existing items the keys of these filters."""

    filters: Filters
    purpose: str = "fill in the items that are there"


@dataclass(frozen=True)
class CatchUp:
    """Bring the stack up to the code that went live ahead of it, as a rollback would undo that."""

    code: str
    purpose: str = "bring the stack up to the code that serves"


Step = CatchUp | Update | Reindex | Mend | Fill


def plan(start: Start | None, contract: Contract) -> list[Step]:
    """The steps from the start to the contract; `start` is None if there is no table yet."""
    if start is None:
        return [Update("create everything", contract, tuple(index_names(contract.filters)))]
    return [*_mended(start), *_before(start, contract), *_after(start, contract)]


def goal(contract: Contract) -> Update:
    """The state after all steps."""
    return Update("go live", contract, tuple(index_names(contract.filters)))


def _mended(start: Start) -> Iterator[Mend]:
    yield from (Mend("remove", name) for name in start.stray)
    yield from (Mend("make", name) for name in start.lost)


def _before(start: Start, contract: Contract) -> Iterator[Step]:
    """The steps until the new contract may go live."""
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
    """The steps that make the new contract live, and remove what is no longer needed."""
    wanted = index_names(contract.filters)
    stale = [name for name in start.indexes if name not in wanted]
    yield Update("go live", contract, (*wanted, *stale))
    while stale:
        name, *stale = stale
        yield Reindex(f"remove the index {name}", (*wanted, *stale))


def _ordered(indexes: set[str], start: Start, wanted: Sequence[str]) -> tuple[str, ...]:
    """The indexes in the order of the start: another order would look like a change."""
    order = dict.fromkeys([*wanted, *start.indexes])
    return tuple(name for name in order if name in indexes)


def _new(offered: Filters, wanted: Filters) -> Filters:
    """Filters that are new, or have a new default, on which an item's key depends."""
    found = {
        collection: {
            name: default
            for name, default in filters.items()
            if name not in offered.get(collection, {}) or offered[collection][name] != default
        }
        for collection, filters in wanted.items()
    }
    return {collection: filters for collection, filters in found.items() if filters}
