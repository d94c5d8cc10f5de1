"""Capacity: how many creates a second the index of a list takes, for the largest item.

Every new item of a collection goes into the same partition of that index, or one of its shards.
Each takes 1,000 write units a second, and a write takes a unit for each KB of the item, the last
one rounded up. AWS: Best practices for designing and using partition keys; DynamoDB read and write
operations (write unit consumption); DynamoDB item sizes and formats.
"""

from dataclasses import dataclass
from typing import Any

from service.contract.document import Document, Place
from service.contract.item_schemas import properties_of
from service.contract.model import Collection, Contract, Operation
from service.contract.parts import Whole, whole
from service.contract.rules import Rule
from service.problems import MAX_BODY_BYTES
from service.stores import OWNER, Position, Scalar, Scope, Values
from service.stores.layout import index_keys
from service.stores.layout import whole as attributes_of
from service.stores.limits import item_bytes

UNITS_A_SECOND = 1000

_MOST_BYTES = MAX_BODY_BYTES * 3 // 2
"""The most bytes of a body in DynamoDB: `1,` in an array counts as three bytes, and a scalar as no
more than were sent."""

_MOST_STRING_BYTES = {"uuid": 36, "date": 10, "ipv4": 15, "ipv6": 45}
_MOST_NUMBER_BYTES = {"integer": 12, "number": 24}
"""A double beyond DynamoDB's range is stored as its digits."""

_TIMESTAMP = "2026-11-22T10:00:00.000Z"
_ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
_TOKEN, _FINGERPRINT = "t" * 22, "f" * 22
"""As long as the service's own."""

_SCALARS = ("string", "integer", "number", "boolean")

_BYTES_A_CHARACTER = 4
"""The most bytes of a character in UTF-8."""


def write_units(size: int) -> int:
    """The units for writing so many bytes once: one for each KB, rounded up.

    AWS: DynamoDB read and write operations.
    """
    return -(-size // 1024)


@dataclass(frozen=True)
class Kept:
    """What an item takes in the table: its bytes, and the indexes that have an entry for it."""

    bytes: int
    indexes: int

    @property
    def units(self) -> int:
        """The units for writing it once, to the table or to one of its indexes."""
        return write_units(self.bytes)


@dataclass(frozen=True)
class Capacity:
    """The size of a collection's largest item, and how many creates a second that allows."""

    collection: str
    item_bytes: int
    shards: int = 1
    """Partitions of a list."""

    @property
    def units(self) -> int:
        return write_units(self.item_bytes)

    @property
    def creates(self) -> int:
        return UNITS_A_SECOND * self.shards // self.units

    def __str__(self) -> str:
        one = self.shards == 1
        partitions = "One partition" if one else f"The {self.shards} shards"
        return (
            f"Creates a second: {UNITS_A_SECOND * self.shards} of items up to 1 KB, {self.creates}"
            f" of the largest in /{self.collection} ({self.units} KB). {partitions} of a list's"
            f" index {'takes' if one else 'take'} no more; see --rate."
        )


def capacity(contract: Contract, shards: int = 1) -> Capacity | None:
    """The capacity for the collection with the largest items; None if nothing can be created."""
    creates = [each for each in contract.operations.values() if each.rule is Rule.CREATE]
    found = [
        Capacity(each.collection.name, _largest(contract.document, each), shards)
        for each in creates
    ]
    return max(found, key=lambda each: each.item_bytes, default=None)


def largest_item(contract: Contract, collection: Collection) -> int | None:
    """The bytes of a collection's largest item; None if nothing creates one."""
    create = _create(contract, collection)
    return _largest(contract.document, create) if create else None


def largest_kept(contract: Contract, collection: Collection) -> Kept | None:
    """A collection's largest item, with an entry in every index."""
    size = largest_item(contract, collection)
    return None if size is None else Kept(size, 1 + len(collection.filters))


def example_kept(contract: Contract, collection: Collection) -> Kept | None:
    """What the contract's example for create takes; None if there is no complete example."""
    create = _create(contract, collection)
    if create is None:
        return None
    (place, *_), (schema, *_) = create.body_places.values(), create.bodies.values()
    example = _example(contract.document, place)
    if not schema.accepts(example):
        return None
    values = {**collection.defaults_on_create, **example}
    keys = index_keys(_scope(collection), collection.filters, {**collection.filters, **values})
    entries = sum(key is not None for key in keys.values())
    return Kept(item_bytes(_attributes(collection, values)), 1 + entries)


def _create(contract: Contract, collection: Collection) -> Operation | None:
    """The rule that creates a collection's items."""
    found = (
        each
        for each in contract.operations.values()
        if each.rule is Rule.CREATE and each.has_rule and each.collection.name == collection.name
    )
    return next(found, None)


def _example(document: Document, place: Place) -> Any:
    """A body: the example of its schema, or those of its properties."""
    whole_ = document.at(place).get("example")
    if whole_ is not None:
        return whole_
    properties = properties_of(document, place)
    return {name: each["example"] for name, (_, each) in properties.items() if "example" in each}


def _largest(document: Document, create: Operation) -> int:
    """The bytes of an item that is as large as the contract and the limit of a body allow."""
    reader = _Reader(document)
    properties = properties_of(document, next(iter(create.body_places.values())))
    sent = {name: place for name, (place, _) in properties.items() if name in create.sent}
    bodies = sum(len(name.encode()) + reader.most_bytes(place) for name, place in sent.items())
    keys: dict[str, Scalar] = {
        name: reader.longest(sent[name]) if name in sent else _TIMESTAMP
        for name in create.collection.filters
    }
    most = MAX_BODY_BYTES if all(map(reader.is_scalar, sent.values())) else _MOST_BYTES
    return min(bodies, most) + _own_bytes(create.collection, keys)


def _own_bytes(collection: Collection, keys: dict[str, Scalar]) -> int:
    """The bytes that the service writes: id, timestamps, and attributes that are never shown."""
    found = _attributes(collection, keys)
    own = {name: found[name] for name in found if name not in keys or name in collection.stamped}
    return item_bytes(own)


def _attributes(collection: Collection, values: Values) -> Values:
    """All attributes that the table has for an item with these values."""
    stamps = dict.fromkeys(collection.stamped, _TIMESTAMP)
    values = {**values, **stamps, collection.id: _ID}
    position, filters = Position(0, _ID), collection.filters
    return attributes_of(_scope(collection), filters, position, values, _TOKEN, _FINGERPRINT)


def _scope(collection: Collection) -> Scope:
    return Scope(collection.name, OWNER)


class _Reader:
    """Finds how large values of a schema may be, at most as large as a body can be."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[Place, int] = {}

    def most_bytes(self, place: Place) -> int:
        place, schema = whole(self._document, place)
        if place not in self._known:
            self._known[place] = _MOST_BYTES  # for a schema that contains itself
            self._known[place] = min(self._bytes(place, schema), _MOST_BYTES)
        return self._known[place]

    def is_scalar(self, place: Place) -> bool:
        return whole(self._document, place)[1].get("type") in _SCALARS

    def longest(self, place: Place) -> Scalar:
        """A value that makes the key of an index as long as possible, or longer."""
        match whole(self._document, place)[1].get("type"):
            case "boolean":
                return False
            case "integer":
                return -(2**63)
        return "x" * self.most_bytes(place)

    def _bytes(self, place: Place, schema: Whole) -> int:
        if "enum" in schema:
            return max(item_bytes({"": value}) for value in schema["enum"])
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return max(self.most_bytes((*place, key, str(i))) for i in range(len(schema[key])))
        match schema.get("type"):
            case "string":
                return _string_bytes(schema)
            case "integer" | "number" as type_:
                return _MOST_NUMBER_BYTES[type_]
            case "boolean":
                return 1
            case "array":
                return self._array_bytes(place, schema)
        return self._object_bytes(place)

    def _array_bytes(self, place: Place, schema: Whole) -> int:
        most: int = schema.get("maxItems", _MOST_BYTES)
        return 3 + most * (1 + self.most_bytes((*place, "items")))

    def _object_bytes(self, place: Place) -> int:
        """The bytes of a closed object with all its properties; for any other, those of a body."""
        schema = self._document.at(place)
        if schema.get("additionalProperties") is not False:
            return _MOST_BYTES
        return 3 + sum(
            1 + len(name.encode()) + self.most_bytes((*place, "properties", name))
            for name in schema.get("properties", {})
        )


def _string_bytes(schema: Whole) -> int:
    if schema.get("format") in _MOST_STRING_BYTES:
        return _MOST_STRING_BYTES[schema["format"]]
    return _BYTES_A_CHARACTER * int(schema.get("maxLength", MAX_BODY_BYTES // _BYTES_A_CHARACTER))
