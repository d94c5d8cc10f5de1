"""The plan of a deployment: the steps from what there is to what is asked for, and why.

CloudFormation changes one index of a table per update, and such an update should change nothing
else (AWS::DynamoDB::Table, GlobalSecondaryIndexes). A filter may be offered only once its index can
be read and contains the older items. So a new filter is introduced in this order:

    1. its index is created
    2. the function, still with the live contract, writes its keys
    3. the keys of older items are filled in
    4. the new contract goes live and offers the filter
    5. indexes that no filter needs any more are removed

Another number of shards takes the same steps, as all of its indexes are new. From step 4 on the
function writes the keys of both numbers until the old indexes are gone, and until then the
deployment can be undone.

    6. the function stops writing the keys of the old number

Between two steps the table's indexes become idle. A deployment that died is continued by planning
again from what there is then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from service.contract.model import Contract
from service.stores import Filters
from service.stores.shards import indexes_in, shards_in


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
    shards: int = 1
    """The number that its lists read."""
    strange: Sequence[str] = ()
    """Indexes that somebody else has made."""


@dataclass(frozen=True)
class Update:
    """One state of the stack, to be reached by one update that changes no index."""

    purpose: str
    contract: Contract | None
    """None for a stack with only its table."""
    indexes: tuple[str, ...]
    pending: Filters = field(default_factory=dict)
    """Filters that the function writes keys for and does not offer."""
    shards: int = 1
    """The number that lists read."""
    other_shards: int | None = None
    """Another number whose keys the function also writes."""


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
    """Give existing items the keys of these filters, in so many shards."""

    filters: Filters
    shards: int = 1
    purpose: str = "fill in the items that are there"


@dataclass(frozen=True)
class CatchUp:
    """Bring the stack up to the code that went live ahead of it, as a rollback would undo that."""

    code: str
    purpose: str = "bring the stack up to the code that serves"


Step = CatchUp | Update | Reindex | Mend | Fill


def plan(start: Start | None, contract: Contract, shards: int = 1) -> list[Step]:
    """The steps from the start to the contract, with so many shards of each list.

    `start` is None if there is no table yet.
    """
    if start is None:
        return [replace(goal(contract, shards), purpose="create everything")]
    there = _without_useless(start, shards)
    return [
        *_mended(start),
        *_removals(start.indexes, there.indexes),
        *_before(there, contract, shards),
        *_after(there, contract, shards),
    ]


def goal(contract: Contract, shards: int = 1) -> Update:
    """The state after all steps."""
    indexes = tuple(indexes_in(shards, contract.filters))
    return Update("go live", contract, indexes, shards=shards)


def most_indexes(steps: Sequence[Step]) -> int:
    """The most indexes of its own that the table has after any of the steps."""
    return max(len(each.indexes) for each in steps if isinstance(each, Update | Reindex))


def in_words(shards: int) -> str:
    """A number of shards, in words."""
    return "1 shard" if shards == 1 else f"{shards} shards"


def _mended(start: Start) -> Iterator[Mend]:
    yield from (Mend("remove", name) for name in start.stray)
    yield from (Mend("make", name) for name in start.lost)


def _without_useless(start: Start, shards: int) -> Start:
    """The start without the indexes of numbers of shards that lists neither read nor will read.

    A change of shards that died, or was undone, leaves them behind.
    """
    if start.contract is None:
        return start
    used = (start.shards, shards)
    return replace(start, indexes=[each for each in start.indexes if shards_in(each) in used])


def _removals(before: Sequence[str], after: Sequence[str]) -> Iterator[Reindex]:
    """The steps that remove indexes, one by one."""
    left = [*before]
    for name in before:
        if name not in after:
            left.remove(name)
            yield Reindex(f"remove the index {name}", tuple(left))


def _before(start: Start, contract: Contract, shards: int) -> Iterator[Step]:
    """The steps until the new contract may go live."""
    wanted = indexes_in(shards, contract.filters)
    offered = start.contract.filters if start.contract else {}
    pending = _new(offered, contract.filters)
    other = shards if _is_other(start, shards) else None
    missing = [name for name in wanted if name not in start.indexes]
    indexes = set(start.indexes)
    for name in missing:
        indexes.add(name)
        yield Reindex(f"add the index {name}", _ordered(indexes, start, wanted))
    if (pending or other) and start.contract:
        yield Update(
            f"write the keys of {_told(pending, other)}",
            start.contract,
            _ordered(indexes, start, wanted),
            pending,
            start.shards,
            other,
        )
    if missing or pending or other:
        yield Fill(contract.filters, shards)


def _after(start: Start, contract: Contract, shards: int) -> Iterator[Step]:
    """The steps that make the new contract live, and remove what is no longer needed."""
    wanted = indexes_in(shards, contract.filters)
    stale = [name for name in start.indexes if name not in wanted]
    live = goal(contract, shards)
    before = start.shards if start.contract and _is_other(start, shards) else None
    yield replace(live, indexes=(*wanted, *stale), other_shards=before)
    yield from _removals((*wanted, *stale), wanted)
    if before:
        yield replace(live, purpose=f"write no more keys of {in_words(before)}")


def _is_other(start: Start, shards: int) -> bool:
    """Whether existing items may lack the keys of that number.

    If nothing serves the table, it is unknown how far an earlier change came.
    """
    if start.contract:
        return start.shards != shards
    return any(shards_in(each) != shards for each in start.indexes)


def _told(pending: Filters, shards: int | None) -> str:
    """What else the function is to write, in words."""
    what = ["new filters"] if pending else []
    return " and ".join([*what, *([in_words(shards)] if shards else [])])


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
