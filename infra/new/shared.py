"""What all collections of a contract share: found in it or added to it."""

from collections.abc import Iterator
from typing import Any

from infra.new.collection import Data
from service.contract.document import ContractError, Document, Place
from service.contract.schemas import Schema, schema_at
from service.contract.stated import PROBLEM_JSON
from service.problems import KINDS, sample

_RESPONSES = "#/components/responses/"
_SCHEMAS = "#/components/schemas/"
_KEYS = {"schemas": "", "parameters": "schema", "headers": "schema"}
"""The key of the schema in a component of each kind."""

_FITTING: dict[str, tuple[list[Any], list[Any]]] = {
    "Limit": ([1, 50], [0, 101]),
    "Cursor": (["A" * 32, "0123456789" * 3 + "-_"], []),
    "IdempotencyKey": (["a", "!~" * 16], []),
    "IfMatch": (["*", '"0Zb8Dk4PpT6yB9mN1qRs2A"'], []),
    "IfNoneMatch": (["*", '"0Zb8Dk4PpT6yB9mN1qRs2A"'], []),
    "ETag": (['"0Zb8Dk4PpT6yB9mN1qRs2A"'], []),
    "Location": (["/prod/things/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"], []),
    "Link": (['<?limit=50&cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA>; rel="next"'], []),
    "RetryAfter": ([1, 3600], []),
}
"""What a component with each meaning has to accept, and what it has to refuse."""


class Shared:
    """Finds the names of the shared components in a contract.

    `ours` is a contract with all of them.
    """

    def __init__(self, document: Document, ours: Data) -> None:
        self.document = document
        self.ours: dict[str, Data] = ours["components"]
        self.reused: dict[tuple[str, str], str] = {}
        """The descriptions of components that were there before, by kind and name."""
        self.added: dict[str, Data] = {kind: {} for kind in self.ours}
        """The components that were not there, by kind."""
        self._names: dict[tuple[str, str], str] = {}

    def refer(self, node: Any) -> Any:
        """A copy with the contract's names for our components in its references."""
        if isinstance(node, list):
            return [self.refer(each) for each in node]
        if not isinstance(node, dict):
            return node
        if isinstance(reference := node.get("$ref"), str):
            _, _, kind, name = reference.split("/")
            return {"$ref": f"#/components/{kind}/{self._name(kind, name)}"}
        return {key: self.refer(value) for key, value in node.items()}

    def _name(self, kind: str, name: str) -> str:
        if name not in self.ours.get(kind, {}):  # it is the collection's own
            return name
        if (kind, name) not in self._names:
            found = self._found(kind, name)
            self._names[kind, name] = found or self._add(kind, name)
            if found:
                there = self.document.at(("components", kind, found))
                self.reused[kind, found] = str(there.get("description", ""))
        return self._names[kind, name]

    def _add(self, kind: str, name: str) -> str:
        there = self.document.data.get("components", {}).get(kind, {})
        free, number = name, 1
        while free in there:
            number += 1
            free = f"{name}{number}"
        self._names[kind, name] = free
        self.added[kind][free] = self.refer(self.ours[kind][name])
        return free

    def ordered(self, kind: str) -> Data:
        """What was added, in our order."""
        names = [self._names.get((kind, name)) for name in self.ours[kind]]
        return {name: self.added[kind][name] for name in names if name in self.added[kind]}

    # -- what is there already -----------------------------------------------------------------

    def _found(self, kind: str, name: str) -> str | None:
        candidates = self.document.data.get("components", {}).get(kind, {})
        if kind == "responses":
            return next(self._responses(name), None)
        if kind == "schemas" and name == "Problem":
            return next(self._problems(), None)
        if kind == "parameters":
            return next(
                (
                    each
                    for each, there in candidates.items()
                    if _is_parameter(there, self.ours[kind][name]) and self._fits(kind, each, name)
                ),
                None,
            )
        return name if name in candidates and self._fits(kind, name, name) else None

    def _fits(self, kind: str, there: str, name: str) -> bool:
        place: Place = ("components", kind, there, *filter(None, [_KEYS[kind]]))
        accepted, refused = _FITTING.get(name, ([], []))
        try:
            schema = schema_at(self.document, self.document.resolve(place)[0])
        except (ContractError, KeyError):
            return False
        return all(map(schema.accepts, accepted)) and not any(map(schema.accepts, refused))

    def _responses(self, name: str) -> Iterator[str]:
        """The responses that operations have for a status, or that have the name, if they fit."""
        status = _STATUSES[name]
        used = (
            operation.get("responses", {}).get(status, {}).get("$ref", "")
            for _, operation in operations(self.document.data)
        )
        for each in (*used, f"{_RESPONSES}{name}"):
            there = each.removeprefix(_RESPONSES)
            if there in self.document.data.get("components", {}).get("responses", {}):
                schema = self._problem_schema(there)
                if schema is not None and schema.accepts(sample(int(status))):
                    yield there

    def _problem_schema(self, response: str) -> Schema | None:
        place, found = self.document.resolve(("components", "responses", response))
        if "schema" not in found.get("content", {}).get(PROBLEM_JSON, {}):
            return None
        where = (*place, "content", PROBLEM_JSON, "schema")
        return schema_at(self.document, self.document.resolve(where)[0])

    def _problems(self) -> Iterator[str]:
        """The schemas of problems: those of the contract's responses, or the one with the name."""
        components = self.document.data.get("components", {})
        for name in components.get("responses", {}):
            schema = self._problem_schema(name)
            if schema is not None and all(schema.accepts(sample(each.status)) for each in KINDS):
                _, found = self.document.resolve(("components", "responses", name))
                reference = found["content"][PROBLEM_JSON]["schema"].get("$ref", "")
                if reference.startswith(_SCHEMAS):
                    yield reference.removeprefix(_SCHEMAS)


def operations(data: Data) -> Iterator[tuple[str, Data]]:
    """The operations of a contract with their paths."""
    for path, methods in data.get("paths", {}).items():
        for method, operation in methods.items() if path.startswith("/") else ():
            if method in _METHODS:
                yield path, operation


_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _is_parameter(there: Data, ours: Data) -> bool:
    name, other = str(there.get("name")), ours["name"]
    is_header = ours["in"] == "header"
    same = name.lower() == other.lower() if is_header else name == other
    return same and there.get("in") == ours["in"] and not there.get("required")


_STATUSES = {
    "BadRequest": "400",
    "NotFound": "404",
    "PreconditionFailed": "412",
    "ContentTooLarge": "413",
    "UnsupportedMediaType": "415",
    "IdempotencyKeyReused": "422",
    "TooManyRequests": "429",
    "InternalServerError": "500",
    "ServiceUnavailable": "503",
    "Problem": "405",
}
