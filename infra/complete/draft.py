"""A contract that is being changed: its plain data, and what changed for clients.

A repair changes the data in place; `infra.edits` changes the text accordingly.
"""

import copy
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from infra.complete.notices import Notice
from infra.edits import CannotWrite
from service.contract.derivation import derive
from service.contract.document import Document, Json, Place
from service.contract.model import Contract, Operation
from service.contract.view import view

Mapping = dict[str, Json]
Sound = Callable[[Document], tuple[Document, Collection[Place]]]
"""Returns a view in OpenAPI 3.0 of what can be understood, and the broken parts."""


def whole(document: Document) -> tuple[Document, Collection[Place]]:
    """The `Sound` for a document in which nothing is broken."""
    return view(document), ()


@dataclass(eq=False)
class Draft:
    """The data, and the number of changes of each kind that existing clients notice."""

    data: Mapping
    sound: Sound
    notices: Counter[Notice] = field(default_factory=Counter)
    contract: Contract = field(init=False)
    """What was understood of the data before this round of repairs."""
    problem: Mapping | None = None
    """A reference to the schema of problems, once one is found or made."""
    ids: set[str] = field(default_factory=set)
    """The existing operationIds, reduced to lower-case letters and digits."""

    @classmethod
    def of(cls, source: Document, sound: Sound) -> "Draft":
        return cls(copy.deepcopy(source.data), sound)

    def understand(self) -> None:
        """Derive a contract from the current data. Raises ContractError unless it is OpenAPI 3."""
        document, broken = self.sound(Document(copy.deepcopy(self.data)))
        contract = derive(document)
        rows = {
            id: row
            for id, row in contract.operations.items()
            if row.place not in broken and row.place[:2] not in broken
        }
        self.contract = replace(contract, operations=rows)
        named = (self.operation(row) for row in rows.values())
        self.ids = {plain(each["operationId"]) for each in named if each.get("operationId")}

    def at(self, place: Place) -> Mapping:
        """The mapping at a pointer into the contract."""
        node: Json = self.data
        for key in self.contract.document.origin(place):
            node = node[int(key)] if isinstance(node, list) else node[key]
        if not isinstance(node, dict):
            raise CannotWrite(place)
        return node

    def resolved(self, node: Json) -> Mapping:
        """The mapping that a value is or refers to; all references can be resolved by now."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            node = self._named(node["$ref"])
        return node if isinstance(node, dict) else {}

    def _named(self, reference: str) -> Json:
        node: Json = self.data
        for part in reference.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def operation(self, row: Operation) -> Mapping:
        return self.at(row.place)

    def parameters(self, row: Operation) -> Iterator[Mapping]:
        """The parameters of an operation and of its path."""
        for place in (row.place, row.place[:-1]):
            yield from map(self.resolved, self.at(place).get("parameters", []))

    def add_parameter(self, row: Operation, parameter: Mapping) -> None:
        operation = self.operation(row)
        if "parameters" not in operation:
            put_behind(operation, ("tags", "operationId", "summary", "description"),
                       {"parameters": []})  # fmt: skip
        operation["parameters"].append(parameter)

    def body(self, row: Operation) -> Mapping:
        return self.resolved(self.operation(row).get("requestBody"))

    def success(self, row: Operation) -> Mapping:
        """The response for the operation's status of success."""
        return self.resolved(self.operation(row).get("responses", {}).get(row.success))

    def component(self, kind: str, name: str, value: Mapping, behind: str = "") -> Mapping:
        """Add a component under this name, or the next free one, and return a reference to it.

        It is added after the component `behind`, or last.
        """
        components = self.data.setdefault("components", {}).setdefault(kind, {})
        name = free(name, components)
        put_behind(components, (behind or next(reversed(components), ""),), {name: value})
        return {"$ref": f"#/components/{kind}/{name}"}

    def shared(
        self,
        kind: str,
        name: str,
        value: Mapping,
        fits: Callable[[Mapping], bool] | None = None,
    ) -> Mapping:
        """A reference to the component with this name and content, which is added if missing."""
        components = self.data.get("components", {}).get(kind, {})
        fits = fits or (lambda component: component == value)
        for each in components:
            if re.fullmatch(rf"{name}\d*", each) and fits(components[each]):
                return {"$ref": f"#/components/{kind}/{each}"}
        return self.component(kind, name, copy.deepcopy(value))

    def references(self, reference: str) -> Iterator[Place]:
        """The pointer to every object that refers to something, without its `$ref`."""
        yield from _references(self.data, (), reference)


def refers_beside(draft: Draft, reference: str, known: list[Json]) -> bool:
    """Whether any part of the document refers to something, apart from the known ones."""
    nodes = {id(each) for each in known}
    return any(id(node) not in nodes for node in _nodes(draft.data, reference))


def _nodes(node: Json, reference: str) -> Iterator[Mapping]:
    if isinstance(node, dict):
        if node.get("$ref") == reference:
            yield node
        node = node.values()
    for each in node if not isinstance(node, str | int | float | None) else ():
        yield from _nodes(each, reference)


def _references(node: Json, place: Place, reference: str) -> Iterator[Place]:
    if isinstance(node, dict):
        if node.get("$ref") == reference:
            yield place
        for key, value in node.items():
            yield from _references(value, (*place, key), reference)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _references(value, (*place, str(index)), reference)


def plain(name: str) -> str:
    """A name in lower case, as functions are named in snake case, where two may coincide."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def free(name: str, taken: Mapping) -> str:
    """The name, or the first free one of name2, name3, …"""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def put_behind(node: Mapping, names: tuple[str, ...], more: Mapping) -> None:
    """Insert new keys after the last of these names, or before all keys.

    A key that already exists stays where it is.
    """
    node.update((key, value) for key, value in more.items() if key in node)
    items = list(node.items())
    behind = [index + 1 for index, (key, _) in enumerate(items) if key in names]
    at = max(behind, default=0)
    new = [(key, value) for key, value in more.items() if key not in node]
    node.clear()
    node.update([*items[:at], *new, *items[at:]])
