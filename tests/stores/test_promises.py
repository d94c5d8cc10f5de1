"""Each store does what the model does, whatever the order of calls."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from service.stores import Page, Position, Scalar, Scope, Store, StoreError, Values
from tests.stores.model import ModelStore

PROFILE = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
NOON = 1_700_000_000_000

ids = st.integers(0, 5)
collections = st.sampled_from(["todos", "customers"])
owners = st.sampled_from(["ann", "bob"])
times = st.integers(NOON, NOON + 3)
requests = st.sampled_from([None, "one", "other"])
limits = st.integers(1, 4)

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | text
documents = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
priorities = st.sampled_from([0, 1, 2])
colours = st.sampled_from(["none", "red", 'it\'s "1", \\ ü'])
properties: dict[str, st.SearchStrategy[Any]] = {
    "completed": st.none() | st.booleans(),
    "priority": st.none() | priorities,
    "colour": st.none() | colours,
}
whole = st.fixed_dictionaries({**properties, "notes": documents})
partial_values = st.fixed_dictionaries({}, optional={**properties, "notes": documents})
queries: Mapping[str, st.SearchStrategy[dict[str, Scalar]]] = {
    "todos": st.fixed_dictionaries(
        {}, optional={"completed": st.booleans(), "priority": priorities, "colour": colours}
    ),
    "customers": st.fixed_dictionaries({}, optional={"completed": st.booleans()}),
}
questions = collections.flatmap(lambda name: st.tuples(st.just(name), owners, queries[name]))


@dataclass
class Walk:
    """Somebody turns the pages of a list while others write."""

    scope: Scope
    filters: Mapping[str, Scalar]
    limit: int
    staying: set[Position]
    after: Position | None = None
    seen: list[Position] = field(default_factory=list)


class StoreMachine(RuleBasedStateMachine):
    """Every run has owners and ids of its own, so that runs share one engine."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store, self.model = store, ModelStore()
        self.run = uuid.uuid4().hex
        self.writes = 0
        self.walk: Walk | None = None
        self.place: dict[str, Position] = {}

    @rule(n=ids, collection=collections, owner=owners, time=times, values=whole, request=requests)
    def create(
        self, n: int, collection: str, owner: str, time: int, values: Values, request: str | None
    ) -> None:
        position, token = Position(time, self._id(n)), self._token()
        values = {**values, "id": position.id}
        scope = self._scope(collection, owner)
        self._both(lambda store: store.create(scope, position, values, token, request))

    @rule(n=ids, collection=collections, owner=owners)
    def get(self, n: int, collection: str, owner: str) -> None:
        self._both(lambda store: store.get(self._scope(collection, owner), self._id(n)))

    @rule(n=ids, collection=collections, owner=owners, changes=partial_values, data=st.data())
    def update(
        self, n: int, collection: str, owner: str, changes: Values, data: st.DataObject
    ) -> None:
        scope, id, token, expected = self._target(n, collection, owner, data)
        self._both(lambda store: store.update(scope, id, changes, token, expected))

    @rule(n=ids, collection=collections, owner=owners, data=st.data())
    def delete(self, n: int, collection: str, owner: str, data: st.DataObject) -> None:
        scope, id, _, expected = self._target(n, collection, owner, data)
        self._both(lambda store: store.delete(scope, id, expected))

    @rule(question=questions, limit=limits)
    def list_whole(self, question: tuple[str, str, dict[str, Scalar]], limit: int) -> None:
        collection, owner, filters = question
        scope = self._scope(collection, owner)
        ours = pages(partial(self.store.list, scope, filters, limit))
        models = pages(partial(self.model.list, scope, filters, limit))
        assert [i for page in ours for i in page.items] == [
            i for page in models for i in page.items
        ]
        if len(filters) < 2:
            assert ours == models

    @precondition(lambda self: self.walk is None)
    @rule(question=questions, limit=limits)
    def start_walk(self, question: tuple[str, str, dict[str, Scalar]], limit: int) -> None:
        collection, owner, filters = question
        scope = self._scope(collection, owner)
        staying = set(self.model.positions(scope, filters))
        self.walk = Walk(scope, filters, limit, staying)

    @precondition(lambda self: self.walk is not None)
    @rule()
    def turn_page(self) -> None:
        walk = self.walk
        assert walk
        page = self.store.list(walk.scope, walk.filters, walk.limit, walk.after)
        walk.seen += [self.model.records[item.values["id"]].position for item in page.items]
        assert walk.seen == sorted(set(walk.seen), reverse=True)
        walk.after = page.next
        if page.next is None:
            assert walk.staying <= set(walk.seen)
            self.walk = None

    def _both(self, call: Callable[[Store], object]) -> None:
        assert outcome(call, self.store) == outcome(call, self.model)
        if self.walk:
            self.walk.staying &= set(self.model.positions(self.walk.scope, self.walk.filters))

    def _target(
        self, n: int, collection: str, owner: str, data: st.DataObject
    ) -> tuple[Scope, str, str, Sequence[str] | None]:
        record = self.model.records.get(self._id(n))
        now = record.token if record else "none"
        expected = data.draw(st.sampled_from([None, [now], ["stale", now], ["stale"], []]))
        return self._scope(collection, owner), self._id(n), self._token(), expected

    def _scope(self, collection: str, owner: str) -> Scope:
        return Scope(collection, f"{owner}-{self.run}")

    def _id(self, n: int) -> str:
        return f"{self.run}-{n}"

    def _token(self) -> str:
        self.writes += 1
        return f"token-{self.writes}"


def outcome(call: Callable[[Store], object], store: Store) -> object:
    try:
        return call(store)
    except StoreError as error:
        return type(error)


def pages(read: Callable[[Position | None], Page]) -> list[Page]:
    found = [read(None)]
    while after := found[-1].next:
        found.append(read(after))
    return found


def test_a_store_does_what_the_model_does(store: Store) -> None:
    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(Machine, settings=PROFILE)
