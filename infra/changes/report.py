"""The report: everything that a change of a contract does, for everyone affected."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.changes.bill import changes_of_bill
from infra.changes.clients import Change, Effect, changes_for_clients
from infra.changes.stage import (
    ItemChange,
    changes_at_gateway,
    changes_for_items,
    changes_of_indexes,
)
from infra.prices import CALLS
from service.contract.model import Contract


@dataclass(frozen=True)
class Report:
    """What changes, for each kind of reader."""

    clients: tuple[Change, ...]
    items: tuple[ItemChange, ...]
    gateway: tuple[str, ...]
    indexes: tuple[str, ...]
    bill: tuple[str, ...]

    @property
    def is_breaking(self) -> bool:
        """Whether the change certainly breaks clients."""
        return any(each.effect is Effect.BREAKS for each in self.clients)

    @property
    def narrowed(self) -> tuple[str, ...]:
        """The names of collections that may have items which the new contract refuses."""
        return tuple(dict.fromkeys(each.collection for each in self.items if each.is_narrowing))

    @property
    def values(self) -> dict[str, Any]:
        """The report as JSON values, for programs."""
        return {
            "breaking": self.is_breaking,
            "clients": [each._asdict() for each in self.clients],
            **{name: [str(each) for each in getattr(self, name)] for name in _TITLES},
        }

    def told(self) -> Iterator[str]:
        """The report as readable lines: clients first, and among them what breaks them."""
        yield "Clients"
        for effect in Effect:
            for each in self.clients:
                if each.effect is effect:
                    yield f"  {effect:9}  {each.operation}  {each.direction}: {each.text}"
        if not self.clients:
            yield "  nothing changes for them"
        for name, title in _TITLES.items():
            if found := getattr(self, name):
                yield title
                yield from (f"  {each}" for each in found)


_TITLES = {
    "items": "Items that are kept",
    "gateway": "Checks of bodies",
    "indexes": "Indexes",
    "bill": "The bill",
}


def changes(old: Contract, new: Contract, calls: int = CALLS, shards: int = 1) -> Report:
    """The changes from one contract to another, with so many calls of each operation a month and
    so many shards of each list.
    """
    return Report(
        clients=tuple(changes_for_clients(old, new)),
        items=tuple(changes_for_items(old, new)),
        gateway=tuple(changes_at_gateway(old, new)),
        indexes=tuple(changes_of_indexes(old, new, shards)),
        bill=tuple(changes_of_bill(old, new, calls, shards)),
    )
