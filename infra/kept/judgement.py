"""The judgement: whether a contract refuses an item that is kept, and why."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.contract.model import WHOLE_ITEM, Collection, Contract
from service.contract.schemas import Schema, schema_at
from service.records import shown
from service.stores import Item, Values

_MOST_REASONS = 20
"""The most reasons for a collection: schemas may have more than anybody reads."""

_ELEMENT = re.compile(r"/\d+(?=/|$)")
"""The index of an array's element in a JSON pointer."""


@dataclass
class Tally:
    """What was found in one collection."""

    looked_at: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """The number of items by location and reason."""
    example: str = ""
    """The id of a refused item."""

    def add(self, id: str, reasons: Iterable[str]) -> None:
        """Add an item, with all reasons for refusing it."""
        self.looked_at += 1
        found = dict.fromkeys(reasons)
        if found:
            self.refused += 1
            self.example = self.example or id
        for each in found:
            if each in self.reasons or len(self.reasons) < _MOST_REASONS:
                self.reasons[each] = self.reasons.get(each, 0) + 1


Tallies = dict[str, Tally]
"""By the name of a collection."""


def refused(tallies: Mapping[str, Tally]) -> int:
    """The number of refused items in all collections."""
    return sum(each.refused for each in tallies.values())


def told(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """Readable lines: one for each collection, and one for each reason."""
    for name, each in tallies.items():
        items = "1 item" if each.looked_at == 1 else f"{each.looked_at:,} items"
        example = f", such as {each.example}" if each.example else ""
        yield f"/{name}: the contract refuses {each.refused:,} of {items}{example}"
        for reason, number in sorted(each.reasons.items(), key=lambda one: (-one[1], one[0])):
            yield f"  {number:,}: {reason}"


class Judge:
    """Checks items of some collections against a contract, as it would show them."""

    def __init__(self, contract: Contract, names: Iterable[str]) -> None:
        self._collections: dict[str, tuple[Collection, Schema]] = {}
        for name in names:
            collection = contract.collections[name]
            self._collections[name] = collection, schema_at(contract.document, collection.place)

    def tallies(self) -> Tallies:
        """Empty tallies."""
        return {name: Tally() for name in self._collections}

    def judge(self, name: str, id: str, values: Values, tallies: Tallies) -> None:
        """Check an item of the collection with this name, unless that is not among them."""
        if name in self._collections:
            tallies[name].add(id, self._reasons(*self._collections[name], values))

    def _reasons(self, collection: Collection, schema: Schema, values: Values) -> Iterator[str]:
        try:
            item: Any = shown(collection, Item(values, ""), WHOLE_ITEM)
        except ValueError:  # a uuid, where ids are integers
            yield f"/{collection.id} must be an integer"
            return
        for each in schema.faults(item):
            yield f"{_ELEMENT.sub('/*', schema.named(each))} {each.detail}"
