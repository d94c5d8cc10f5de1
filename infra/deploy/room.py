"""Room: whether a table has room for all indexes and keys that a plan gives it on the way."""

from collections.abc import Sequence

from infra.aws.account import StackError
from infra.deploy.plan import Start, Step, in_words, most_indexes
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.stores.limits import MOST_INDEXES, MOST_WRITTEN


def check_room(steps: Sequence[Step], start: Start, contract: Contract, shards: int) -> None:
    """Raises StackError for a plan that DynamoDB would refuse halfway; it says what to do."""
    most = most_indexes(steps) + len(start.strange)
    if most > max(MOST_INDEXES, len(start.indexes) + len(start.strange)):
        raise StackError(
            f"The table would have {most} indexes on the way, and DynamoDB allows {MOST_INDEXES}."
            f" Nothing was changed. {_remedy(most - MOST_INDEXES, start, shards)}"
        )
    if start.contract and start.shards != shards:
        _check_updates(start.contract, contract, f"{in_words(start.shards)} to {in_words(shards)}")


def _check_updates(before: Contract, after: Contract, change: str) -> None:
    """Each update writes the keys of two numbers of shards, for the filters of both contracts."""
    for operation in [*before.operations.values(), *after.operations.values()]:
        written = _written(operation, before, after)
        if written > MOST_WRITTEN:
            raise StackError(
                f"While lists change from {change}, {operation.id} would write {written} attributes"
                f" at once, and DynamoDB allows {MOST_WRITTEN}. Nothing was changed. Deploy a"
                " contract with fewer properties or filters first, change the shards, and add the"
                " others again."
            )


def _remedy(excess: int, start: Start, shards: int) -> str:
    if start.shards == shards:
        return (
            "Deploy the contract once without its new filters, so that the indexes of the old ones"
            " go, and then with them."
        )
    filters = -(-excess // 2)
    many = "1 filter" if filters == 1 else f"{filters} filters"
    return (
        f"While lists change from {in_words(start.shards)} to {in_words(shards)}, each filter has"
        f" two indexes. Deploy a contract with {many} less, change the shards, and add"
        f" {'it' if filters == 1 else 'them'} again."
    )


def _written(operation: Operation, before: Contract, after: Contract) -> int:
    """The most attributes that an update writes, its token among them."""
    if operation.rule not in (Rule.REPLACE, Rule.MERGE):
        return 0
    collection = operation.collection
    name = collection.name
    filters = {**before.filters.get(name, {}), **after.filters.get(name, {})}
    return len(operation.sent) + len(collection.stamped_on_write) + 1 + 2 * len(filters)
