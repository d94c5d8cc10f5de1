"""The size that an item stored elsewhere, as JSON text, would have in DynamoDB."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

import orjson

from . import Filters, Position, Scalar, Scope
from .layout import whole
from .limits import BYTES_A_CHARACTER, MOST_ITEM_BYTES, MOST_PAGE_BYTES, item_bytes

Row = tuple[str, str, str | None, int, str, int]
"""An item as it is stored: properties, token, fingerprint of the request (None if the client sent
no idempotency key), created, id; and in a list, whether it passes every filter but the first."""

_CHUNK = 25


class Sizes:
    """Measures items as if they were in a table with these filters' indexes.

    Measuring an item takes as long as reading it, so most sizes are only estimated, never too low.
    """

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self._own: dict[str, int] = {}

    def is_too_large(self, scope: Scope, row: Row) -> bool:
        """Whether DynamoDB would refuse the item."""
        return (
            self.at_most(scope, [row]) > MOST_ITEM_BYTES
            and self.exactly(scope, row) > MOST_ITEM_BYTES
        )

    def page(self, scope: Scope, read: Callable[[int], list[Row]]) -> tuple[list[Row], bool]:
        """The rows that a query reads, at least one, and whether it stopped at 1 MB of them.

        `read` returns the next rows, as many as asked for if there are that many.
        """
        found: list[Row] = []
        room = MOST_PAGE_BYTES
        while rows := read(_CHUNK):
            found += rows
            room -= self.at_most(scope, rows)
            if room < 0:
                return self._measured(scope, chain(found, _rest(read)))
        return found, False

    def _measured(self, scope: Scope, rows: Iterable[Row]) -> tuple[list[Row], bool]:
        found: list[Row] = []
        room = MOST_PAGE_BYTES
        for row in rows:
            room -= self.exactly(scope, row)
            if room < 0 and found:
                return found, True
            found.append(row)
        return found, False

    def exactly(self, scope: Scope, row: Row) -> int:
        properties, token, request, created, id, _ = row
        # An item created without a key has its first token instead; all tokens have one length.
        values, fingerprint = orjson.loads(properties), request or token
        filters = self._filters_of(scope)
        return item_bytes(whole(scope, filters, Position(created, id), values, token, fingerprint))

    def at_most(self, scope: Scope, rows: list[Row]) -> int:
        """The most bytes of all rows. A value may be stored twice: also in an index's key."""
        characters = 2 * sum([len(row[0]) for row in rows]) + _NAMES * len(rows)
        return self._own_of(scope) * len(rows) + BYTES_A_CHARACTER * characters

    def _own_of(self, scope: Scope) -> int:
        """The bytes that the service adds to an item's values: names, and keys with its owner."""
        filters = self._filters_of(scope)
        if scope.collection not in self._own:
            nobodys = Scope(scope.collection, "")
            empty = whole(nobodys, filters, Position(0, ""), {}, "", "")
            keys = whole(nobodys, filters, Position(0, ""), dict.fromkeys(filters, ""), "", "")
            self._own[scope.collection] = max(item_bytes(empty), item_bytes(keys))
        return self._own[scope.collection] + _ESCAPED * len(scope.owner) * (2 + len(filters))

    def _filters_of(self, scope: Scope) -> Mapping[str, Scalar | None]:
        return self._filters.get(scope.collection, {})


def _rest(read: Callable[[int], list[Row]]) -> Iterator[Row]:
    while rows := read(_CHUNK):
        yield from rows


_NAMES = 3 * 64 + 64 + 64
"""The most characters of an id, which is stored three times, a token and a fingerprint."""

_ESCAPED = 6
"""The most bytes of a character in a key, which is JSON: `\\u0000`."""
