"""Sharding: how many shards a stage's lists would need, and what a list would cost then.

All that a throttle lets in may be creates of the largest item in one list, whose shards take 1,000
write units a second each.
"""

from collections.abc import Iterator

from infra.capacity import UNITS_A_SECOND, Capacity, Kept, capacity, example_kept, largest_kept
from infra.units import sizes, units_of
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.stores.shards import MOST_SHARDS


def needed(rate: int, most: Capacity) -> int:
    """The number of shards that take so many creates a second of the largest items."""
    return max(1, -(-rate * most.units // UNITS_A_SECOND))


def told(contract: Contract, rate: int, shards: int) -> Iterator[str]:
    """For people: the writes that the lists of a stage take, and what more would need."""
    most = capacity(contract, shards)
    if most is None:
        return
    yield str(most)
    number = needed(rate, most)
    yield (
        f"The throttle lets in {rate} creates a second: of the largest items {rate * most.units:,}"
        f" write units, {UNITS_A_SECOND:,} a shard, so {number} would be needed. There"
        f" {'is' if shards == 1 else 'are'} {shards}{_owned(contract, most)}."
    )
    if number > shards:
        yield _remedy(contract, most, number)


def _owned(contract: Contract, most: Capacity) -> str:
    owned = contract.collections[most.collection].owned
    return " for each caller's own list" if owned else ""


def _remedy(contract: Contract, most: Capacity, number: int) -> str:
    if number > MOST_SHARDS:
        rate = UNITS_A_SECOND * MOST_SHARDS // most.units
        return f"A list has {MOST_SHARDS} shards at most, which take --rate {rate}."
    lists = [
        f" {_costs(contract, each, most.shards, number)}"
        for each in contract.operations.values()
        if each.rule is Rule.LIST and each.collection.name == most.collection
    ]
    return f"To have them: --shards {number}.{''.join(lists)}"


def _costs(contract: Contract, operation: Operation, before: int, after: int) -> str:
    """The cost of a page in read units, for the example's items and for the largest."""
    size = sizes(operation)[0]
    kept = {
        "the example's items": example_kept(contract, operation.collection),
        "the largest": largest_kept(contract, operation.collection),
    }
    changes = [
        f"{_units(operation, item, size, after):g} read units instead of"
        f" {_units(operation, item, size, before):g} with {name}"
        for name, item in kept.items()
        if item
    ]
    then = f"A page of {size} items of {operation.id} then takes {after} queries"
    return f"{then}: {', '.join(changes)}."


def _units(operation: Operation, item: Kept, size: int, shards: int) -> float:
    return units_of(operation, item, count=size, shards=shards).read
