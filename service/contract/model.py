"""The contract, understood: a row for each operation, and the collections behind them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from service.contract.document import ContractError, Document, Place
from service.contract.rules import Rule
from service.contract.schemas import Schema
from service.contract.security import OPEN, UNUSED, Access, Kind, Schemes, together
from service.stores import Filters, ItemMissing, Scalar


@dataclass(frozen=True)
class Parameter:
    """A parameter of a request. `parse` raises ValueError for text that is not such a value."""

    name: str
    place: str
    """`path`, `query` or `header`."""
    required: bool
    type: str
    """`string`, `integer`, `number` or `boolean`; the type of each element, if `several`."""
    schema: Schema
    several: bool = False
    """Whether it is an array: elements separated by commas or, if `exploded`, repeated."""
    exploded: bool = False

    @cached_property
    def parse(self) -> Callable[[str], Scalar | float]:
        """The parser for its type; in a path, it raises ItemMissing for integers unlike an id."""
        return (
            _number_of_item
            if (self.place, self.type) == ("path", "integer")
            else PARSERS[self.type]
        )

    @cached_property
    def field(self) -> bytes:
        """The name of a header as ASGI writes it."""
        return self.name.lower().encode("latin-1", "replace")


@dataclass(frozen=True)
class Collection:
    """A pair of paths and the items behind them."""

    name: str
    """Its path without the leading slash; `books` for `/books`."""
    path: str
    place: Place
    """A pointer to the schema of an item."""
    id: str
    """The property that names an item."""
    integer_ids: bool
    """Whether ids are integers below 2^53; else they are uuids."""
    properties: tuple[str, ...]
    required: frozenset[str]
    """The properties that every response with a whole item has."""
    defaults: Mapping[str, Any]
    """What is shown for a property that is newer than the item."""
    defaults_on_create: Mapping[str, Any]
    """What is written for a property that a create or a replacement leaves out: also `defaults`."""
    stamped_on_create: tuple[str, ...]
    """Timestamps written once."""
    stamped_on_write: tuple[str, ...]
    """Timestamps written on every create and update."""
    filters: Mapping[str, Scalar | None]
    """The filters of its list in declared order, each with the property's default."""
    caller: Kind | None = None
    """The kind of caller that has items of its own in it; None if everyone shares all of them."""

    @property
    def owned(self) -> bool:
        """Whether each caller has their own items (`x-owner: caller`)."""
        return self.caller is not None

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.properties)

    @cached_property
    def stamped(self) -> tuple[str, ...]:
        return (*self.stamped_on_create, *self.stamped_on_write)


class ItemShape(NamedTuple):
    """How a response shows an item: which of its properties, and inside which property, if any.

    `names` is None if it shows all of them.
    """

    names: frozenset[str] | None = None
    wrapper: str | None = None


WHOLE_ITEM = ItemShape()


@dataclass(frozen=True)
class PageShape:
    """How a response shows a page of items, and how a client asks for one."""

    size: int
    """The number of items in a page, unless the client asks for another number."""
    most: int
    """The largest number of items in a page."""
    items: str | None
    """The property that holds the items; None for a bare array."""
    count: str | None
    """The property that holds the number of items in the page, if any."""
    next: str | None
    """The property that holds the cursor of the next page, if any."""
    cursor: str
    """The parameter that takes a cursor."""
    limit: str | None
    """The parameter that takes the page size, if any."""
    shown: ItemShape = WHOLE_ITEM


@dataclass(frozen=True)
class Operation:
    """One method on one path: how it is called, what it returns, and what answers it."""

    id: str
    """The operationId; a made-up one for an operation that has none and is therefore refused."""
    method: str
    """In lower case."""
    path: str
    parameters: tuple[Parameter, ...] = ()
    undeclared: tuple[Parameter, ...] = ()
    """Headers that are obeyed although the contract does not declare them."""
    bodies: Mapping[str, Schema] = field(default_factory=dict)
    """By media type."""
    body_places: Mapping[str, Place] = field(default_factory=dict)
    """Pointers to their schemas, by media type."""
    success: str = "200"
    """The status of success, the first if a function may choose."""
    answer: Place | None = None
    """A pointer to the schema of the success; None if it has no content."""
    problems: tuple[int, ...] = ()
    rule: Rule | None = None
    """The rule whose role the operation has, whether or not there are objections."""
    of: Collection | None = None
    shown: ItemShape | None = None
    """How a response shows an item; None if it has no content."""
    page: PageShape | None = None
    """How the response of a list shows its page."""
    sent: frozenset[str] = frozenset()
    """The properties that a client may write with it."""
    access: Access = OPEN
    """Who may call it."""
    faults: tuple[ContractError, ...] = ()
    """Why it cannot be served, whatever answers it."""
    objections: tuple[ContractError, ...] = ()
    """Why no rule answers it; a function may."""
    function: Callable[..., Any] | None = None
    """What answers it instead of a rule."""

    @cached_property
    def place(self) -> Place:
        return ("paths", self.path, self.method)

    @property
    def body(self) -> Schema | None:
        """The schema of the body's first media type, if it takes a body."""
        return next(iter(self.bodies.values()), None)

    @property
    def has_rule(self) -> bool:
        """Whether a rule can answer it, even if a function takes precedence."""
        return self.rule is not None and not self.faults and not self.objections

    @property
    def is_derived(self) -> bool:
        """Whether a rule answers it."""
        return self.has_rule and self.function is None

    @cached_property
    def collection(self) -> Collection:
        """The collection of an operation that a rule answers. Raises LookupError for any other."""
        if self.of is None:
            raise LookupError(f"{self.id} belongs to no collection")
        return self.of

    @property
    def replaces(self) -> bool:
        """Whether it takes what create takes, and so removes what is not sent (RFC 9110, 9.3.4)."""
        return self.rule is Rule.REPLACE

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What a replacement writes for properties that the client does not send."""
        defaults = self.collection.defaults_on_create
        return {name: value for name, value in defaults.items() if name in self.sent}

    @cached_property
    def id_parameter(self) -> str:
        """The name of the parameter in the path of an item."""
        return next(each.name for each in reversed(self.parameters) if each.place == "path")


@dataclass(frozen=True)
class Contract:
    """A document, understood; `service.contract.derivation.derive` makes it."""

    document: Document
    title: str
    operations: Mapping[str, Operation]
    """By operationId, in the order of the document."""
    faults: tuple[ContractError, ...] = ()
    """What is wrong with the document apart from its operations."""
    schemes: Schemes = UNUSED
    """How callers prove who they are."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files of its functions by name, if they are to be shipped with it."""

    @cached_property
    def collections(self) -> dict[str, Collection]:
        return {each.of.name: each.of for each in self.operations.values() if each.of}

    @property
    def filters(self) -> Filters:
        """The filters that a store has to index."""
        return {name: collection.filters for name, collection in self.collections.items()}

    def undeclared(self, path: str) -> Access:
        """Who may call a path with a method that the path does not declare."""
        return together(each.access for each in self.operations.values() if each.path == path)

    @cached_property
    def methods(self) -> dict[str, tuple[str, ...]]:
        """The methods that each path allows, HEAD wherever GET is allowed."""
        found: dict[str, tuple[str, ...]] = {}
        for operation in self.operations.values():
            method = operation.method.upper()
            more = (method, "HEAD") if method == "GET" else (method,)
            found[operation.path] = (*found.get(operation.path, ()), *more)
        return found


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)", text, re.ASCII):
        raise ValueError("must be an integer, written in plain digits")
    if len(text) > 20:
        raise ValueError("must be an integer of 64 bits")
    return int(text)


def _number_of_item(text: str) -> int:
    if re.fullmatch(r"-?0+[0-9]+|-0", text, re.ASCII):
        raise ItemMissing(text)
    return _integer(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        raise ValueError("must be a number, written as in JSON")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("must be a number that is not out of range")
    return number


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


PARSERS: dict[str, Callable[[str], Scalar | float]] = {
    "string": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
