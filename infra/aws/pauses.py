"""The pauses between two requests that ask AWS whether something has ended."""

import time
from collections.abc import Iterator

_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 3.0


def pauses() -> Iterator[None]:
    """Pauses without end: short at first, for engines that are fast; then at AWS's own pace."""
    pause = _FIRST_SECONDS
    yield
    while True:
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_SECONDS)
        yield
