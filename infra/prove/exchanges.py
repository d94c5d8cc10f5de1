"""Exchanges: one request, its response, and what is wrong with that."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

NOBODY = -1


@dataclass(frozen=True)
class Request:
    """`target` is relative to the address of the API; `caller` is the caller's number, or
    NOBODY."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    caller: int = 0

    @property
    def name(self) -> str:
        return f"{self.method} {self.target}"


@dataclass(frozen=True)
class Answer:
    """A response. Header names are in lower case; times are those of `time.monotonic`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: float = 0.0
    received: float = 0.0

    @cached_property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    @property
    def tag(self) -> str | None:
        """The text between the quotes of the ETag."""
        value = self.headers.get("etag")
        return value.strip().removeprefix("W/").strip('"') if value else None


Send = Callable[[Request], Answer | None]
"""Sends a request; None if there was no response, and the outcome is unknown."""


@dataclass(frozen=True)
class Exchange:
    """A request, and its response if there was one."""

    request: Request
    answer: Answer | None


class Broken(Exception):
    """A response is not what the contract means. `what` names the fault without any value."""

    def __init__(self, what: str, reason: str, exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(reason)
        self.what = what
        self.reason = reason
        self.exchanges = list(exchanges)
        self.step = 0
        """The index of the step that revealed it."""
        self.nonce = ""
        """The prefix of its play's keys."""


class Unreachable(Exception):
    """The API does not respond, or only says that it is unavailable."""
