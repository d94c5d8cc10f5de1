"""One request, understood: its operation, caller, parameters and body; and its response."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.contract.model import Collection, Operation
from service.contract.security import Kind
from service.stores import OWNER, Scope
from service.stores.fingerprints import fingerprint_of

CALL = "service.call"
"""The key of a request's `Call` in its ASGI scope."""

REQUEST_PATH = "service.path"
"""The key, in an ASGI scope, of the path as the client wrote it: with the stage."""


EVENT = "service.event"
"""The key, in an ASGI scope, of the gateway's event."""


class Caller(NamedTuple):
    """Who calls, as the gateway says; `owner` owns the items of a caller that has their own.

    `id` is a person's `sub`, or the unique id of an AWS user or role; `scopes` are all those of
    a person's token.
    """

    owner: str
    kind: Kind | None = None
    id: str = ""
    scopes: frozenset[str] = frozenset()


EVERYONE = Caller(OWNER)
"""A caller that need not be known."""


class CallerUnknown(Exception):
    """No caller is named where one must be known: a fault of ours, never taken for everyone."""


def scope_in(caller: Caller, collection: Collection) -> Scope:
    """The scope of the items that a caller can reach in a collection. Raises CallerUnknown."""
    if collection.caller is None:
        return Scope(collection.name, OWNER)
    if caller.kind is not collection.caller:
        raise CallerUnknown()
    return Scope(collection.name, caller.owner)


@dataclass(slots=True)
class Call:
    """One request. `path` is as the client wrote it, with the stage: `Location` is made from it."""

    operation: Operation
    path: str
    caller: Caller = EVERYONE
    parameters: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str = ""
    """The media type of the body."""
    raw_body: bytes = b""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the body as sent."""
        return fingerprint_of(self.raw_body)

    def fingerprint_with(self, key: str) -> str:
        """The fingerprint of an idempotency key and the body as sent."""
        return fingerprint_of(key.encode() + b"\0" + self.raw_body)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response; `body` is None if there is none."""

    status: int
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
