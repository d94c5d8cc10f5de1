"""Items by their owner: how many there are, and how they pass from one owner to another.

An item's owner is in its scope and in the keys of its indexes, and nowhere else
(`service/stores/layout.py`). So it is passed on by one update, on condition that these are as they
were read: if a request changes one of them meanwhile, that is not lost, and the item is read again.
An item that has been passed on has left its owner's partition, so if this is stopped, it can be run
again and continues.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained
from infra.aws.pauses import pauses
from infra.callers.counted import Counted
from infra.console import Tell
from service.stores import Scope
from service.stores.layout import BY_CREATED, partition_key
from service.stores.shards import index_in, is_partition_key, partitions_in

_WRITERS = 8
_TRIES = 10
"""How often an item may change between reading and writing, or an index lag behind."""

_PAGES = 20
"""The most pages of 1 MB each that are counted; beyond them the number is "at least"."""

Attributes = dict[str, dict[str, Any]]


class Items:
    """The items of one table, whose lists read so many shards."""

    def __init__(self, account: Account, table: str, shards: int = 1) -> None:
        self._client = account.client("dynamodb")
        self._table = table
        self._shards = shards

    # -- counting ------------------------------------------------------------------------------

    def owned_by(self, scope: Scope) -> Counted:
        """The items of one owner. Raises StackError."""
        counted = [self._count("query", **each) for each in self._partitions(scope)]
        number = sum(each.number for each in counted)
        return Counted(number, all(each.is_all for each in counted))

    def not_owned_by(self, scope: Scope) -> Counted:
        """The items that other owners have in the collection. Raises StackError."""
        prefix = partition_key(scope.collection)[:-1] + ","
        return self._count(
            "scan",
            FilterExpression="begins_with(#scope, :any) AND #scope <> :mine",
            ExpressionAttributeNames={"#scope": "_scope"},
            ExpressionAttributeValues={
                ":any": {"S": prefix},
                ":mine": {"S": partition_key(*scope)},
            },
        )

    def _count(self, operation: str, **asked: Any) -> Counted:
        counted = 0
        with explained():
            pages = self._client.get_paginator(operation).paginate(
                TableName=self._table, Select="COUNT", **asked
            )
            for number, page in enumerate(pages, start=1):
                counted += page["Count"]
                if number == _PAGES and "LastEvaluatedKey" in page:
                    return Counted(counted, is_all=False)
        return Counted(counted)

    # -- passing them on -----------------------------------------------------------------------

    def hand_over(self, collection: str, owner: str, to: str, tell: Tell) -> int:
        """Give all items of an owner in a collection to another owner, and return their number.

        Raises StackError.
        """
        passing = _Passing(self._client, self._table, Scope(collection, owner), to)
        return self._each(passing.source, passing.pass_on, "handed over", tell)

    def delete(self, collection: str, owner: str, tell: Tell) -> int:
        """Delete all items of an owner in a collection, and return their number."""
        passing = _Passing(self._client, self._table, Scope(collection, owner), "")
        return self._each(passing.source, passing.delete, "deleted", tell)

    def _each(self, source: Scope, act: Any, done: str, tell: Tell) -> int:
        """Act on each item until none is left. An index lags behind, so it is read again."""
        changed = 0
        with explained(), ThreadPoolExecutor(_WRITERS) as writers:
            for _ in islice(pauses(), _TRIES):
                seen = 0
                for page in self._pages(source):
                    seen += len(page)
                    changed += sum(writers.map(act, page))
                    tell(f"  {changed} {done}")
                if not seen:
                    return changed
        raise StackError(
            f"Items of {source.owner} in {source.collection} keep coming in, or cannot be {done}."
            " Run it again."
        )

    def _pages(self, source: Scope) -> Iterator[list[Attributes]]:
        paginator = self._client.get_paginator("query")
        for partition in self._partitions(source):
            for page in paginator.paginate(TableName=self._table, **partition):
                if page["Items"]:
                    yield page["Items"]

    def _partitions(self, scope: Scope) -> list[dict[str, Any]]:
        """The parameters of a query for each partition of an owner."""
        index = index_in(self._shards, BY_CREATED)
        return [
            {
                "IndexName": index,
                "KeyConditionExpression": "#partition = :partition",
                "ExpressionAttributeNames": {"#partition": f"_{index}"},
                "ExpressionAttributeValues": {":partition": {"S": key}},
            }
            for key in partitions_in(self._shards, partition_key(*scope))
        ]


@dataclass(frozen=True)
class _Passing:
    client: Any
    table: str
    source: Scope
    to: str

    def pass_on(self, item: Attributes) -> bool:
        """Pass an item on, and say whether it still was the owner's.

        A deployment may fill in further keys of the owner after the item was read, or a request
        may write them: they are passed on in the next turn.
        """
        passed = False
        for _ in range(_TRIES):
            keys = self._owners_keys(item)
            if not keys:
                return passed  # also if it was deleted meanwhile, or passed on before
            after = self._updated(item, keys)
            passed = passed or after is not None
            item = after or self._current(item)
        raise _changing(item)

    def delete(self, item: Attributes) -> bool:
        """Delete an item, and say whether it still was the owner's."""
        for _ in range(_TRIES):
            if item.get("_scope") != {"S": partition_key(*self.source)}:
                return False
            if self._deleted(item):
                return True
            item = self._current(item)
        raise _changing(item)

    def _owners_keys(self, item: Attributes) -> dict[str, list[Any]]:
        """The attributes that tell the owner whose the item was, by name."""
        keys = {name: json.loads(item[name]["S"]) for name in item if _tells_owner(name)}
        return {name: key for name, key in keys.items() if key[1] == self.source.owner}

    def _updated(self, item: Attributes, keys: Mapping[str, list[Any]]) -> Attributes | None:
        """The item after these keys were changed; None if one of them is not as it was read."""
        names = {f"#{n}": name for n, name in enumerate(keys)}
        before = {f":is{n}": item[name] for n, name in enumerate(keys)}
        after = {f":{n}": {"S": self._rekeyed(key)} for n, key in enumerate(keys.values())}
        answer = _unless_changed(
            self.client.update_item,
            TableName=self.table,
            Key={"id": item["id"]},
            UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(len(keys))),
            ConditionExpression=" AND ".join(f"#{n} = :is{n}" for n in range(len(keys))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={**before, **after},
            ReturnValues="ALL_NEW",
        )
        found: Attributes | None = answer and answer["Attributes"]
        return found

    def _deleted(self, item: Attributes) -> bool:
        answer = _unless_changed(
            self.client.delete_item,
            TableName=self.table,
            Key={"id": item["id"]},
            ConditionExpression="#token = :token AND #scope = :scope",
            ExpressionAttributeNames={"#token": "_token", "#scope": "_scope"},
            ExpressionAttributeValues={":token": item["_token"], ":scope": item["_scope"]},
        )
        return answer is not None

    def _current(self, item: Attributes) -> Attributes:
        """The item as it is now; it keeps its id even if it is gone."""
        answer = self.client.get_item(
            TableName=self.table, Key={"id": item["id"]}, ConsistentRead=True
        )
        found: Attributes = answer.get("Item", {"id": item["id"]})
        return found

    def _rekeyed(self, key: list[Any]) -> str:
        collection, _, *rest = key
        return partition_key(collection, self.to, *rest)


def _unless_changed(write: Any, **parameters: Any) -> Any:
    """The response to a write; None if its condition does not hold."""
    try:
        return write(**parameters)
    except ClientError as error:
        if code(error) != "ConditionalCheckFailedException":
            raise
        return None


def _changing(item: Attributes) -> StackError:
    return StackError(f"The item {item['id']['S']} changes faster than it can be handed over.")


def _tells_owner(attribute: str) -> bool:
    """Whether an attribute has the owner."""
    return attribute == "_scope" or is_partition_key(attribute)
