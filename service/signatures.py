"""Signatures: how an operation's function is called, with which names and which types.

A function is found by its operation's id, and its arguments by their names:

    lend_book   lendBook; for a dotted id its last part, unless another id shares it
    if_match    a parameter of the request: If-Match; reader_id is readerId
    body        the body
    books       the collection /books; its whole path, if two paths end alike
    caller      who calls
    derived     the rule's own answer
"""

import keyword
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal, NamedTuple

from service.contract.document import Place
from service.contract.model import Contract, Operation, Parameter
from service.contract.parts import whole

Source = Literal["parameter", "body", "items", "caller", "derived"]


class Argument(NamedTuple):
    """What a function may take under one name."""

    name: str
    source: Source
    kinds: frozenset[str]
    """The JSON types that it may have; `items`, `caller` and `derived` stand for themselves."""
    required: bool = True
    parameter: Parameter | None = None
    collection: str = ""


class Signatures:
    """The names of one contract's functions, and the arguments that they may take."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._short = Counter(_snake(each.rpartition(".")[2]) for each in contract.operations)
        self._ends = Counter(_snake(each.rpartition("/")[2]) for each in contract.collections)

    @cached_property
    def names(self) -> dict[str, list[Operation]]:
        """The operations that each name of a function stands for; more than one is a fault."""
        found: dict[str, list[Operation]] = {}
        for each in self.contract.operations.values():
            found.setdefault(self.name(each), []).append(each)
        return found

    def name(self, operation: Operation) -> str:
        """The name of the function of an operation."""
        short = _snake(operation.id.rpartition(".")[2])
        return short if self._short[short] == 1 else _snake(operation.id)

    def arguments(self, operation: Operation) -> dict[str, list[Argument]]:
        """All arguments that its function may take, by name; two with one name are a fault."""
        found: dict[str, list[Argument]] = {}
        for each in (*operation.parameters, *operation.undeclared):
            kinds = frozenset(("array",)) if each.several else frozenset((each.type,))
            argument = Argument(_snake(each.name), "parameter", kinds, each.required, each)
            found.setdefault(argument.name, []).append(argument)
        if operation.body_places:
            kinds = frozenset().union(*map(self.kinds, operation.body_places.values()))
            found.setdefault("body", []).append(Argument("body", "body", kinds))
        for name, collection in self.collections.items():
            if name not in found:  # parameters take precedence over collections
                kinds = frozenset(("items",))
                found[name] = [Argument(name, "items", kinds, collection=collection)]
        found.setdefault("caller", [Argument("caller", "caller", frozenset(("caller",)))])
        if operation.has_rule:
            found.setdefault("derived", [Argument("derived", "derived", frozenset(("derived",)))])
        return found

    @cached_property
    def collections(self) -> dict[str, str]:
        """The names of collections, by the names of the arguments that stand for them."""
        return {self.collection_name(each): each for each in self.contract.collections}

    def collection_name(self, collection: str) -> str:
        last = _snake(collection.rpartition("/")[2])
        return last if self._ends[last] == 1 else _snake(collection)

    def unkept(self, collection: str) -> str | None:
        """Why the service cannot keep items of a collection: it does not make such ids."""
        for operation in self.contract.operations.values():
            if operation.of and operation.of.name == collection:
                for each in operation.objections:
                    if each.kind in _NO_IDS:
                        return each.reason
        return None

    def kinds(self, place: Place) -> frozenset[str]:
        """The JSON types that a schema accepts."""
        _, schema = whole(self.contract.document, place)
        nullable = ("null",) if schema.get("nullable") else ()
        if "type" in schema:
            return frozenset((schema["type"], *nullable))
        if "properties" in schema:
            return frozenset(("object", *nullable))
        return EVERY_KIND


_NO_IDS = ("natural-key", "id", "integer-id")
"""The kinds of objections that say so."""

EVERY_KIND = frozenset(("string", "integer", "number", "boolean", "array", "object", "null"))


def told(names: Iterable[Any]) -> str:
    """Names in a message: `a, b or c`."""
    *most, last = map(str, names)
    return f"{', '.join(most)} or {last}" if most else last


def _snake(name: str) -> str:
    """A name such as `lendBook`, `If-Match` or `X-API-Key` as Python would write it."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", re.sub(r"\W+", "_", name, flags=re.ASCII))
    snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()
    snake = re.sub(r"_+", "_", snake).strip("_")
    if not snake or snake[0].isdigit():
        snake = f"n{snake}"
    return f"{snake}_" if keyword.iskeyword(snake) else snake
