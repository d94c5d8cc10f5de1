"""Shards: the partitions of a list, if one partition cannot take its writes.

A partition of an index takes about 1,000 write units a second (AWS: Best practices for designing
and using partition keys), and every new item of a list goes into the same one. With several shards,
an item goes into the one that its id determines: CRC-32 of the id in UTF-8 (ISO/IEC 8802-3), modulo
their number. It stays there as long as it exists, so reading all shards misses no item that moves.

Each number of shards has its own indexes, and an item can have the keys of two numbers while lists
change from one to the other. The name of an index, its key attribute and one of its partition keys,
for one shard and for four:

    byCreated      _byCreated      ["books","everyone"]
    of4byCreated   _of4byCreated   ["books","everyone",2]
"""

from collections.abc import Mapping, Sequence
from zlib import crc32

from . import Filters
from .layout import index_names

MOST_SHARDS = 32
"""The most shards of a list, which is the number of connections that are kept open.

They take most of what a table may: 40,000 write units a second, unless AWS raises the quota (AWS:
Service, account, and table quotas in Amazon DynamoDB).
"""


def shard_of(id: str, shards: int) -> int:
    """The number of the shard of an item, counted from 0."""
    return crc32(id.encode()) % shards


def index_in(shards: int, index: str) -> str:
    """The name of an index in so many shards, given its name in one.

    Names of indexes in one shard begin with `by`, so a filter's is never one of the others.
    """
    return index if shards == 1 else f"of{shards}{index}"


def shards_in(index: str) -> int:
    """The number of shards of the index with this name."""
    before, by, _ = index.partition("by")
    number = before.removeprefix("of")
    return int(number) if by and number != before and number.isdecimal() else 1


def indexes_in(shards: int, filters: Filters) -> list[str]:
    """The indexes that a table needs for these filters."""
    return [index_in(shards, name) for name in index_names(filters)]


def partitions_in(shards: int, key: str) -> Sequence[str]:
    """The keys of all partitions of a list, given its key with a single shard."""
    return [key] if shards == 1 else [_sharded(key, number) for number in range(shards)]


def keys_in(
    shards: Sequence[int], id: str, keys: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The partition keys of an item by attribute, in each of these numbers of shards.

    `keys` are its keys with a single shard, None if it is to have none.
    """
    return {
        f"_{index_in(number, name[1:])}": key and _key_in(number, id, key)
        for number in shards
        for name, key in keys.items()
    }


def is_partition_key(attribute: str) -> bool:
    """Whether an attribute is the partition key of an index, in any number of shards.

    Properties with an underscore begin with two.
    """
    return attribute.startswith(("_by", "_of"))


def _key_in(shards: int, id: str, key: str) -> str:
    return key if shards == 1 else _sharded(key, shard_of(id, shards))


def _sharded(key: str, shard: int) -> str:
    return f"{key[:-1]},{shard}]"
