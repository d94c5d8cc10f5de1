"""Exchanges: one request, what came back, and what is wrong with that."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

NOBODY = -1


@dataclass(frozen=True)
class Request:
    """`target` is relative to the address of the API; `caller` is the number of who calls, or
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
    """Names of headers are in lower case. The times are those of `time.monotonic`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: float = 0.0
    received: float = 0.0

    @cached_property
    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)

    @property
    def tag(self) -> str | None:
        """What stands between the quotes of the ETag."""
        value = self.headers.get("etag")
        return value.strip().removeprefix("W/").strip('"') if value else None


Send = Callable[[Request], Answer | None]
"""None: no answer came, and nobody knows what was done."""


@dataclass(frozen=True)
class Exchange:
    """A request, and its answer if there was one."""

    request: Request
    answer: Answer | None


class Broken(Exception):
    """An answer is not what the contract means. `what` names it without any value."""

    def __init__(self, what: str, reason: str, exchanges: Sequence[Exchange] = ()) -> None:
        super().__init__(reason)
        self.what = what
        self.reason = reason
        self.exchanges = list(exchanges)
        self.step = 0
        """The index of the step that showed it."""
        self.nonce = ""
        """What the keys of its play begin with."""


class Unreachable(Exception):
    """The API does not answer at all, or only that it cannot now."""
