"""Paths with parameters, and the prefix that all URLs of such a path share."""

import re
from collections.abc import Iterator


def prefix(path: str) -> str:
    """What a path of a contract begins with, whatever the values of its parameters.

    That is `/books` for `/books`, and `/books/` for `/books/{bookId}`.
    """
    return path.partition("{")[0]


def prefixes(path: str) -> Iterator[str]:
    """Every prefix that a route for this path may have, longest first."""
    yield path
    while path:
        path = path.removesuffix("/").rpartition("/")[0]
        yield f"{path}/"


def slots(path: str) -> dict[str, str]:
    """The parameters of a path, each with a name for the router: its own may be no identifier."""
    names = re.findall(r"\{([^{}]+)\}", path)
    return {name: f"p{number}" for number, name in enumerate(names)}


def route(path: str) -> str:
    """A path with the names of `slots`: `/cars/{car-id}` becomes `/cars/{p0}`."""
    names = slots(path)
    return re.sub(r"\{([^{}]+)\}", lambda found: f"{{{names[found[1]]}}}", path)
