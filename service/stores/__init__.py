"""Where items live: what every store promises, its page, and the facts it raises.

Errors:

    StoreError
    ├── ItemMissing        no such item in this scope
    ├── TokenStale         the item is there, but not in a version that the caller accepts
    ├── KeyReused          an idempotency key was sent again with another request
    ├── ItemTooLarge       the item would be larger than a store keeps
    └── StoreUnavailable   the store cannot say now; the same call may succeed later
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

Scalar = str | int | bool
Values = dict[str, Any]
"""An item's properties as JSON values, by name."""


MOST_TOKENS = 100
"""DynamoDB compares with at most as many in `IN` ("Condition and filter expressions")."""


class Scope(NamedTuple):
    """Whose items: those of one owner in one collection. No call reaches beyond its scope."""

    collection: str
    owner: str


OWNER = "everyone"
"""The owner of items that are not owned by callers."""


class Position(NamedTuple):
    """A position in a list: lists run from the greatest position to the smallest."""

    created: int
    """Milliseconds since 1970-01-01T00:00:00Z."""
    id: str


class Item(NamedTuple):
    """One record. `token` names this version of it: every write makes a new one."""

    values: Values
    token: str


@dataclass(frozen=True, slots=True)
class Page:
    """Items, newest first. `next` is the position to continue after, None on the last page."""

    items: list[Item]
    next: Position | None
    position: Callable[[int], Position] = field(default=().__getitem__, compare=False)
    """The position of the item at an index: where to continue after that item."""


Filters = Mapping[str, Mapping[str, Scalar | None]]
"""By collection: its filters in declared order, each with the value (the default) that counts for
an item written before the property existed, None for none."""


class Groups(Protocol):
    """How a thread that must not block makes many calls at once.

    `begin` and `commit` block, and may be called in another thread. A group that has begun has to
    be ended by `commit`.
    """

    def reading(self) -> AbstractContextManager[bool]:
        """Whether this thread can read now without waiting; all its reads are from one moment."""

    def begin_at_once(self) -> bool:
        """Begin a group if that is possible without waiting."""

    def begin(self, since: float) -> None:
        """Begin a group for somebody who has been waiting `since` (a time of `time.monotonic`).

        Raises StoreUnavailable.
        """

    def joined(self, refused: "StoreUnavailable | None" = None) -> AbstractContextManager[None]:
        """Make this thread's writes part of the group that has begun; with `refused`, refuse them.

        A call that fails is undone without affecting the others.
        """

    def commit(self) -> None:
        """Keep everything that the group wrote, or nothing. Raises StoreUnavailable."""


class Store(Protocol):
    """A store makes one round trip for each call, and is safe to call from many threads.

    A write changes the item only if its token is among `expected` (None for any) and not
    among `unexpected`, at most MOST_TOKENS each. A call that the store repeated by itself,
    because a response got lost, is reported as the success that it was.
    """

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        """Put a new item at `position.id`.

        `request` is the fingerprint of an idempotent request, None for an ordinary one.
        If the id is taken by an item with the same fingerprint, that item is returned as it
        is now; updates never change the fingerprint.

        Raises:
            KeyReused: the id is taken by an item with another fingerprint.
            ItemTooLarge: the item is larger than `limits.MOST_ITEM_BYTES`.
        """

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        """The item that `create` would return, as it is now; None if the id is free.

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
        """Set the properties in `changes`, remove those in `removed` (no property is in both), and
        keep the rest; the whole item is returned.

        At most `limits.MOST_WRITTEN` attributes can be set and removed, including the service's
        own. Raises ItemMissing, TokenStale, ItemTooLarge.
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

        With no filter or one, `next` is exact, and a page is full unless it is the last or
        reaches `limits.MOST_PAGE_BYTES`. With several filters, a page may be short or empty
        and still have a `next`.
        """


@runtime_checkable
class GroupingStore(Store, Protocol):
    """A store that is faster with many calls at once. Other stores are faster with each alone."""

    groups: Groups


class StoreError(Exception):
    """Why a store did not do what it was asked to."""


class ItemMissing(StoreError):
    """There is no such item in this scope; items of other scopes do not count."""


class TokenStale(StoreError):
    """The item exists, but its token is not an expected one, or is an unexpected one."""


class KeyReused(StoreError):
    """An idempotency key was sent again with another request."""


class ItemTooLarge(StoreError):
    """The item would be larger than `limits.MOST_ITEM_BYTES`; nothing was changed."""


class StoreUnavailable(StoreError):
    """The store throttles, fails, hangs or is unreachable: the same call may succeed later."""
