"""The indexes that a table has in DynamoDB, and which of them are not ready yet.

CloudFormation begins to build an index and does not wait for it; until it is ACTIVE, it cannot be
read, and the table allows no other change (AWS::DynamoDB::Table, GlobalSecondaryIndexes). That
takes minutes, and hours for a large table.
"""

import time
from typing import Any

from infra.aws.account import Account, StackError, explained
from infra.aws.pauses import pauses
from infra.aws.tables import Table
from infra.console import Tell
from service.stores.layout import attribute_definitions, index_definitions

_FIRST_SILENCE = 30.0
_LONGEST_SILENCE = 300.0
"""Seconds after which a line says what the command waits for; the interval grows up to this."""

_BUSY = ("CREATING", "UPDATING", "DELETING")


class Indexes:
    """The indexes of a table, which may not exist."""

    def __init__(self, account: Account, table: str) -> None:
        self._table = Table(account, table)
        self._client = account.client("dynamodb")

    def own(self) -> list[str]:
        """The names of the indexes that have the service's form, and are not being deleted."""
        return [
            each["IndexName"]
            for each in self._all()
            if _is_own(each) and _status(each) != "DELETING"
        ]

    def strange(self) -> list[str]:
        """The names of the indexes that somebody else has created."""
        return [each["IndexName"] for each in self._all() if not _is_own(each)]

    def settle(self, tell: Tell) -> None:
        """Wait until the table allows another change. Raises StackError."""
        began = time.monotonic()
        told, silence = 0.0, 0.0
        for _ in pauses():
            busy = self._busy()
            if not busy:
                return
            now = time.monotonic()
            if now - told >= silence:
                for what, more in busy:
                    tell(f"  {'waiting for':18} {what}, {now - began:.0f} s{more}")
                told, silence = now, min(max(silence * 2, _FIRST_SILENCE), _LONGEST_SILENCE)

    def _busy(self) -> list[tuple[str, str]]:
        """What is still changing: its name, and its status and progress in words."""
        found = self._table.description() or {}
        status = found.get("TableStatus", "ACTIVE")
        indexes = [
            (
                f"index {each['IndexName']}: {_status(each)}",
                ", backfilling" if each.get("Backfilling") else "",
            )
            for each in _of(found)
            if _status(each) in _BUSY
        ]
        return indexes or ([(f"table {self._table.name}: {status}", "")] if status in _BUSY else [])

    def make(self, name: str) -> None:
        """Begin to build an index. Raises StackError."""
        self._change({"Create": index_definitions([name])[0]}, name)

    def remove(self, name: str) -> None:
        """Begin to remove an index. Raises StackError."""
        self._change({"Delete": {"IndexName": name}})

    def _change(self, change: Any, *attributes_of: str) -> None:
        keys = {"AttributeDefinitions": self._attributes(*attributes_of)} if attributes_of else {}
        with explained():
            self._client.update_table(
                TableName=self._table.name, GlobalSecondaryIndexUpdates=[change], **keys
            )

    def _attributes(self, *names: str) -> list[Any]:
        return [each for each in attribute_definitions(names) if each["AttributeName"] != "id"]

    def _all(self) -> list[dict[str, Any]]:
        found = self._table.description()
        if found is None:
            raise StackError(
                f"The table {self._table.name} is gone: somebody has deleted it by hand. Restore it"
                " under the same name (`aws dynamodb restore-table-from-backup`, or"
                " `restore-table-to-point-in-time`) and run the command again; or take the stage"
                " away with `todo-api destroy` and deploy it anew, without its items."
            )
        return _of(found)


def _of(table: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.get("GlobalSecondaryIndexes", [])
    return found


def _status(index: dict[str, Any]) -> str:
    """The status of an index; some engines give none for one that was created with its table."""
    return str(index.get("IndexStatus", "ACTIVE"))


def _is_own(index: dict[str, Any]) -> bool:
    (ours,) = index_definitions([index["IndexName"]])
    return bool(index["KeySchema"] == ours["KeySchema"])
