"""What a command says while it works: progress and questions, apart from its result.

Both go to standard error, so that standard output holds the result alone.
"""

import sys
from collections.abc import Callable

Tell = Callable[[str], None]
"""Takes one line for people."""


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def ask(question: str) -> str | None:
    """What someone types, without spaces around it; None if nobody is there to type."""
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
