"""The distributed store: one DynamoDB table, one round trip for each operation."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from . import (
    Filters,
    Item,
    ItemMissing,
    ItemTooLarge,
    KeyReused,
    Page,
    Position,
    Scalar,
    Scope,
    StoreError,
    StoreUnavailable,
    TokenStale,
    Values,
)
from .attributes import attribute_name, to_attribute, to_attributes, to_values
from .fingerprints import is_fingerprint
from .layout import (
    BY_CREATED,
    filter_key,
    index_keys,
    index_name,
    partition_key,
    position_of,
    sort_key,
    whole,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ID_BYTES = 1000
"""A sort key has at most 1,024 bytes, and `_sort` needs 16 of them for the time."""


_EXPRESSION_BYTES = 4096
"""AWS: Quotas in Amazon DynamoDB, expression parameters."""


class DynamoDBStore:
    """Items in one table, made as `table_definition` says.

    `shown` names the properties that lists of a collection need; without an entry, all of them.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        filters: Filters,
        shown: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._filters = filters
        self._shown = {name: _projection(names) for name, names in (shown or {}).items()}

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        # An ordinary request gets its own random token as fingerprint: if the id turns out to be
        # taken by that, then by a first attempt whose response got lost.
        fingerprint = request or token
        attributes = self._whole(scope, position, values, token, fingerprint)
        try:
            self._call(
                "put_item",
                Item=to_attributes(attributes),
                ConditionExpression="attribute_not_exists(#id)",
                ExpressionAttributeNames={"#id": "id"},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _ConditionFailedError as failed:
            if failed.created_by(scope, fingerprint):
                return item_of(failed.old)
            raise KeyReused(position.id) from None
        return Item({**values, "id": position.id}, token)

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        found = self._found(id)
        if not found:
            return None
        if not _made_by(found, scope, request):
            raise KeyReused(id)
        return item_of(found)

    def get(self, scope: Scope, id: str) -> Item:
        found = self._found(id)
        if not _belongs(found, scope):
            raise ItemMissing(id)
        return item_of(found)

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        filters = self._filters_of(scope)
        # A removed property counts as its default, as in an item that never had it.
        defaults = {name: filters[name] for name in removed if name in filters}
        keys = self._keys(scope, id, {**defaults, **changes})
        request = _condition(scope, expected, unexpected)
        written = {attribute_name(name): value for name, value in changes.items()}
        gone = [attribute_name(name) for name in removed]
        _assign(request, {**written, "_token": token}, keys, gone)
        try:
            answer = self._call("update_item", Key=_key(id), ReturnValues="ALL_NEW", **request)
        except _ConditionFailedError as failed:
            if failed.written_by(scope, token):
                return item_of(failed.old)
            raise failed.reason(scope, id) from None
        return item_of(answer["Attributes"])

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        condition = _condition(scope, expected, unexpected)
        try:
            self._call("delete_item", Key=_key(id), **condition)
        except _ConditionFailedError as failed:
            if failed.old or not failed.retried:
                raise failed.reason(scope, id) from None

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        index, partition, others = self._reading(scope, filters)
        # One more item than asked for shows whether there is a next page, except with a filter.
        asked = limit if others else limit + 1
        query = self._query(scope, index, partition, others, asked, after)
        return _page(self._call("query", **query), limit)

    def _reading(
        self, scope: Scope, filters: Mapping[str, Scalar]
    ) -> tuple[str, str, Mapping[str, Scalar]]:
        """The index of a list, its partition key there, and the filters that are left to apply."""
        ordered = [name for name in self._filters_of(scope) if name in filters]
        if not ordered:
            return BY_CREATED, partition_key(*scope), {}
        first, *rest = ordered
        key = filter_key(scope, first, filters[first])
        return index_name(first), key, {name: filters[name] for name in rest}

    def _query(
        self,
        scope: Scope,
        index: str,
        partition: str,
        others: Mapping[str, Scalar],
        limit: int,
        after: Position | None,
    ) -> dict[str, Any]:
        """The query for the next items of one partition, newest first."""
        query: dict[str, Any] = {
            "IndexName": index,
            "KeyConditionExpression": "#partition = :partition",
            "ScanIndexForward": False,
            "Limit": limit,
            "ExpressionAttributeNames": {"#partition": f"_{index}"},
            "ExpressionAttributeValues": {":partition": {"S": partition}},
        }
        if others:
            self._filter(query, scope, others)
        if names := self._shown.get(scope.collection):
            query["ProjectionExpression"] = ",".join(names)
            query["ExpressionAttributeNames"] |= names
        if after:
            query["ExclusiveStartKey"] = _start_key(after, index, partition)
        return query

    def _whole(
        self, scope: Scope, position: Position, values: Values, token: str, fingerprint: str
    ) -> Values:
        """The values of all attributes of a new item."""
        return whole(scope, self._filters_of(scope), position, values, token, fingerprint)

    def _keys(self, scope: Scope, id: str, values: Values) -> Mapping[str, str | None]:  # noqa: ARG002
        """The partition keys that follow from `values`, by attribute; None for no key."""
        return index_keys(scope, self._filters_of(scope), values)

    def _found(self, id: str) -> dict[str, Any]:
        """The attributes of the item with this id, as of the last write; none if the id is free."""
        answer = self._call("get_item", Key=_key(id), ConsistentRead=True)
        return cast("dict[str, Any]", answer.get("Item", {}))

    def _filters_of(self, scope: Scope) -> Mapping[str, Scalar | None]:
        return self._filters.get(scope.collection, {})

    def _filter(self, query: dict[str, Any], scope: Scope, filters: Mapping[str, Scalar]) -> None:
        tests = []
        for n, (name, value) in enumerate(filters.items()):
            query["ExpressionAttributeNames"][f"#{n}"] = attribute_name(name)
            query["ExpressionAttributeValues"][f":{n}"] = to_attribute(value)
            test = f"#{n} = :{n}"
            if _same(value, self._filters_of(scope)[name]):
                # An item written before the property existed counts as having its default value.
                test = f"(attribute_not_exists(#{n}) OR {test})"
            tests.append(test)
        query["FilterExpression"] = " AND ".join(tests)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one round trip. Errors of the SDK are raised as facts, unless the fault is ours."""
        try:
            method = getattr(self._client, operation)
            return cast("dict[str, Any]", method(TableName=self._table, **parameters))
        except ClientError as error:
            if fact := self._fact(error):
                raise fact from error
            raise
        except (BotoCoreError, ResponseParserError, orjson.JSONDecodeError) as error:
            raise StoreUnavailable(f"DynamoDB did not answer: {error}") from error

    def _fact(self, error: ClientError) -> Exception | None:
        match error.response["Error"]["Code"]:
            case "ConditionalCheckFailedException":
                return _ConditionFailedError(error)
            case "ResourceNotFoundException":
                return StoreUnavailable(f"DynamoDB has no table {self._table}: {error}")
            case "ValidationException" if "Item size" in str(error):
                return ItemTooLarge(f"DynamoDB refused: {error}")
            case "ValidationException" | "SerializationException" if not _lacks_index(error):
                return None
            case _:
                return StoreUnavailable(f"DynamoDB refused: {error}")


def _projection(shown: Sequence[str]) -> dict[str, str]:
    """The names in an expression that asks for these properties; none if it would be too long.

    Half of an item on the wire is the service's own attributes, of which a list reads two.
    """
    attributes = dict.fromkeys(["id", *map(attribute_name, shown), "_token", "_sort"])
    names = {f"#p{n}": name for n, name in enumerate(attributes)}
    return names if len(",".join(names)) <= _EXPRESSION_BYTES else {}


class _ConditionFailedError(Exception):
    """A write was refused. `old` is the item as it is now, if there is one."""

    def __init__(self, error: ClientError) -> None:
        answer = cast("dict[str, Any]", error.response)
        self.old: dict[str, Any] = answer.get("Item", {})
        self.retried = answer["ResponseMetadata"].get("RetryAttempts", 0) > 0

    def created_by(self, scope: Scope, fingerprint: str) -> bool:
        """Whether the item belongs to this scope and was created by this very request."""
        return _made_by(self.old, scope, fingerprint)

    def written_by(self, scope: Scope, token: str) -> bool:
        """Whether the item belongs to this scope and was last written by this very call."""
        return _belongs(self.old, scope) and bool(self.old["_token"]["S"] == token)

    def reason(self, scope: Scope, id: str) -> StoreError:
        return TokenStale(id) if _belongs(self.old, scope) else ItemMissing(id)


def _lacks_index(error: ClientError) -> bool:
    """Whether a deploy is still adding the index; the two texts are DynamoDB's own."""
    text = str(error)
    return "does not have the specified index" in text or "backfilling" in text


def _belongs(item: Mapping[str, Any], scope: Scope) -> bool:
    return "_scope" in item and item["_scope"]["S"] == partition_key(*scope)


def _made_by(item: Mapping[str, Any], scope: Scope, fingerprint: str) -> bool:
    return _belongs(item, scope) and is_fingerprint(item["_request"]["S"], fingerprint)


def item_of(attributes: Mapping[str, Any]) -> Item:
    return Item(to_values(attributes), attributes["_token"]["S"])


def _key(id: str) -> dict[str, Any]:
    if not 0 < len(id.encode()) <= _ID_BYTES:
        raise ItemMissing(id)
    return {"id": {"S": id}}


def _condition(
    scope: Scope, expected: Sequence[str] | None, unexpected: Sequence[str]
) -> dict[str, Any]:
    """The condition that the item exists in this scope, in a version that the caller accepts."""
    condition = "#scope = :scope"
    names = {"#scope": "_scope"}
    values = {":scope": {"S": partition_key(*scope)}}
    if expected is not None or unexpected:
        names["#token"] = "_token"
    if expected is not None:  # IN refuses an empty list, and no token is empty
        condition += f" AND #token IN ({_listed('is', expected or [''], values)})"
    if unexpected:
        condition += f" AND NOT #token IN ({_listed('not', unexpected, values)})"
    return {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _listed(prefix: str, tokens: Sequence[str], values: dict[str, dict[str, str]]) -> str:
    """The operands of `IN`; their values are put into `values`."""
    operands = {f":{prefix}{n}": {"S": token} for n, token in enumerate(tokens)}
    values |= operands
    return ", ".join(operands)


def _assign(
    request: dict[str, Any],
    values: Values,
    keys: Mapping[str, str | None],
    removed: Sequence[str],
) -> None:
    """Add an UpdateExpression: set the values and the index keys, remove keys that are None.

    It is as short as possible: 4,096 bytes hold MOST_WRITTEN of these assignments.
    """
    gone = [*removed, *(name for name, key in keys.items() if key is None)]
    values = values | {name: key for name, key in keys.items() if key is not None}
    names = {f"#{n}": name for n, name in enumerate([*values, *gone])}
    request["ExpressionAttributeNames"] |= names
    request["ExpressionAttributeValues"] |= {
        f":{n}": to_attribute(value) for n, value in enumerate(values.values())
    }
    expression = "SET " + ",".join([f"#{n}=:{n}" for n in range(len(values))])
    if gone:
        expression += " REMOVE " + ",".join([f"#{n}" for n in range(len(values), len(names))])
    request["UpdateExpression"] = expression


def _page(answer: Mapping[str, Any], limit: int) -> Page:
    """The page. `LastEvaluatedKey` counts if DynamoDB stopped at a filter's limit, or at 1 MB."""
    found = answer["Items"]
    last = found[limit - 1] if len(found) > limit else answer.get("LastEvaluatedKey")
    items = [item_of(attributes) for attributes in found[:limit]]
    return Page(items, place_of(last) if last else None, lambda n: place_of(found[n]))


def place_of(attributes: Mapping[str, Any]) -> Position:
    return position_of(attributes["_sort"]["S"])


def _start_key(after: Position, index: str, partition: str) -> dict[str, Any]:
    """The start key, built from the caller's own partition, so that a cursor reaches no other."""
    return {**_key(after.id), f"_{index}": {"S": partition}, "_sort": {"S": sort_key(after)}}


def _same(value: Scalar, default: Scalar | None) -> bool:
    return type(value) is type(default) and value == default  # True == 1 in Python
