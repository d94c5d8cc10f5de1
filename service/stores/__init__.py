"""Where items live: what every store promises, its page, and the facts it raises.

Errors:

    StoreError
    ├── ItemMissing        no such item in this scope
    ├── TokenStale         the item is there, but not in a version that the caller accepts
    ├── KeyReused          an idempotency key came back with another request
    ├── ItemTooLarge       the item would be larger than a store keeps
    └── StoreUnavailable   nothing can be said now; the same call may succeed later
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

Scalar = str | int | bool
Values = dict[str, Any]
"""An item's properties as JSON values, by name."""


MOST_TOKENS = 100
"""As many as DynamoDB compares with `IN` ("Condition and filter expressions")."""


class Scope(NamedTuple):
    """Whose items: a collection of one owner. No call reaches beyond its scope."""

    collection: str
    owner: str


OWNER = "everyone"
"""Whose items they are while nobody signs in."""


class Position(NamedTuple):
    """A place in a list: lists run from the greatest position to the smallest."""

    created: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    id: str


class Item(NamedTuple):
    """One record. `token` names this version of it: every write makes a new one."""

    values: Values
    token: str


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `next` is the position to go on after, None on the last page."""

    items: list[Item]
    next: Position | None
    position: Callable[[int], Position] = field(default=().__getitem__, compare=False)
    """Of the item at an index: where to go on if a reader takes no more than it."""


Filters = Mapping[str, Mapping[str, Scalar | None]]
"""By collection: its filters in declared order, each with the value that an item
written before the property existed counts as (its default), None for none."""


class Groups(Protocol):
    """How a thread that must not wait makes many calls at once.

    `begin` and `commit` may be called in another one, as they wait. A group that was begun has to
    be ended by `commit`.
    """

    def reading(self) -> AbstractContextManager[bool]:
        """Whether what this thread reads now has to wait for nobody; all of it is of one moment."""

    def begin_at_once(self) -> bool:
        """Begin a group, if that takes no waiting."""

    def begin(self, since: float) -> None:
        """Begin a group for somebody who waits since then, in `time.monotonic`'s seconds.

        Raises StoreUnavailable.
        """

    def joined(self, refused: "StoreUnavailable | None" = None) -> AbstractContextManager[None]:
        """What this thread writes is a part of the group that has begun, or is refused so.

        Each call is undone alone if it fails.
        """

    def commit(self) -> None:
        """Keep all that the group wrote, or nothing of it. Raises StoreUnavailable."""


class Store(Protocol):
    """One round trip a call, safe to call from many threads.

    A write finds the item in a version whose token is among `expected` (None for any) and
    not among `unexpected`, at most MOST_TOKENS each, or it changes nothing. A call that the
    store repeated by itself because an answer got lost is told as the success it was.
    """

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        """Put a new item at `position.id`.

        `request` is the fingerprint of an idempotent request, None for an ordinary one.
        If the id is taken by an item with the same fingerprint, that item as it is now is
        the answer; updates never touch the fingerprint.

        Raises:
            KeyReused: the id is taken by an item with another fingerprint.
            ItemTooLarge: it has more than `limits.MOST_ITEM_BYTES`.
        """

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        """The item that `create` would answer with, as it is now; None if the id is free.

        Raises:
            KeyReused: the id is taken by an item with another fingerprint.
        """

    def get(self, scope: Scope, id: str) -> Item:
        """The item as of the last acknowledged write. Raises ItemMissing."""

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
        """Set the properties in `changes`, remove those in `removed`, which are others, and keep
        the rest; the whole item comes back.

        At most `limits.MOST_WRITTEN` attributes are set and removed, the service's own among
        them. Raises ItemMissing, TokenStale, ItemTooLarge.
        """

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        """Remove the item. Raises ItemMissing, TokenStale."""

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        """Items whose properties equal all `filters`, at most `limit` (1-100) of them.

        With none or one filter `next` is exact, and a page is full unless it is the last or
        `limits.MOST_PAGE_BYTES` are reached. With several a page may be short or empty and
        still have a `next`.
        """


@runtime_checkable
class GroupingStore(Store, Protocol):
    """A store that is quicker with many calls at once. The others do better with each alone."""

    groups: Groups


class StoreError(Exception):
    """What a store can say other than yes."""


class ItemMissing(StoreError):
    """No such item in this scope; another's item counts as none."""


class TokenStale(StoreError):
    """The item exists, but its token is none of the expected ones, or an unexpected one."""


class KeyReused(StoreError):
    """An idempotency key came back with another request."""


class ItemTooLarge(StoreError):
    """The item would be larger than `limits.MOST_ITEM_BYTES`; nothing was changed."""


class StoreUnavailable(StoreError):
    """Throttled, failing, hanging or unreachable: the same call may succeed later."""
