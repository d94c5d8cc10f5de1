"""Orders: whether some order of overlapping calls explains all their responses.

A call takes effect once between its request and its response (M. Herlihy, J. Wing:
Linearizability, 1990). The search goes call by call (J. Wing, C. Gong: Testing and Verifying
Concurrent Objects, 1993); a call that changes nothing is taken as soon as it fits, as that rules
out no order.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.stores import Values

_MOST_STATES = 50_000


@dataclass(frozen=True)
class State:
    """An item; its values are None if it does not exist. An empty tag is not known yet."""

    values: Values | None
    tag: str

    @property
    def key(self) -> str:
        return json.dumps([self.values, self.tag], sort_keys=True, default=repr)


class Deed(Protocol):
    """One call on an item."""

    @property
    def sent(self) -> float: ...

    @property
    def received(self) -> float:
        """When the response was received; infinite if there was none."""

    @property
    def answered(self) -> bool: ...

    @property
    def writes(self) -> bool:
        """Whether its response reports a change."""

    def after(self, state: State) -> State | None:
        """The state after the call; None if its response does not fit that."""


class TooMany(Exception):
    """There are too many orders to try all of them."""


def explained(first: State, deeds: Sequence[Deed]) -> bool:
    """Whether there is such an order. Raises TooMany."""
    known: set[tuple[frozenset[int], str]] = set()
    waiting = [(frozenset(range(len(deeds))), first)]
    while waiting:
        left, state = waiting.pop()
        left = _without_readers(deeds, left, state)
        if not any(deeds[each].answered for each in left):
            return True
        if (left, state.key) in known:
            continue
        known.add((left, state.key))
        if len(known) > _MOST_STATES:
            raise TooMany
        for each in _next(deeds, left):
            after = deeds[each].after(state)
            if after is not None:
                waiting.append((left - {each}, after))
    return False


def _next(deeds: Sequence[Deed], left: frozenset[int]) -> list[int]:
    """The calls that may come next: no other was answered before they began."""
    end = min(deeds[each].received for each in left)
    return [each for each in sorted(left) if deeds[each].sent <= end]


def _without_readers(deeds: Sequence[Deed], left: frozenset[int], state: State) -> frozenset[int]:
    while True:
        readers = [
            each
            for each in (_next(deeds, left) if left else ())
            if not deeds[each].writes and deeds[each].answered and deeds[each].after(state) == state
        ]
        if not readers:
            return left
        left -= {*readers}
