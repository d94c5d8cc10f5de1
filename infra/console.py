"""The messages of a command while it works: progress and questions, but not its result.

They go to standard error, so that standard output has only the result.
"""

import sys
from collections.abc import Callable

Tell = Callable[[str], None]
"""Takes one readable line."""


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def ask(question: str) -> str | None:
    """What somebody types, without surrounding spaces; None if there is no terminal."""
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
