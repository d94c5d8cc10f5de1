"""Units: the capacity that calls of an operation consume at most, and what they cost."""

from dataclasses import dataclass

from infra.capacity import Kept, largest_item, largest_kept
from infra.prices import Calls
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.stores.limits import MOST_PAGE_BYTES
from service.stores.merge import share


@dataclass(frozen=True)
class Units:
    """What one call consumes at the table and its indexes, at most.

    AWS: DynamoDB read and write operations (read 2026-11-26): a write takes a unit for each KB of
    the item, in the table and in each index that has an entry of it, and in an index whose key
    changes once to delete and once to put; a read takes a unit for each 4 KB, or half of one if it
    need not be consistent.
    """

    read: float = 0.0
    write: float = 0.0


def units(contract: Contract, operation: Operation, shards: int = 1) -> Units | None:
    """The units for the contract's largest item; None if its size is not limited."""
    largest = largest_kept(contract, operation.collection)
    return None if largest is None else units_of(operation, largest, shards=shards)


def units_of(
    operation: Operation,
    item: Kept,
    moved: int | None = None,
    count: int | None = None,
    shards: int = 1,
) -> Units:
    """The units for items like this one: with all filters changed, or so many; for the largest
    page, or for one of that size; from so many shards, none of which is asked twice."""
    match operation.rule:
        case Rule.GET:
            return Units(read=-(-item.bytes // 4096))
        case Rule.LIST:
            count = sizes(operation)[1] if count is None else count
            asked = count + 1 if shards == 1 else share(count, shards)
            most = min(asked * item.bytes, MOST_PAGE_BYTES)
            return Units(read=shards * -(-most // 4096) / 2)
        case Rule.CREATE | Rule.DELETE:
            moved = 0
        case _:
            moved = len(moving(operation)) if moved is None else moved
    return Units(write=(1 + item.indexes + moved) * item.units)


def moving(operation: Operation) -> list[str]:
    """The filters whose value an update may change."""
    updates = operation.rule in (Rule.REPLACE, Rule.MERGE)
    return [name for name in operation.collection.filters if updates and name in operation.sent]


def sizes(operation: Operation) -> tuple[int, int]:
    """The default and the largest size of a page."""
    page = operation.page
    return (page.size, page.most) if page else (1, 1)


def cost(contract: Contract, operation: Operation, count: int, shards: int = 1) -> Calls:
    """The cost of so many calls, each with the largest item, or with a page of such items.

    It does not include what a function does with the table.
    """
    found = units(contract, operation, shards) if operation.is_derived else None
    size = (largest_item(contract, operation.collection) or 0) if found else 0
    shows = operation.page.most if operation.page else int(operation.shown is not None)
    return Calls(count, found.read if found else 0, found.write if found else 0, shows * size)
