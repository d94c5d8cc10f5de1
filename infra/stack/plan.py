"""The plan of a deployment: which states of the stack follow each other, and why.

CloudFormation changes one index of a table an update, and a filter may be offered only when the
items that were there before are in its index. So a new filter comes about in this order:

    1. its index is made, and the function, still with the contract that is live, writes its keys
    2. the keys of the items that were there before are filled in
    3. the new contract goes live and offers the filter
    4. indexes that no filter needs any more are removed

A deployment that died is continued by planning anew from what is live then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.contract import Contract
from service.stores import Filters
from service.stores.dynamodb import index_names


@dataclass(frozen=True)
class Live:
    """What is there before: the table's indexes, and the contract that its function serves."""

    indexes: Sequence[str]
    contract: Contract | None
    """None while there is a table, and no function yet."""


@dataclass(frozen=True)
class Update:
    """One state of the stack, to be reached by one update."""

    purpose: str
    contract: Contract | None
    """None for a stack of nothing but its table."""
    indexes: tuple[str, ...]
    pending: Filters = field(default_factory=dict)
    """Filters that the function writes keys for and does not offer."""


@dataclass(frozen=True)
class Fill:
    """Give the items that are there the keys of these filters."""

    filters: Filters


def plan(live: Live | None, contract: Contract) -> list[Update | Fill]:
    """The steps from what is live to the contract; `live` is None for a table yet to be made."""
    if live is None:
        return [Update("create everything", contract, tuple(index_names(contract.filters)))]
    return [*_before(live, contract), *_after(live, contract)]


def _before(live: Live, contract: Contract) -> Iterator[Update | Fill]:
    """Until the new contract may go live."""
    offered = live.contract.filters if live.contract else {}
    pending = _new(offered, contract.filters)
    missing = [name for name in index_names(contract.filters) if name not in live.indexes]
    if not missing and not pending:
        return
    indexes = tuple(live.indexes)
    for name in missing:
        indexes = (*indexes, name)
        yield Update(f"add the index {name}", live.contract, indexes, pending)
    if not missing and live.contract:
        yield Update("write the keys of new filters", live.contract, indexes, pending)
    yield Fill(contract.filters)


def _after(live: Live, contract: Contract) -> Iterator[Update]:
    """The new contract goes live, and what nobody asks for any more goes."""
    wanted = index_names(contract.filters)
    stale = [name for name in live.indexes if name not in wanted]
    yield Update("go live", contract, (*wanted, *stale))
    while stale:
        name, *stale = stale
        yield Update(f"remove the index {name}", contract, (*wanted, *stale))


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
