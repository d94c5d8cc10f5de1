"""The bill: the monthly cost of the same calls before and after a change of a contract."""

from collections.abc import Iterator

from infra.prices import AS_OF, STANDING
from infra.units import cost, units
from service.contract.model import Contract


def changes_of_bill(old: Contract, new: Contract, calls: int, shards: int = 1) -> Iterator[str]:
    """Changes of units and of the bill, for so many calls of each operation on the largest item."""
    for operation in new.operations.values():
        before = old.operations.get(operation.id)
        if before is None or not (before.is_derived and operation.is_derived):
            continue
        counted = units(old, before, shards), units(new, operation, shards)
        if None in counted or counted[0] == counted[1]:
            continue
        kind = "write" if counted[1] and counted[1].write else "read"
        numbers = " → ".join(f"{getattr(each, kind):g}" for each in counted)
        parts = cost(old, before, calls, shards), cost(new, operation, calls, shards)
        dollars = " → ".join(f"{each.parts['table']:.2f}" for each in parts)
        yield f"{operation.id}: {numbers} {kind} units a call, {dollars} dollars for the table"
    bills = [f"{_bill(each, calls, shards):,.2f}" for each in (old, new)]
    if bills[0] != bills[1]:
        text = f"{calls:,} calls of each operation a month, with the largest items"
        yield f"in all: {bills[0]} → {bills[1]} dollars for {text} ({AS_OF})"


def _bill(contract: Contract, calls: int, shards: int) -> float:
    """The bill, without what functions do with the table, which no contract states."""
    return STANDING + sum(
        cost(contract, each, calls, shards).dollars for each in contract.operations.values()
    )
