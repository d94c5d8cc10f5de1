"""The merge of a list's shards: how far the list is known, and which shards to query again.

An item never changes its shard, so merging shards loses no item. A list is known down to a border:
the newest of the last items that were read of each shard that has more, as the next item of any of
these may be right below its last one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Attributes = Mapping[str, Any]

NEWEST = "~"
"""Greater than every sort key."""


def share(limit: int, shards: int) -> int:
    """The number of items to query of each shard first, for a page of `limit` items.

    A shard has an even share of the page, with a standard deviation of at most its square root.
    With twice that on top, most pages need no second round, and few items are read in vain.
    """
    even = limit / shards
    return min(limit + 1, math.ceil(even + 2 * math.sqrt(even) + 1))


@dataclass
class Shard:
    """What is known of one shard: all items from the first that was read down to the last."""

    partition: str
    last: str = NEWEST
    """The sort key after which to continue; empty if there are no more items."""
    items: list[Attributes] = field(default_factory=list)

    def take(self, answer: Mapping[str, Any]) -> None:
        """Add the response to a query for the next items."""
        self.items += answer["Items"]
        key = answer.get("LastEvaluatedKey")
        self.last = key["_sort"]["S"] if key else ""


class Merge:
    """The shards of one list, merged newest first."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards
        self._found: list[Attributes] = []

    @property
    def border(self) -> str:
        """The sort key down to which the list is known; empty if it is known to its end."""
        return max(each.last for each in self._shards)

    @property
    def known(self) -> list[Attributes]:
        """The items down to the border."""
        border = self.border
        return [each for each in self._found if _sort(each) >= border]

    def hiding(self, count: int) -> list[Shard]:
        """The shards that may have another one of the first `count` items of the list."""
        oldest = _sort(self._found[count - 1]) if len(self._found) >= count else ""
        return [each for each in self._shards if each.last > oldest]

    def take(self, asked: Sequence[Shard], answers: Iterable[Mapping[str, Any]]) -> None:
        """Add the responses of these shards."""
        for shard, answer in zip(asked, answers, strict=True):
            shard.take(answer)
        found = [item for each in self._shards for item in each.items]
        self._found = sorted(found, key=_sort, reverse=True)


def _sort(attributes: Attributes) -> str:
    found: str = attributes["_sort"]["S"]
    return found
