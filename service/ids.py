"""Ids: how the service makes them, finds them in a path, and writes them into a cursor.

An id is a uuid, or an integer from 1 to 2^53 - 1, drawn at random: every client can represent
those, and no counter is needed. Stores keep either as text.
"""

import hashlib
import secrets
import uuid
from typing import Protocol

import orjson

from service.contract.model import Collection
from service.stores import Scope

_NAMESPACE = uuid.UUID("a9e8a1a4-7f0e-5d0c-9f55-0c8b9a3f6f1d")
_NUMBERS = 2**53 - 1


class Ids(Protocol):
    """The ids of one collection."""

    def new(self) -> str:
        """A random id. An integer may already be taken."""

    def derived(self, scope: Scope, key: str) -> str:
        """The id that belongs to an idempotency key."""

    def named(self, value: str | int) -> str | None:
        """The id that a path contains; None if it is not an id."""

    def shown(self, id: str) -> str | int:
        """The id as the contract has it: a string or an integer."""

    def raw(self, id: str) -> bytes:
        """The id as 16 bytes."""

    def of(self, raw: bytes) -> str:
        """The id from its 16 bytes."""


class Uuids:
    """Ids that are uuids (RFC 9562)."""

    def new(self) -> str:
        return str(uuid.uuid4())

    def derived(self, scope: Scope, key: str) -> str:
        return str(uuid.uuid5(_NAMESPACE, orjson.dumps([*scope, key]).decode()))

    def named(self, value: str | int) -> str | None:
        """The id, in lower case: capitals make no difference (RFC 9562, 4)."""
        return str(value).lower()

    def shown(self, id: str) -> str | int:
        return id

    def raw(self, id: str) -> bytes:
        return uuid.UUID(id).bytes

    def of(self, raw: bytes) -> str:
        return str(uuid.UUID(bytes=raw))


class Integers:
    """Ids that are integers; `most` is the greatest."""

    def __init__(self, most: int = _NUMBERS) -> None:
        self.most = most

    def new(self) -> str:
        return str(secrets.randbelow(self.most) + 1)

    def derived(self, scope: Scope, key: str) -> str:
        digest = hashlib.sha256(orjson.dumps([*scope, key])).digest()
        return str(int.from_bytes(digest[:16], "big") % self.most + 1)

    def named(self, value: str | int) -> str | None:
        """The id, if it is written as ids are shown: 007 is not one."""
        text = str(value)
        plain = text.isascii() and text.isdigit() and text[0] != "0"
        return text if plain and len(text) <= 20 else None

    def shown(self, id: str) -> str | int:
        return int(id)

    def raw(self, id: str) -> bytes:
        return int(id).to_bytes(16, "big")

    def of(self, raw: bytes) -> str:
        return str(int.from_bytes(raw, "big"))


UUIDS = Uuids()
INTEGERS = Integers()


def ids_of(collection: Collection) -> Ids:
    return INTEGERS if collection.integer_ids else UUIDS
