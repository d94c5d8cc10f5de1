"""What handwritten functions use, for operations that no rule can answer.

Items      the items of one collection that the caller has
Item       one of them
Caller     who calls, as the gateway says: its Kind and its id
Answer     another success than the usual one, or one with headers
Problem    an error of your own, with its status, name and title
Derived    the rule's own answer, for a function that wraps it

What stores raise for an item (ItemMissing, TokenStale, KeyReused) become problems.
"""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson

from service import problems, records
from service.call import EVERYONE, Call, Caller, scope_in
from service.contract.model import WHOLE_ITEM, Contract
from service.contract.schemas import schema_at
from service.contract.security import Kind
from service.cursors import cursor_of, position_of
from service.ids import ids_of
from service.preconditions import accepted
from service.problems import FunctionFault
from service.records import Place, new_token, shown, timestamp
from service.stores import Item as Record
from service.stores import (
    ItemMissing,
    KeyReused,
    Scalar,
    Store,
    StoreUnavailable,
    TokenStale,
    Values,
)
from service.stores.fingerprints import fingerprint_of

__all__ = [
    "Answer", "Caller", "Derived", "Item", "ItemMissing", "Items", "KeyReused", "Kind",
    "NotWritten", "Page", "Problem", "TokenStale",
]  # fmt: skip

STORE_SECONDS = 18.0
"""No call to the store begins after this. A call takes at most 8, and Lambda's timeout is 28."""

_MOST = 100
_Tokens = list[str] | None
"""Versions that a write may find; None for any."""


class Problem(problems.Problem):
    """A request that ends in an error of your own, which the contract describes (RFC 9457).

    class AlreadyDone(Problem):
        status, name, title = 409, "already-done", "It is done already"

    raise AlreadyDone("It was ticked off this morning.")
    """

    status: ClassVar[int] = 500
    name: ClassVar[str] = "internal-error"
    """The end of its type, `urn:problem-type:already-done`."""
    title: ClassVar[str] = "The service failed"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.kind = problems.Kind(cls.name, cls.status, cls.title, f"{cls.title}.")


@dataclass(frozen=True)
class Answer:
    """A success that the contract describes; `body` is a JSON value, or None if there is none."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class NotWritten(Problem):
    """The operation is in the contract, but its function has not been written yet."""

    status, name, title = 501, "not-written", "Nobody has written this operation yet"


Derived = Callable[[], Answer]
"""Carries out the operation's rule, and returns its answer."""


class Item(dict[str, Any]):
    """An item as the contract describes it; `etag` names this version of it."""

    def __init__(self, values: Values, etag: str, collection: str = "") -> None:
        super().__init__(values)
        self.etag = etag
        self.collection = collection


class Page(list[Item]):
    """Items, newest first; `next` is the cursor of the next page, None on the last one."""

    def __init__(self, items: Sequence[Item], next: str | None) -> None:
        super().__init__(items)
        self.next = next


class Turn:
    """What the store calls of one request share: its start, and its precondition.

    The precondition applies to the first write to the item that the path identifies, `own` (its
    collection and id), except for headers that the function takes as arguments.
    """

    def __init__(self, call: Call, own: tuple[str, str] | None, taken: Container[str] = ()) -> None:
        self.call = call
        self.own = own
        self._taken = taken
        self._started = time.monotonic()

    def check_time(self) -> None:
        if time.monotonic() - self._started > STORE_SECONDS:
            raise StoreUnavailable("The request has taken too long for another call to the store")

    def precondition(self, collection: str, id: str) -> tuple[str | None, str | None]:
        """If-Match and If-None-Match, unless an earlier write has obeyed them."""
        if self.own != (collection, id):
            return None, None
        self.own = None
        return self._left("If-Match"), self._left("If-None-Match")

    def _left(self, name: str) -> str | None:
        return None if name in self._taken else self.call.parameters.get(name)


class Items:
    """The items of one collection that a caller has: no argument can reach anybody else's.

    Whatever is written is checked against the item's schema before it is stored. In a request,
    `turn` says who calls. Raises CallerUnknown if callers have their own items and none is named.
    """

    def __init__(
        self,
        contract: Contract,
        collection: str,
        store: Store,
        turn: Turn | None = None,
        *,
        caller: Caller = EVERYONE,
    ) -> None:
        self._collection = contract.collections[collection]
        self._schema = schema_at(contract.document, self._collection.place)
        self._store = store
        self._turn = turn
        self._scope = scope_in(turn.call.caller if turn else caller, self._collection)

    def get(self, id: str | int) -> Item:
        """The item with this id. Raises ItemMissing, a 404."""
        self._check_time()
        return self._item(self._store.get(self._scope, self._named(id)))

    def create(self, values: Mapping[str, Any], *, key: str | None = None) -> Item:
        """Create an item, with its id, its timestamps and its defaults.

        `key` is an Idempotency-Key: the same request with the same key returns the item it made.
        Raises KeyReused, a 422, if another request has used the key.
        """
        collection, body = self._collection, _plain(values)
        place = Place(self._store, self._scope, int(time.time() * 1000))
        sample = ids_of(collection).new()
        self._check(body, records.new_values(collection, sample, body, place.milliseconds))
        self._check_time()
        if key is None:
            return self._item(records.created(place, collection, body)[0])
        fingerprint = self._fingerprint(key, body)
        return self._item(records.created_once(place, collection, body, key, fingerprint)[0])

    def update(
        self,
        id: str | int,
        changes: Mapping[str, Any],
        *,
        expected: str | None = None,
        removed: Sequence[str] = (),
    ) -> Item:
        """Set some properties, remove others, keep the rest.

        `expected` is an If-Match, or the etag of the version to change.
        Raises ItemMissing, a 404, or TokenStale, a 412.
        """
        collection, id = self._collection, self._named(id)
        changes = _plain(changes)
        self._check(changes)
        for name in removed:
            if name in {*collection.required, collection.id, *collection.stamped}:
                raise FunctionFault(f"removes {name}, which every item of {collection.path} has")
        stamp = timestamp(int(time.time() * 1000))
        written = {**changes, **dict.fromkeys(collection.stamped_on_write, stamp)}
        tokens = self._accepted(id, expected)
        gone = [name for name in removed if name not in written]
        self._check_time()
        item = self._store.update(self._scope, id, written, new_token(), *tokens, gone)
        return self._item(item)

    def delete(self, id: str | int, *, expected: str | None = None) -> None:
        """Delete the item. Raises ItemMissing, a 404, or TokenStale, a 412."""
        id = self._named(id)
        tokens = self._accepted(id, expected)
        self._check_time()
        self._store.delete(self._scope, id, *tokens)

    def list(self, *, limit: int = _MOST, cursor: str | None = None, **filters: Scalar) -> Page:
        """A page of at most 100 items with these properties, newest first.

        Filters are those of the collection's list. In DynamoDB, a change may take a moment to show.
        """
        if unknown := filters.keys() - self._collection.filters.keys():
            known = ", ".join(self._collection.filters) or "none"
            raise FunctionFault(
                f"lists {self._collection.path} by {min(unknown)}; its filters are {known}"
            )
        if not 1 <= limit <= _MOST:
            raise FunctionFault(f"asks for a page of other than 1 to {_MOST} items")
        ids = ids_of(self._collection)
        after = None if cursor is None else position_of(ids, cursor)
        self._check_time()
        page = self._store.list(self._scope, filters, limit, after)
        following = None if page.next is None else cursor_of(ids, page.next)
        return Page([self._item(each) for each in page.items], following)

    def _check_time(self) -> None:
        if self._turn:
            self._turn.check_time()

    def _named(self, id: str | int) -> str:
        named = ids_of(self._collection).named(id)
        if named is None:
            raise ItemMissing(str(id))
        return named

    def _item(self, item: Record) -> Item:
        values = shown(self._collection, item, WHOLE_ITEM)
        return Item(values, f'"{item.token}"', self._collection.name)

    def _accepted(self, id: str, expected: str | None) -> tuple[_Tokens, Sequence[str]]:
        """The versions that both the function and the request accept."""
        mine, _ = accepted(expected, None)
        if self._turn is None:
            return mine, []
        theirs, unexpected = accepted(*self._turn.precondition(self._collection.name, id))
        return _both(mine, theirs), unexpected

    def _fingerprint(self, key: str, body: Values) -> str:
        """The fingerprint of the request, as for a rule; without a request, of what is written."""
        raw = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        if self._turn:
            call = self._turn.call
            path = [each.name for each in call.operation.parameters if each.place == "path"]
            named = [call.parameters[name] for name in path]
            raw = (orjson.dumps(named) if named else b"") + call.raw_body
        drawn = key.encode() + b"\0" if self._collection.integer_ids else b""
        return fingerprint_of(drawn + raw)

    def _check(self, written: Values, item: Values | None = None) -> None:
        """Check what is written against the item's schema; of a change, only what it sets."""
        collection = self._collection
        for name in written:
            if name == collection.id or name in collection.stamped:
                raise FunctionFault(f"writes {name}, which the service writes")
            if name not in collection.names:
                raise FunctionFault(f"writes a property that no item of {collection.path} has")
        for fault in self._schema.faults(written if item is None else item):
            if item is not None or (fault.path and fault.path[0] in written):
                where = self._schema.named(fault)
                raise FunctionFault(f"writes into {collection.path}: {where} {fault.detail}")


def _plain(values: Mapping[str, Any]) -> Values:
    """The values as JSON has them."""
    try:
        plain: Values = orjson.loads(orjson.dumps(dict(values)))
    except TypeError as error:
        raise FunctionFault("writes a value that JSON does not have") from error
    return plain


def _both(one: _Tokens, other: _Tokens) -> _Tokens:
    """The tokens that both preconditions accept."""
    if one is None or other is None:
        return other if one is None else one
    return [token for token in one if token in other]
