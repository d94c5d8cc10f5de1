"""The contract, understood: its collections, their operations, and how each is called."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from service.contract.document import Document
from service.contract.schemas import Schema
from service.stores import Filters, Scalar


class Kind(Enum):
    """The five operations: method, whether the path names one item, status of success."""

    LIST = ("get", False, "200")
    CREATE = ("post", False, "201")
    GET = ("get", True, "200")
    UPDATE = ("put", True, "200")
    DELETE = ("delete", True, "204")

    @property
    def method(self) -> str:
        return self.value[0]

    @property
    def of_item(self) -> bool:
        return self.value[1]

    @property
    def success(self) -> str:
        return self.value[2]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request. `parse` raises ValueError for text that is no such value."""

    name: str
    place: str
    """`path`, `query` or `header`."""
    required: bool
    type: str
    schema: Schema

    @cached_property
    def parse(self) -> Callable[[str], Scalar]:
        return PARSERS[self.type]

    @cached_property
    def field(self) -> bytes:
        """The name of a header as ASGI has it."""
        return self.name.lower().encode("latin-1", "replace")


@dataclass(frozen=True)
class Collection:
    """A pair of paths and the items behind them."""

    name: str
    """Its path without the leading slash; `books` for `/books`."""
    path: str
    id: str
    """The property that names an item."""
    properties: tuple[str, ...]
    required: frozenset[str]
    """The properties that every answer has."""
    defaults: Mapping[str, Any]
    """What an item older than a property is shown with."""
    defaults_on_create: Mapping[str, Any]
    """What a client leaves out that creates, or replaces: those of the item, and more."""
    stamped_on_create: tuple[str, ...]
    """Timestamps written once."""
    stamped_on_write: tuple[str, ...]
    """Timestamps written on every create and update."""
    filters: Mapping[str, Scalar | None]
    """The filters of its list in declared order, each with the property's default."""
    page_size: int
    """Items a page holds unless the client asks for another number."""

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.properties)


@dataclass(frozen=True)
class Operation:
    """One verb on one path."""

    id: str
    kind: Kind
    path: str
    collection: Collection
    parameters: tuple[Parameter, ...]
    undeclared: tuple[Parameter, ...]
    """Headers that are obeyed although the contract does not name them."""
    body: Schema | None
    sent: frozenset[str]
    """The properties that a client may write with it."""
    replaces: bool
    """An update that takes what create takes: what is not sent is gone (RFC 9110, 9.3.4)."""

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a replacement writes where a client sends nothing."""
        defaults = self.collection.defaults_on_create
        return {name: value for name, value in defaults.items() if name in self.sent}

    @cached_property
    def takes_limit(self) -> bool:
        """Whether a client of a list may ask for the size of a page."""
        return any(parameter.name == "limit" for parameter in self.parameters)

    @cached_property
    def id_parameter(self) -> str:
        """The name of the parameter in the path of an item."""
        return next(parameter.name for parameter in self.parameters if parameter.place == "path")


@dataclass(frozen=True)
class Contract:
    """What is served; `service.contract.derivation.derive` makes it from a document."""

    document: Document
    title: str
    operations: Mapping[str, Operation]
    """By operationId."""

    @cached_property
    def collections(self) -> dict[str, Collection]:
        return {each.collection.name: each.collection for each in self.operations.values()}

    @property
    def filters(self) -> Filters:
        """What a store has to index."""
        return {name: collection.filters for name, collection in self.collections.items()}

    @cached_property
    def methods(self) -> dict[str, tuple[str, ...]]:
        """The methods that each path answers, HEAD with GET."""
        found: dict[str, tuple[str, ...]] = {}
        for operation in self.operations.values():
            method = operation.kind.method.upper()
            more = (method, "HEAD") if method == "GET" else (method,)
            found[operation.path] = (*found.get(operation.path, ()), *more)
        return found


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


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)", text, re.ASCII):
        raise ValueError("must be an integer, written in plain digits")
    if len(text) > 20:
        raise ValueError("must be an integer of 64 bits")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


PARSERS: dict[str, Callable[[str], Scalar]] = {
    "string": str,
    "integer": _integer,
    "boolean": _boolean,
}
