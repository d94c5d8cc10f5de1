"""Paths with parameters in them, and what all that they stand for begin with."""

from collections.abc import Iterator


def prefix(path: str) -> str:
    """What a path of a contract begins with, whatever its parameters are.

    `/books` for itself, and `/books/` for `/books/{bookId}`.
    """
    return path.partition("{")[0]


def prefixes(path: str) -> Iterator[str]:
    """Every prefix that a route for this path may have, the longest first."""
    yield path
    while path:
        path = path.removesuffix("/").rpartition("/")[0]
        yield f"{path}/"
