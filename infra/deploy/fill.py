"""Filling: items that are older than an index get the key that it needs.

It can be stopped and run again: its position is stored after each page, and an item that has its
keys is left alone. Meanwhile the function writes the keys of the items that it changes.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, code, explained
from infra.aws.artifacts import Artifacts
from infra.console import Tell
from service.stores import Filters, Scope
from service.stores.attributes import to_values
from service.stores.layout import BY_CREATED, index_keys, partition_key
from service.stores.shards import keys_in

_WRITERS = 8
_LOST_RACES = 10
"""How often an item may change between reading and filling before filling fails."""

Attributes = dict[str, dict[str, Any]]


def fill(
    account: Account,
    artifacts: Artifacts,
    table: str,
    filters: Filters,
    tell: Tell,
    shards: int = 1,
) -> int:
    """Fill every item of a table, and return how many were changed. Raises StackError."""
    filling = _Filling(account.client("dynamodb"), table, filters, shards)
    place = _Place(artifacts, table, filters, shards)
    seen = changed = 0
    with ThreadPoolExecutor(_WRITERS) as writers, explained():
        for page, last in filling.pages(place.read()):
            changed += sum(writers.map(filling.fill, page))
            seen += len(page)
            place.write(last)
            tell(f"  {seen} items looked at, {changed} filled in")
    return changed


def begin_anew(artifacts: Artifacts) -> None:
    """Forget the position of an earlier filling, before the function changes what keys it writes.

    Items before that position would lack the keys that the function has not written all the time.
    """
    artifacts.delete(artifacts.fill_key)


@dataclass(frozen=True)
class _Place:
    """The key at which filling continues; for other filters or shards, the first item's."""

    artifacts: Artifacts
    table: str
    filters: Filters
    shards: int

    def read(self) -> Attributes | None:
        body = self.artifacts.get(self.artifacts.fill_key)
        kept = json.loads(body) if body else {}
        return kept["last"] if kept.get("of") == self._of() else None

    def write(self, last: Attributes | None) -> None:
        if last is None:
            self.artifacts.delete(self.artifacts.fill_key)
        else:
            body = json.dumps({"of": self._of(), "last": last}).encode()
            self.artifacts.put(self.artifacts.fill_key, body)

    def _of(self) -> str:
        return sha256(json.dumps([self.table, self.filters, self.shards]).encode()).hexdigest()


@dataclass(frozen=True)
class _Filling:
    client: Any
    table: str
    filters: Filters
    shards: int

    def pages(
        self, start: Attributes | None
    ) -> Iterator[tuple[list[Attributes], Attributes | None]]:
        """Pages of items, each with the key to continue from, None after the last."""
        while True:
            more = {"ExclusiveStartKey": start} if start else {}
            answer = self.client.scan(TableName=self.table, ConsistentRead=True, **more)
            start = answer.get("LastEvaluatedKey")
            yield answer["Items"], start
            if not start:
                return

    def fill(self, item: Attributes) -> bool:
        """Fill one item, and say whether it changed. One that changes meanwhile is read again."""
        for _ in range(_LOST_RACES):
            wrong = self._wrong_keys(item)
            if not wrong or self._write(item, wrong):
                return bool(wrong)
            item = self.client.get_item(
                TableName=self.table, Key={"id": item["id"]}, ConsistentRead=True
            ).get("Item", {})
        raise RuntimeError(f"The item {item.get('id')} changes faster than it can be filled in.")

    def _wrong_keys(self, item: Attributes) -> dict[str, str | None]:
        """By attribute, the missing or wrong keys of the item (None: it should have none)."""
        if "_scope" not in item:
            return {}  # deleted meanwhile, or not written by this service
        scope = Scope(*json.loads(item["_scope"]["S"]))
        filters = self.filters.get(scope.collection, {})
        plain: dict[str, str | None] = {
            f"_{BY_CREATED}": partition_key(*scope),
            **index_keys(scope, filters, {**filters, **to_values(item)}),
        }
        return {
            name: key
            for name, key in keys_in([self.shards], item["id"]["S"], plain).items()
            if item.get(name) != ((key and {"S": key}) or None)
        }

    def _write(self, item: Attributes, keys: Mapping[str, str | None]) -> bool:
        names = {f"#{n}": name for n, name in enumerate(keys)}
        values = {f":{n}": {"S": key} for n, key in enumerate(keys.values()) if key}
        present = [f"#{n} = :{n}" for n, key in enumerate(keys.values()) if key]
        absent = [f"#{n}" for n, key in enumerate(keys.values()) if not key]
        expression = f"SET {', '.join(present)}" if present else ""
        expression += f" REMOVE {', '.join(absent)}" if absent else ""
        try:
            self.client.update_item(
                TableName=self.table,
                Key={"id": item["id"]},
                UpdateExpression=expression,
                # Of an item that is handed over, the scope is all that changes.
                ConditionExpression="#token = :token AND #scope = :scope",
                ExpressionAttributeNames={**names, "#token": "_token", "#scope": "_scope"},
                ExpressionAttributeValues={
                    **values,
                    ":token": item["_token"],
                    ":scope": item["_scope"],
                },
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
