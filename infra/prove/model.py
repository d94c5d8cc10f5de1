"""The model: what a store promises, in memory. Stores and whole APIs are compared with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.stores import (
    Filters,
    Item,
    ItemMissing,
    KeyReused,
    Page,
    Position,
    Scalar,
    Scope,
    TokenStale,
    Values,
)


@dataclass
class Record:
    scope: Scope
    position: Position
    values: Values
    token: str
    request: str | None

    @property
    def item(self) -> Item:
        return Item(dict(self.values), self.token)


class ModelStore:
    def __init__(self, filters: Filters) -> None:
        self.filters = filters
        self.records: dict[str, Record] = {}

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        old = self.records.get(position.id)
        if old is None:
            old = Record(scope, position, values, token, request)
            self.records[position.id] = old
        elif old.scope != scope or request is None or old.request != request:
            raise KeyReused
        return old.item

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        old = self.records.get(id)
        if old is None:
            return None
        if old.scope != scope or old.request != request:
            raise KeyReused
        return old.item

    def get(self, scope: Scope, id: str) -> Item:
        return self._find(scope, id).item

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        record = self._find(scope, id, expected, unexpected)
        kept = {name: each for name, each in record.values.items() if name not in removed}
        record.values = kept | changes
        record.token = token
        return record.item

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        self._find(scope, id, expected, unexpected)
        del self.records[id]

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        found = [
            position for position in self.positions(scope, filters) if not after or position < after
        ]
        items = [self.records[position.id].item for position in found[:limit]]
        return Page(items, found[limit - 1] if len(found) > limit else None)

    def positions(self, scope: Scope, filters: Mapping[str, Scalar]) -> Sequence[Position]:
        """All positions that a whole walk through a list meets, newest first."""
        defaults = self.filters[scope.collection]
        matching = [
            record.position
            for record in self.records.values()
            if record.scope == scope
            and all(
                _same(record.values.get(name, defaults[name]), value)
                for name, value in filters.items()
            )
        ]
        return sorted(matching, reverse=True)

    def _find(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None = None,
        unexpected: Sequence[str] = (),
    ) -> Record:
        record = self.records.get(id)
        if record is None or record.scope != scope:
            raise ItemMissing
        if (expected is not None and record.token not in expected) or record.token in unexpected:
            raise TokenStale
        return record


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other
