"""Records: what the service adds to an item that it is sent, and what it shows of an item."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from service.contract.model import Collection, ItemShape
from service.ids import ids_of
from service.problems import IdTaken
from service.stores import Item, KeyReused, Position, Scope, Store, StoreUnavailable, Values

_DRAWS = 4
"""How often to draw an integer id, until one is free."""


class Place(NamedTuple):
    """Where a new item goes: its store, its scope, and the time."""

    store: Store
    scope: Scope
    milliseconds: int


def new_token() -> str:
    return secrets.token_urlsafe(16)


def timestamp(milliseconds: int) -> str:
    """A time as RFC 3339 in UTC, always with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def created(place: Place, collection: Collection, values: Values) -> tuple[Item, str]:
    """A new item and its id. If an integer id is taken, another one is drawn."""
    ids = ids_of(collection)
    for _ in range(_DRAWS):
        id = ids.new()
        try:
            return _put(place, collection, id, values, None), id
        except KeyReused:
            continue
    raise StoreUnavailable(f"No free id in {_DRAWS} draws")


def created_once(
    place: Place, collection: Collection, values: Values, key: str, fingerprint: str
) -> tuple[Item, str]:
    """The item that belongs to an idempotency key, and its id.

    No other id is tried: a repeated request would not find that one.
    Raises KeyReused, or IdTaken.
    """
    id = ids_of(collection).derived(place.scope, key)
    try:
        return _put(place, collection, id, values, fingerprint), id
    except KeyReused as error:
        raise _reused(collection, error) from error


def recalled(
    place: Place, collection: Collection, key: str, fingerprint: str
) -> tuple[Item, str] | None:
    """What `created_once` would return, if it was created before. Raises the same errors."""
    id = ids_of(collection).derived(place.scope, key)
    try:
        item = place.store.recall(place.scope, id, fingerprint)
    except KeyReused as error:
        raise _reused(collection, error) from error
    return None if item is None else (item, id)


def _reused(collection: Collection, error: KeyReused) -> Exception:
    return IdTaken() if collection.integer_ids else error


def new_values(collection: Collection, id: str, body: Values, milliseconds: int) -> Values:
    """All values of a new item, in the order of the contract."""
    values = {
        **collection.defaults_on_create,
        **body,
        **dict.fromkeys(collection.stamped, timestamp(milliseconds)),
        collection.id: ids_of(collection).shown(id),
    }
    return {name: values[name] for name in collection.properties if name in values}


def _put(
    place: Place, collection: Collection, id: str, body: Values, fingerprint: str | None
) -> Item:
    values = new_values(collection, id, body, place.milliseconds)
    position = Position(place.milliseconds, id)
    return place.store.create(place.scope, position, values, new_token(), fingerprint)


def all_shown(collection: Collection, items: Sequence[Item], shape: ItemShape) -> list[Values]:
    """Each item as `shown` shows it; most already are as the contract describes them."""
    if collection.integer_ids or shape.names:
        return [shown(collection, item, shape) for item in items]
    names = collection.names
    return [
        item.values if item.values.keys() == names else shown(collection, item, shape)
        for item in items
    ]


def shown(collection: Collection, item: Item, shape: ItemShape) -> Values:
    """The item as the contract describes it today, whenever it was written."""
    values = item.values
    if values.keys() == collection.names and not (collection.integer_ids or shape.names):
        return values
    values = {**collection.defaults, **values}
    if collection.integer_ids:
        values[collection.id] = int(values[collection.id])
    names = collection.names if shape.names is None else shape.names
    return {
        name: values[name] for name in collection.properties if name in values and name in names
    }
