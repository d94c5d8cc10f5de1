"""A stage's table as a source of kept items; it is read, and never written.

Reads are eventually consistent, which takes half the units: what was written within the last second
may be missed, as anything written in the next second would be.
"""

import json
from collections.abc import Iterator
from typing import Any

from infra.aws.account import Account, explained
from infra.kept.counting import Kept, Page
from infra.kept.progress import Position
from infra.prices import AS_OF, READ_UNIT
from service.stores.attributes import to_values

_BYTES_A_UNIT = 8192
"""AWS: DynamoDB read and write operations: a unit for 4 KB, and half of one for such a read."""


class ItemsInTable:
    """The items of all owners. Raises StackError."""

    def __init__(self, account: Account, table: str) -> None:
        self.name = f"{account}: {table}"
        self._client = account.client("dynamodb")
        self._table = table

    @property
    def is_empty(self) -> bool:
        with explained():
            return not self._client.scan(TableName=self._table, Limit=1)["Items"]

    @property
    def costs(self) -> str:
        """What reading all of it costs, in words."""
        units = self._units()
        return (
            f"Counting reads all of the table {self._table}: about {units:,} read units, which are"
            f" {units * READ_UNIT:.2f} dollars ({AS_OF}). DynamoDB tells a table's size every six"
            " hours or so: it may be larger by now."
        )

    def _units(self) -> int:
        """The read units (AWS: DescribeTable, TableSizeBytes)."""
        with explained():
            table = self._client.describe_table(TableName=self._table)["Table"]
        return -(-int(table.get("TableSizeBytes", 0)) // _BYTES_A_UNIT)

    def pages(self, after: Position) -> Iterator[Page]:
        """Pages of 1 MB each in the table's own order, from its beginning, or after a key."""
        while True:
            more = {"ExclusiveStartKey": after} if after else {}
            with explained():
                answer = self._client.scan(TableName=self._table, **more)
            after = answer.get("LastEvaluatedKey")
            yield Page(list(_kept(answer["Items"])), after)
            if not after:
                return


def _kept(items: list[dict[str, Any]]) -> Iterator[Kept]:
    """The items that this service has written; somebody else may have added others."""
    for each in items:
        if "_scope" in each:
            collection, _ = json.loads(each["_scope"]["S"])
            yield Kept(collection, each["id"]["S"], to_values(each))
