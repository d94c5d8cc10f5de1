"""How an item is stored in DynamoDB's table, which is also how every store counts its bytes.

Besides its own properties, an item has attributes of the service, which are never shown; a property
that begins with an underscore is given one more, so that no names collide:

    _scope         JSON [collection, owner]: whose item it is
    _token         the version, new with every write
    _request       fingerprint of the request that created it, or that write's token; no update
                   touches it
    _sort          sort key of every index: UTC milliseconds of fixed width, "#", id
    _byCreated     partition key of the index of that name: JSON [collection, owner]
    _by<Filter>    the same for a filter: JSON [collection, owner, filter, value]; no value, no key
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from . import Filters, Position, Scalar, Scope, Values
from .attributes import attribute_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        CreateTableInputTypeDef,
        GlobalSecondaryIndexUnionTypeDef,
    )

BY_CREATED = "byCreated"


def index_name(filter: str) -> str:
    """The index of a filter: `genre` → `byGenre`; no two filters share one."""
    if filter == "created" or not filter[0].islower():
        return f"by_{filter}"
    return f"by{filter[0].upper()}{filter[1:]}"


def index_keys(
    scope: Scope, filters: Mapping[str, Scalar | None], values: Values
) -> dict[str, str | None]:
    """The partition keys that `values` decide, by attribute; None for an index without an entry."""
    return {
        f"_{index_name(name)}": None if value is None else filter_key(scope, name, value)
        for name, value in values.items()
        if name in filters
    }


def whole(
    scope: Scope,
    filters: Mapping[str, Scalar | None],
    position: Position,
    values: Values,
    token: str,
    fingerprint: str,
) -> Values:
    """A new item: the values of all its attributes."""
    values = {**values, "id": position.id}
    keys = index_keys(scope, filters, {**filters, **values})
    return {
        **{attribute_name(name): value for name, value in values.items()},
        "_scope": partition_key(*scope),
        "_token": token,
        "_request": fingerprint,
        "_sort": sort_key(position),
        f"_{BY_CREATED}": partition_key(*scope),
        **{name: key for name, key in keys.items() if key is not None},
    }


def sort_key(position: Position) -> str:
    return f"{position.created:015d}#{position.id}"


def position_of(sort_key: str) -> Position:
    created, _, rest = sort_key.partition("#")
    return Position(int(created), rest)


def filter_key(scope: Scope, name: str, value: Any) -> str:
    # JSON Schema accepts 1.0 as an integer, so a filter for 1 has to find it.
    return partition_key(*scope, name, int(value) if isinstance(value, float) else value)


def partition_key(*parts: Scalar) -> str:
    """A key as a JSON array, so that no value of one part can be mistaken for another part."""
    return orjson.dumps(parts).decode()


def table_definition(table: str, filters: Filters) -> "CreateTableInputTypeDef":
    """The input of CreateTable for the table with the indexes of all collections."""
    return table_with(table, index_names(filters))


def table_with(table: str, indexes: Sequence[str]) -> "CreateTableInputTypeDef":
    """The input of CreateTable for a table with these indexes."""
    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": attribute_definitions(indexes),
        "GlobalSecondaryIndexes": index_definitions(indexes),
    }


def index_names(filters: Filters) -> list[str]:
    """The indexes that a table needs for these filters, the one of every list first."""
    distinct = dict.fromkeys(index_name(name) for names in filters.values() for name in names)
    return [BY_CREATED, *distinct]


def attribute_definitions(indexes: Sequence[str]) -> list["AttributeDefinitionTypeDef"]:
    """The key attributes of a table with these indexes: DynamoDB accepts no others."""
    keys = ["id", *(["_sort"] if indexes else []), *(f"_{index}" for index in indexes)]
    return [{"AttributeName": key, "AttributeType": "S"} for key in keys]


def index_definitions(indexes: Sequence[str]) -> list["GlobalSecondaryIndexUnionTypeDef"]:
    return [
        {
            "IndexName": index,
            "KeySchema": [
                {"AttributeName": f"_{index}", "KeyType": "HASH"},
                {"AttributeName": "_sort", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
        for index in indexes
    ]
