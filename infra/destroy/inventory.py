"""The inventory: everything that there is of one stage in an account and a region.

AWS's tagging API lags behind by minutes, and lists what is long gone. So it only says where to
look: the inventory has what a resource's own service still lists.
"""

from collections import Counter
from collections.abc import Sequence

from infra.aws.account import Account, explained
from infra.aws.search import Search
from infra.aws.stage import Stage
from infra.destroy.resources import LISTS, Found


def inventory(account: Account, stage: Stage) -> list[Found]:
    """Everything that there is of a stage. Raises StackError."""
    search = Search(account, stage)
    with explained():
        return [found for look in LISTS.values() for found in look(search)]


def comparison(before: Sequence[Found], after: Sequence[Found]) -> str:
    """A table of what was looked for: how many there were, and how many there are."""
    were, are = (Counter(each.kind for each in found) for found in (before, after))
    lines = [f"  {kind:22} {were[kind]:6} {are[kind]:6}" for kind in LISTS]
    return "\n".join([f"  {'':22} BEFORE  AFTER", *lines])
