"""Shrinking: the fewest steps of a history that still show a fault, each time on fresh items."""

import time
from collections.abc import Callable, Sequence

from infra.prove.exchanges import Broken
from infra.prove.steps import Step

SECONDS = 60.0

Replay = Callable[[Sequence[Step]], Broken | None]


def shrunk(
    steps: Sequence[Step], fault: Broken, replay: Replay, seconds: float = SECONDS
) -> tuple[Broken, bool]:
    """The fault in the shortest history that was found in time, and whether it came back.

    Parts are left out, large ones first (A. Zeller, R. Hildebrandt: Simplifying and Isolating
    Failure-Inducing Input, 2002).
    """
    deadline = time.monotonic() + seconds
    best, known, came_back = list(steps[: fault.step + 1]), fault, False
    size = max(len(best) // 2, 1)
    if (again := replay(best)) is not None and again.what == fault.what:
        known, came_back = again, True
    while came_back and time.monotonic() < deadline:
        start, cut = 0, False
        while start < len(best) and time.monotonic() < deadline:
            shorter = best[:start] + best[start + size :]
            again = replay(shorter)
            if again is not None and again.what == fault.what:
                best, known, cut = shorter[: again.step + 1], again, True
            else:
                start += size
        if size == 1 and not cut:
            break
        size = max(size // 2, 1)
    return known, came_back
