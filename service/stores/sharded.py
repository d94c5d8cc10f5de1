"""The distributed store with several shards for each list, which it queries all at once."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from . import Filters, Page, Position, Scalar, Scope, StoreUnavailable, Values
from .attributes import attribute_name
from .dynamodb import DynamoDBStore, item_of, place_of
from .layout import position_of, sort_key
from .limits import MOST_PAGE_BYTES, attribute_bytes, item_bytes
from .merge import NEWEST, Merge, Shard, share
from .shards import MOST_SHARDS, index_in, keys_in, partitions_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LAST_ROUND_SECONDS = 2.0
"""After this no further round of queries begins, so that a list ends within 10 seconds."""

_LONGEST_FINGERPRINT = "f" * 64


class ShardedStore(DynamoDBStore):
    """Lists read the first of these numbers of shards; writes set the keys of all of them."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        filters: Filters,
        shown: Mapping[str, Sequence[str]] | None = None,
        shards: Sequence[int] = (1,),
    ) -> None:
        super().__init__(client, table, filters, shown)
        self._shards = shards
        self._threads = ThreadPoolExecutor(MOST_SHARDS, "shard")
        self._last_round_seconds = _LAST_ROUND_SECONDS

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        """As promised. Most pages take one round of queries, and the second finds all that is left:
        there is a third only if items are so large that the second stopped at 1 MB.
        """
        shards = self._shards[0]
        if shards == 1:
            return super().list(scope, filters, limit, after)
        plain, key, others = self._reading(scope, filters)
        index = index_in(shards, plain)
        last = sort_key(after) if after else NEWEST
        merge = Merge([Shard(each, last) for each in partitions_in(shards, key)])
        began, asked = time.monotonic(), share(limit, shards)
        while asking := merge.hiding(limit + 1):
            if time.monotonic() - began > self._last_round_seconds:
                raise StoreUnavailable("DynamoDB takes too long for a whole page.")
            merge.take(asking, self._answers(scope, index, others, asked, asking))
            known = merge.known
            fitting = self._fitting(scope, known)
            if others or fitting < len(known):
                break
            asked = limit + 1 - len(known)
        return _page(known, min(limit, fitting), merge.border)

    def _answers(
        self,
        scope: Scope,
        index: str,
        others: Mapping[str, Scalar],
        limit: int,
        shards: Sequence[Shard],
    ) -> Sequence[Mapping[str, Any]]:
        queries = [
            _below(each.last, self._query(scope, index, each.partition, others, limit, None))
            for each in shards
        ]
        return [*self._threads.map(lambda query: self._call("query", **query), queries)]

    def _fitting(self, scope: Scope, items: Sequence[Mapping[str, Any]]) -> int:
        """The number of these items that fit into a page, at least one.

        A list returns few of the service's own attributes, so they count with their largest size.
        """
        filters = self._filters_of(scope)
        empty = dict.fromkeys(filters, "")
        own = item_bytes(self._whole(scope, Position(0, ""), empty, "", _LONGEST_FINGERPRINT))
        in_keys = {attribute_name(name) for name in filters}
        room = MOST_PAGE_BYTES
        for count, item in enumerate(items):
            for name, value in item.items():
                size = attribute_bytes(value)
                copies = len(self._shards) if name in in_keys else 0
                room -= len(name.encode()) + size * (1 + copies)
            room -= own
            if room < 0 and count:
                return count
        return len(items)

    def _whole(
        self, scope: Scope, position: Position, values: Values, token: str, fingerprint: str
    ) -> Values:
        found = super()._whole(scope, position, values, token, fingerprint)
        plain = {name: found.pop(name) for name in [*found] if name.startswith("_by")}
        keys = keys_in(self._shards, position.id, plain)
        return {**found, **keys}

    def _keys(self, scope: Scope, id: str, values: Values) -> Mapping[str, str | None]:
        return keys_in(self._shards, id, super()._keys(scope, id, values))


def _below(last: str, query: dict[str, Any]) -> Mapping[str, Any]:
    """The query for the items below a sort key, which may be that of another shard's item.

    A query may only start after a key that its own partition has returned (AWS: Query,
    ExclusiveStartKey), so this is a condition instead.
    """
    if last != NEWEST:
        query["KeyConditionExpression"] += " AND #sort < :last"
        query["ExpressionAttributeNames"]["#sort"] = "_sort"
        query["ExpressionAttributeValues"][":last"] = {"S": last}
    return query


def _page(known: Sequence[Mapping[str, Any]], count: int, border: str) -> Page:
    """The first `count` of the known items; after all of them the list continues at the border."""
    last = known[count - 1]["_sort"]["S"] if count < len(known) else border
    items = [item_of(attributes) for attributes in known[:count]]
    return Page(items, position_of(last) if last else None, lambda n: place_of(known[n]))
