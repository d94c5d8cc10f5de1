"""Subjects: what can be proven of a contract, collections with the operations of their rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from service.contract.model import Collection, Contract, Operation
from service.contract.rules import Rule

PRECONDITIONS = ("If-Match", "If-None-Match")
KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Subject:
    """A collection that something creates items of, and the operations on it."""

    collection: Collection
    create: Operation
    get: Operation | None
    updates: tuple[Operation, ...]
    delete: Operation | None
    list: Operation | None
    contract_only: bool = False
    """Whether to demand nothing that the contract does not say."""

    @property
    def name(self) -> str:
        return self.collection.name

    @cached_property
    def operations(self) -> dict[str, Operation]:
        all_ = (self.create, self.get, *self.updates, self.delete, self.list)
        return {each.id: each for each in all_ if each is not None}

    @property
    def ordered(self) -> bool:
        """Whether its list has to run from the newest to the oldest, as far as can be known."""
        return bool(self.collection.stamped_on_create) and not self.contract_only

    @property
    def identifies(self) -> bool:
        """Whether its list shows the ids of items."""
        page = self.list.page if self.list else None
        if page is None:
            return False
        return page.shown.names is None or self.collection.id in page.shown.names

    def obeys(self, operation: Operation, header: str) -> bool:
        """Whether a header may be sent with an operation, and has to be obeyed."""
        declared = {each.name for each in operation.parameters if each.place == "header"}
        ours = () if self.contract_only else operation.undeclared
        return header in declared or header in {each.name for each in ours}

    def path(self, id: str) -> str:
        return f"{self.collection.path}/{quote(id, safe='')}"


def subjects(contract: Contract, contract_only: bool = False) -> Iterator[Subject]:
    """The subjects whose items an operation creates; what functions answer cannot be known."""
    for collection in contract.collections.values():
        found = _by_rule(contract, collection)
        creates = found.get(Rule.CREATE, ())
        if creates:
            yield Subject(
                collection,
                creates[0],
                _first(found, Rule.GET),
                (*found.get(Rule.REPLACE, ()), *found.get(Rule.MERGE, ())),
                _first(found, Rule.DELETE),
                _first(found, Rule.LIST),
                contract_only,
            )


def _by_rule(contract: Contract, collection: Collection) -> Mapping[Rule, tuple[Operation, ...]]:
    found: dict[Rule, tuple[Operation, ...]] = {}
    for each in contract.operations.values():
        if each.is_derived and each.rule and each.of and each.of.name == collection.name:
            found[each.rule] = (*found.get(each.rule, ()), each)
    return found


def _first(found: Mapping[Rule, tuple[Operation, ...]], rule: Rule) -> Operation | None:
    return next(iter(found.get(rule, ())), None)
