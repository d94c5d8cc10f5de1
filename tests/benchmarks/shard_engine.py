"""An engine in a process of its own that keeps items, and answers each query as late as DynamoDB.

python -m tests.benchmarks.shard_engine        prints the port of this machine that it listens on

It knows two operations: PutItem, and Query of one partition of an index from the newest item down.
What an answer says is prepared when an item is put, so that many queries at once share little work.
"""

import json
import sys
import time
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from service.stores.limits import attribute_bytes
from service.stores.shards import is_partition_key
from tests.benchmarks.engine import Conversation, Engine, as_answer

LATENCY_SECONDS = 0.005
"""Of each query: DynamoDB takes a few milliseconds for one."""


@dataclass
class Kept:
    """An item, as large as AWS counts it, and as it is answered."""

    item: Any
    size: int
    encoded: dict[tuple[str, ...], bytes] = field(default_factory=dict)
    """By the attributes that are asked for."""

    def showing(self, attributes: tuple[str, ...]) -> bytes:
        if attributes not in self.encoded:
            shown = {name: self.item[name] for name in attributes if name in self.item}
            self.encoded[attributes] = json.dumps(shown).encode()
        return self.encoded[attributes]


def sort(kept: Kept) -> str:
    return str(kept.item["_sort"]["S"])


class Keeping(Conversation):
    """One connection, whose requests find what all others have put."""

    partitions: ClassVar[defaultdict[tuple[str, str, str], list[Kept]]] = defaultdict(list)
    """By table, partition key's attribute and value; the oldest item first."""

    def handle(self) -> None:
        while head := self._head():
            asked = json.loads(self.rfile.read(int(head["content-length"])))
            if "Item" in asked:
                self._put(asked["TableName"], asked["Item"])
                found = b"{}"
            else:
                found = self._query(asked)
                time.sleep(LATENCY_SECONDS)
            self.wfile.write(as_answer(found))

    def _put(self, table: str, item: Any) -> None:
        size = sum(len(name) + attribute_bytes(value) for name, value in item.items())
        for name in filter(is_partition_key, item):
            insort(self.partitions[table, name, item[name]["S"]], Kept(item, size), key=sort)

    def _query(self, asked: Any) -> bytes:
        values = asked["ExpressionAttributeValues"]
        name = f"_{asked['IndexName']}"
        partition = self.partitions[asked["TableName"], name, values[":partition"]["S"]]
        after = asked.get("ExclusiveStartKey", {}).get("_sort") or values.get(":last")
        end = bisect_left(partition, after["S"], key=sort) if after else len(partition)
        found = partition[max(0, end - asked["Limit"]) : end][::-1]
        is_last = len(found) < asked["Limit"]
        return _answer(found, attributes_of(asked), None if is_last else name)


def attributes_of(asked: Any) -> tuple[str, ...]:
    names = asked["ExpressionAttributeNames"]
    return tuple(names[each] for each in asked["ProjectionExpression"].split(","))


def _answer(found: Sequence[Kept], attributes: tuple[str, ...], key: str | None) -> bytes:
    """The answer, with the units that AWS would count: half a unit for each 4 KB begun.

    AWS: DynamoDB read and write operations. `key` is the index's, if there may be more items.
    """
    units = max(1, -(-sum(each.size for each in found) // 4096)) / 2
    rest: dict[str, Any] = {"ConsumedCapacity": {"CapacityUnits": units}}
    if key:
        last = found[-1].item
        rest["LastEvaluatedKey"] = {name: last[name] for name in ("id", key, "_sort")}
    items = b",".join(each.showing(attributes) for each in found)
    return b'{"Items":[' + items + b"]," + json.dumps(rest).encode()[1:]


def main() -> None:
    with Engine(("127.0.0.1", 0), Keeping) as engine:
        sys.stdout.write(f"{engine.server_address[1]}\n")
        sys.stdout.flush()
        engine.serve_forever()


if __name__ == "__main__":
    main()
