"""Knowledge: the model, and what an API has shown of the items that one history made."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from infra.prove import meanings
from infra.prove.calls import Settings, broken
from infra.prove.exchanges import Answer
from infra.prove.meanings import Unbound
from infra.prove.model import ModelStore, Record
from infra.prove.subjects import Subject
from service.contract.model import Operation
from service.stores import OWNER, Filters, Position, Scalar, Scope, Values


class Knowledge:
    """Ids, tags and times are bound at first sight; everything else is known beforehand."""

    def __init__(self, filters: Filters, settings: Settings, owned: Collection[str] = ()) -> None:
        self.model = ModelStore(filters)
        self.settings = settings
        self.owned = owned
        """The collections in which each caller has items of their own."""
        self.ids: dict[int, str] = {}
        """The id of each item, by the number of the step that created it."""
        self.versions: dict[str, list[Values]] = {}
        """Every version that was current once, by id."""
        self.tags: dict[str, dict[str, Values]] = {}
        """The version that each tag of an item stood for."""
        self.keys: dict[int, str] = {}
        """The ids of items created with an idempotency key, by the number of the key."""
        self.doubtful: set[str] = set()
        """Items with a write that was not answered: they are no longer checked."""
        self.written = 0.0
        """When the last write was answered."""
        self.in_order = True
        """Whether writes are recorded in the order in which they were made."""
        self._latest = 0

    def record(self, id: str) -> Record | None:
        return self.model.records.get(id)

    def earlier(self, id: str) -> list[str]:
        """The tags of an item that stand for earlier versions."""
        record = self.record(id)
        return [each for each in self.tags.get(id, {}) if record is None or each != record.token]

    def scope(self, subject: str, caller: int) -> Scope:
        return Scope(subject, f"caller {caller}" if subject in self.owned else OWNER)

    def positions(
        self, subject: str, caller: int, filters: Mapping[str, Scalar]
    ) -> Sequence[Position]:
        """The positions in a list, newest first."""
        return self.model.positions(self.scope(subject, caller), filters)

    def is_unbound(self, id: str) -> bool:
        """Whether the service has chosen something that it has not shown yet."""
        record = self.model.records[id]
        unbound = any(isinstance(value, Unbound) for value in record.values.values())
        return unbound or not record.token

    def place(self, subject: Subject, id: str) -> None:
        """Put an item at its position in the list, according to its time of creation."""
        record = self.model.records[id]
        stamps = subject.collection.stamped_on_create
        created = meanings.milliseconds(record.values.get(stamps[0])) if stamps else None
        record.position = Position(created or 0, id)

    def wrote(self, operation: Operation, id: str, tag: str | None) -> None:
        """Record that a write left an item as in the model, in a version with a new tag."""
        record = self.model.records[id]
        known = self.tags.setdefault(id, {})
        if tag in known and not self._is_as_before(known[tag], record.values):
            broken(operation, "tag", "A write left a tag that stood for another version.")
        if tag is not None:
            known[tag] = record.values
        self.versions.setdefault(id, []).append(record.values)

    def _is_as_before(self, version: Values, values: Values) -> bool:
        """Whether a tag came back with the version it stood for, if the contract allows that."""
        return self.settings.contract_only and meanings.difference(version, values) is None

    def answered(self) -> None:
        self.written = time.monotonic()

    def expect_item(self, operation: Operation, subject: Subject, id: str, answer: Answer) -> None:
        """Check that the response shows the item as it is, as far as the operation shows it."""
        record = self.model.records[id]
        self._expect_tag(operation, record, answer)
        if record.token:
            self.tags[id].setdefault(record.token, record.values)
        if operation.shown is None:
            if answer.body:
                broken(operation, "body", "The response has a body, and none is described.")
            return
        found = meanings.unwrapped(answer.json, operation.shown)
        if found is None:
            broken(operation, "item", "The response shows no item.")
        due = meanings.shown(subject.collection, record.values, operation.shown)
        if words := meanings.difference(due, found):
            broken(operation, "item", f"The item is not what it should be: {words}.")
        self._bind(operation, subject, record.values, found)

    def _expect_tag(self, operation: Operation, record: Record, answer: Answer) -> None:
        if answer.tag is None and not self.settings.contract_only:
            broken(operation, "tag", "The response has no ETag.")
        if answer.tag is not None and record.token and answer.tag != record.token:
            broken(operation, "tag", "The tag is not that of the item as it is now.")
        record.token = record.token or answer.tag or ""

    def _bind(
        self, operation: Operation, subject: Subject, values: Values, found: Mapping[str, Any]
    ) -> None:
        """Bind the times that the service chose: none is before an earlier write."""
        latest = self._latest
        for name in subject.collection.stamped:
            if not isinstance(values.get(name), Unbound) or name not in found:
                continue
            moment = meanings.milliseconds(found[name])
            if moment is None:
                broken(operation, "time", f"{name!r} is not a time.")
            if self.in_order and moment < self._latest - self.settings.settle * 1000:
                broken(operation, "time", f"{name!r} is before a write that was answered earlier.")
            latest = max(latest, moment)
            values[name] = found[name]
        self._latest = latest
