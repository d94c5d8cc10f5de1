"""Steps: random histories, as plans that can be played on any API, shortened and played again.

A step names items by the number of the step that created them: their ids and versions are known
only when it is played.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from infra.prove.samples import Json, NoSample, Samples
from infra.prove.subjects import KEY, PRECONDITIONS, Subject
from service.contract.document import Document
from service.contract.model import Operation
from service.contract.rules import Rule
from service.contract.schemas import Schema
from service.contract.stated import MERGE_PATCH
from service.stores import Scalar

LENGTH = 40
"""The number of steps in a history."""

_NEVER = -1
"""The number of an item that nobody created."""

_TAGS: tuple[tuple[str, ...], ...] = (
    *((), (), ("now",), ("now",), ("stale",), ("never",), ("stale", "now"), ("weak",), ("*",)),
)
_POOL = 3
"""The number of values to filter by, which most items have."""


@dataclass(frozen=True)
class Step:
    """One call or, for a list, one walk through it; `turn` reads one page of a walk that continues
    between other steps."""

    action: str
    """create, get, update, delete, list, turn; or anonymous."""
    subject: str
    operation: str
    """The operationId."""
    number: int = _NEVER
    """The number of the item; for a create, the step's own number."""
    body: Any = None
    media_type: str = ""
    refused: bool = False
    """Whether the body breaks the contract."""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By header, the versions that it names: now, stale, never, weak (now, compared weakly), *."""
    key: int | None = None
    """The number of an idempotency key."""
    filters: Mapping[str, Scalar] = field(default_factory=dict)
    limit: int | None = None
    by_link: bool = True
    head: bool = False
    spelled: bool = False
    """Whether the id is written in capitals."""
    astray: str = ""
    """The subject below whose path the item is requested, if it is another one."""
    caller: int = 0


class Planner:
    """Plans histories for some subjects."""

    def __init__(
        self, document: Document, subjects: Sequence[Subject], random: Random, callers: int = 0
    ) -> None:
        self.document = document
        self.subjects = subjects
        self.random = random
        self.samples = Samples(random)
        self.callers = callers
        self.pools = {each.name: self._pools(each) for each in subjects}
        self._created: dict[str, list[int]] = {}
        self._bodies: dict[int, Step] = {}
        self._callers: dict[int, int] = {}
        """The caller who created an item, by its number."""
        self._count = 0

    def history(self, length: int = LENGTH) -> list[Step]:
        """A random history. Raises NoSample if no body for a create can be made."""
        steps = [
            self.create(subject)
            for subject in self.subjects
            for _ in range(self.random.randint(2, 4))
        ]
        while len(steps) < length:
            subject = self.random.choice(self.subjects)
            steps += self._some(subject)
        last = [self._whole_list(each) for each in self.subjects if each.list]
        return [*steps, *last]

    def _some(self, subject: Subject) -> Iterator[Step]:
        choices: list[tuple[int, Callable[[Subject], Step | None]]] = [
            *((5, self.create), (2, self._again), (1, self._refused)),
        ]
        if self.callers:
            choices.append((1, self._anonymous))
        if subject.get:
            choices.append((4, self._get))
        if subject.updates:
            choices += [(6, self.update), (1, self._refused_update)]
        if subject.delete:
            choices.append((2, self.delete))
        if subject.list:
            choices += [(3, self._list), (3, self.turn)]
        weights = [weight for weight, _ in choices]
        (chosen,) = self.random.choices([make for _, make in choices], weights)
        step = chosen(subject)
        if step is not None:
            yield step

    def create(self, subject: Subject) -> Step:
        operation = subject.create
        media_type, body = self._body(subject, operation)
        self._count += 1
        step = Step(
            "create",
            subject.name,
            operation.id,
            self._count,
            body,
            media_type,
            caller=self._caller(),
        )
        if subject.obeys(operation, KEY) and (self.random.random() < 0.6 or _wants_key(operation)):
            step = replace(step, key=self._count)
            self._bodies[self._count] = step
        self._created.setdefault(subject.name, []).append(self._count)
        self._callers[self._count] = step.caller
        return step

    def _again(self, subject: Subject) -> Step | None:
        """A create with the same key again, mostly with the same body."""
        known = [each for each in self._bodies.values() if each.subject == subject.name]
        if not known:
            return None
        first = self.random.choice(known)
        if self.random.random() < 0.3:
            return replace(first, body=self._body(subject, subject.create)[1])
        return first

    def _refused(self, subject: Subject) -> Step | None:
        step = self.create(subject)
        self._created[subject.name].remove(step.number)
        self._bodies.pop(step.number, None)
        return self._broken(step, subject.create)

    def _refused_update(self, subject: Subject) -> Step | None:
        step = self.update(subject)
        return self._broken(step, subject.operations[step.operation])

    def _broken(self, step: Step, operation: Operation) -> Step | None:
        body = self.samples.refused(operation.bodies[step.media_type], step.body)
        return None if body is None else replace(step, body=body, refused=True)

    def _anonymous(self, subject: Subject) -> Step | None:
        """A call without credentials to an operation that requires them."""
        asking = [each for each in subject.operations.values() if each.access.caller]
        if not asking:
            return None
        operation = self.random.choice(asking)
        media_type, body = self._body(subject, operation) if operation.bodies else ("", None)
        of_item = operation.rule is not None and operation.rule.of_item
        number = 0 if of_item else _NEVER
        return Step("anonymous", subject.name, operation.id, number, body, media_type)

    def _get(self, subject: Subject) -> Step:
        operation = _one(subject.get)
        step = self._of_item("get", subject, operation)
        random = self.random
        spelled = not (subject.collection.integer_ids or subject.contract_only)
        return replace(
            step,
            head=not subject.contract_only and random.random() < 0.3,
            spelled=spelled and random.random() < 0.05,
        )

    def update(self, subject: Subject) -> Step:
        operation = self.random.choice(subject.updates)
        media_type, body = self._body(subject, operation)
        step = self._of_item("update", subject, operation)
        return replace(step, body=body, media_type=media_type)

    def delete(self, subject: Subject) -> Step:
        return self._of_item("delete", subject, _one(subject.delete))

    def _of_item(self, action: str, subject: Subject, operation: Operation) -> Step:
        random = self.random
        created = self._created.get(subject.name, [])
        number = random.choice(created[-6:]) if created and random.random() < 0.95 else _NEVER
        tags = {}
        for header in PRECONDITIONS:
            if subject.obeys(operation, header):
                named = random.choice(_TAGS)
                if header == "If-None-Match" and operation.rule is not Rule.GET:
                    named = named if random.random() < 0.2 else ()
                if named or _requires(operation, header):
                    tags[header] = named or ("now",)
        others = [each.name for each in self.subjects if each is not subject]
        astray = random.choice(others) if others and random.random() < 0.05 else ""
        caller = self._callers.get(number, 0) if random.random() < 0.85 else self._caller()
        return Step(
            action, subject.name, operation.id, number, tags=tags, astray=astray, caller=caller
        )

    # -- lists -------------------------------------------------------------------------------------

    def _list(self, subject: Subject) -> Step:
        operation = _one(subject.list)
        page = operation.page
        limit = None
        if page and page.limit and self.random.random() < 0.8:
            limit = self.random.randint(1, min(page.most, 4))
        return Step(
            "list",
            subject.name,
            operation.id,
            filters=self._filters(subject, operation),
            limit=limit,
            by_link=self.random.random() < 0.5,
            head=not subject.contract_only and self.random.random() < 0.2,
            caller=self._caller(),
        )

    def _whole_list(self, subject: Subject) -> Step:
        return Step("list", subject.name, _one(subject.list).id)

    def turn(self, subject: Subject) -> Step:
        return replace(self._list(subject), action="turn", head=False)

    def _filters(self, subject: Subject, operation: Operation) -> dict[str, Scalar]:
        """No filter, one, or several; always those that are required."""
        pools = {name: values for name, values in self.pools[subject.name].items() if values}
        required = [
            each.name for each in operation.parameters if each.required and each.name in pools
        ]
        number = self.random.choice((0, 1, 1, 1, 2, 3))
        wished = self.random.sample(sorted(pools), min(number, len(pools)))
        return {name: self.random.choice(pools[name]) for name in {*required, *wished}}

    def _pools(self, subject: Subject) -> dict[str, list[Any]]:
        """A few values for each property that the list can be filtered by."""
        if subject.list is None:
            return {}
        found: dict[str, list[Any]] = {}
        schemas = {each.name: each.schema for each in subject.list.parameters}
        for operation in (subject.create, *subject.updates):
            place, schema = _first_body(operation)
            for name in subject.collection.filters:
                if name in operation.sent and not found.get(name):
                    made = self.samples.values(self.document, place, schema, name, _POOL)
                    found[name] = [each for each in made if schemas[name].accepts(each)]
        return found

    # -- bodies ------------------------------------------------------------------------------------

    def _body(self, subject: Subject, operation: Operation) -> tuple[str, Json]:
        media_type = self.random.choice(list(operation.bodies))
        place = operation.body_places[media_type]
        pools = {
            name: values
            for name, values in self.pools[subject.name].items()
            if values and name in operation.sent
        }
        schema = operation.bodies[media_type]
        body = self.samples.body(self.document, place, schema, pools)
        if media_type == MERGE_PATCH:
            required = subject.collection.required
            body = {k: v for k, v in body.items() if v is not None or k not in required}
            if not schema.accepts(body):
                raise NoSample(f"No patch was found that {operation.id} accepts.")
        return media_type, body

    def _caller(self) -> int:
        return self.random.randrange(self.callers) if self.callers else 0


def _first_body(operation: Operation) -> tuple[Any, Schema]:
    media_type = next(iter(operation.bodies))
    return operation.body_places[media_type], operation.bodies[media_type]


def _one(operation: Operation | None) -> Operation:
    if operation is None:
        raise LookupError("The collection has no such operation.")
    return operation


def _requires(operation: Operation, header: str) -> bool:
    return any(each.name == header and each.required for each in operation.parameters)


def _wants_key(operation: Operation) -> bool:
    return _requires(operation, KEY)
