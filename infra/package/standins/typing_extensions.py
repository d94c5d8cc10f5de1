"""The stand-in, in the Lambda's zip, for `typing_extensions`: what is new for types alone.

Starlette and Connexion take four names from it for their annotations, and it makes two hundred.
Any other is an ImportError.
"""

import typing
from collections.abc import Callable
from typing import Any, Protocol
from typing import TypeGuard as TypeIs

__all__ = ["Protocol", "TypeIs", "TypeVar", "deprecated"]


def TypeVar(name: str, *constraints: Any, default: Any = None, **more: Any) -> Any:  # noqa: ARG001, N802
    """One whose default nobody looks at."""
    return typing.TypeVar(name, *constraints, **more)


def deprecated(*_: Any, **__: Any) -> Callable[[Any], Any]:
    return lambda decorated: decorated
