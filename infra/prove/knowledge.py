"""Knowledge: the model beside what an API has shown of the items that were made in one history."""

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
    """Ids, tags and times are bound at first sight; all else is known before."""

    def __init__(self, filters: Filters, settings: Settings, owned: Collection[str] = ()) -> None:
        self.model = ModelStore(filters)
        self.settings = settings
        self.owned = owned
        """The collections of which each caller has items of their own."""
        self.ids: dict[int, str] = {}
        """By the number of the step that created it."""
        self.versions: dict[str, list[Values]] = {}
        """Every version that was current once, by id."""
        self.tags: dict[str, dict[str, Values]] = {}
        """What each tag of an item stood for."""
        self.keys: dict[int, str] = {}
        """The ids of what was created with an idempotency key, by its number."""
        self.doubtful: set[str] = set()
        """Items of which a write was not answered: they are not looked at any more."""
        self.written = 0.0
        """When the last write was answered."""
        self.in_order = True
        """Whether writes are taken in in the order in which they were made."""
        self._latest = 0

    def record(self, id: str) -> Record | None:
        return self.model.records.get(id)

    def earlier(self, id: str) -> list[str]:
        """The tags of an item that stand for a version of the past."""
        record = self.record(id)
        return [each for each in self.tags.get(id, {}) if record is None or each != record.token]

    def scope(self, subject: str, caller: int) -> Scope:
        return Scope(subject, f"caller {caller}" if subject in self.owned else OWNER)

    def positions(
        self, subject: str, caller: int, filters: Mapping[str, Scalar]
    ) -> Sequence[Position]:
        """Newest first."""
        return self.model.positions(self.scope(subject, caller), filters)

    def is_unbound(self, id: str) -> bool:
        """Whether the service has chosen something that it did not show yet."""
        record = self.model.records[id]
        unbound = any(isinstance(value, Unbound) for value in record.values.values())
        return unbound or not record.token

    def place(self, subject: Subject, id: str) -> None:
        """Where an item stands in its list, as its time of creation tells."""
        record = self.model.records[id]
        stamps = subject.collection.stamped_on_create
        created = meanings.milliseconds(record.values.get(stamps[0])) if stamps else None
        record.position = Position(created or 0, id)

    def wrote(self, operation: Operation, id: str, tag: str | None) -> None:
        """A write left an item as the model has it: in a version that no tag stood for before."""
        record = self.model.records[id]
        known = self.tags.setdefault(id, {})
        if tag in known and not self._is_as_before(known[tag], record.values):
            broken(operation, "tag", "A write left a tag that stood for another version.")
        if tag is not None:
            known[tag] = record.values
        self.versions.setdefault(id, []).append(record.values)

    def _is_as_before(self, version: Values, values: Values) -> bool:
        """A tag may come back with what it stood for, where that is all that is asked for."""
        return self.settings.contract_only and meanings.difference(version, values) is None

    def answered(self) -> None:
        self.written = time.monotonic()

    def expect_item(self, operation: Operation, subject: Subject, id: str, answer: Answer) -> None:
        """The answer shows the item as it is, as much of it as the operation shows."""
        record = self.model.records[id]
        self._expect_tag(operation, record, answer)
        if record.token:
            self.tags[id].setdefault(record.token, record.values)
        if operation.shown is None:
            if answer.body:
                broken(operation, "body", "The answer has a body, and none is described.")
            return
        found = meanings.unwrapped(answer.json, operation.shown)
        if found is None:
            broken(operation, "item", "The answer shows no item.")
        due = meanings.shown(subject.collection, record.values, operation.shown)
        if words := meanings.difference(due, found):
            broken(operation, "item", f"The item is not what it should be: {words}.")
        self._bind(operation, subject, record.values, found)

    def _expect_tag(self, operation: Operation, record: Record, answer: Answer) -> None:
        if answer.tag is None and not self.settings.contract_only:
            broken(operation, "tag", "The answer has no ETag.")
        if answer.tag is not None and record.token and answer.tag != record.token:
            broken(operation, "tag", "The tag is not that of the item as it is now.")
        record.token = record.token or answer.tag or ""

    def _bind(
        self, operation: Operation, subject: Subject, values: Values, found: Mapping[str, Any]
    ) -> None:
        """Takes over the times that the service chose: none lies before an earlier write."""
        latest = self._latest
        for name in subject.collection.stamped:
            if not isinstance(values.get(name), Unbound) or name not in found:
                continue
            moment = meanings.milliseconds(found[name])
            if moment is None:
                broken(operation, "time", f"{name!r} is not a time.")
            if self.in_order and moment < self._latest - self.settings.settle * 1000:
                broken(
                    operation, "time", f"{name!r} lies before a write that was answered earlier."
                )
            latest = max(latest, moment)
            values[name] = found[name]
        self._latest = latest
