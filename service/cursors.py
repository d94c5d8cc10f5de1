"""Cursors: a position in a list as opaque text. A cursor does not say whose list it is."""

import base64

from service.ids import Ids
from service.stores import Position

_FIRST = bytes(16)
_LATEST = 10**13 - 1
"""The last millisecond of 13 digits, in the year 2286."""


def cursor_of(ids: Ids, position: Position) -> str:
    """32 characters of base64url: 8 bytes of time, 16 of the id."""
    raw = position.created.to_bytes(8, "big") + ids.raw(position.id)
    return base64.urlsafe_b64encode(raw).decode()


def position_of(ids: Ids, cursor: str) -> Position:
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        created = min(int.from_bytes(raw[:8], "big"), _LATEST)
        return Position(created, ids.of(raw[8:]))
    except ValueError:
        # A position at the end of the list; a contract with the pattern refuses it earlier.
        return Position(0, ids.of(_FIRST))
