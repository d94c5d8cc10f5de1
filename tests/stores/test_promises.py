"""Each store does what the model does, whatever the order of calls."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from infra.prove.model import ModelStore
from service.stores import Item, Page, Position, Scalar, Scope, Store, StoreError, Values
from tests.stores.conftest import FILTERS

PROFILE = settings(
    max_examples=settings().max_examples // 2,
    stateful_step_count=40,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
Place = tuple[str, str]
Question = tuple[Place, dict[str, Scalar]]
Aim = tuple[int, Place, bool]
NOON = 1_700_000_000_000

places = st.sampled_from([("todos", "ann")] * 4 + [("todos", "bob"), ("customers", "ann")])
numbers = st.integers(0, 20)
seldom = st.sampled_from([False] * 5 + [True])
aims = st.tuples(numbers, places, seldom)
times = st.integers(NOON, NOON + 3)
requests = st.sampled_from([None, "one", "other"])
limits = st.integers(1, 4)

Tokens = list[str] | None
tokens = st.sampled_from([None, None, ["now"], ["now"], ["stale", "now"], ["stale"], []])
unwanted = st.sampled_from([[], [], [], ["now"], ["stale", "now"], ["stale"]])

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | text
documents = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
# Few values, so that filters find something.
filterable: dict[str, list[Scalar]] = {
    "completed": [False, True],
    "priority": [0, 1],
    "colour": ["none", 'none\0it\'s "1", \\ ü'],
}
properties: dict[str, st.SearchStrategy[Any]] = {
    name: st.sampled_from([*values, *values, None]) for name, values in filterable.items()
}
whole = st.fixed_dictionaries({**properties, "notes": documents})
dropped: st.SearchStrategy[set[str]] = st.just(set()) | st.sets(
    st.sampled_from([*properties, "notes", "never written"])
)
partial_values = st.fixed_dictionaries({}, optional={**properties, "notes": documents})


def queries(names: list[str]) -> st.SearchStrategy[dict[str, Scalar]]:
    """No filter, one, or several."""
    each = {name: st.sampled_from(filterable[name]) for name in names}
    sets = [some for size in range(len(names) + 1) for some in combinations(names, size)]
    return st.one_of([st.fixed_dictionaries({name: each[name] for name in some}) for some in sets])


filters_of = {
    "todos": queries(["completed", "priority", "colour"]),
    "customers": queries(["completed"]),
}
questions = places.flatmap(lambda place: st.tuples(st.just(place), filters_of[place[0]]))


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
        self.store, self.model = store, ModelStore(FILTERS)
        self.run = uuid.uuid4().hex
        self.count = 0
        self.walk: Walk | None = None

    @initialize(items=st.lists(whole, min_size=3, max_size=5))
    def begin(self, items: list[Values]) -> None:
        for n, values in enumerate(items):
            self.create(0, False, ("todos", "ann"), NOON + n // 2, values, None)

    @rule(n=numbers, again=seldom, place=places, time=times, values=whole, request=requests)
    def create(
        self, n: int, again: bool, place: Place, time: int, values: Values, request: str | None
    ) -> None:
        id = self._id(n) if again else self._new("id")
        scope, position, token = self._scope(place), Position(time, id), self._new("token")
        values = {**values, "id": id}
        self._both(lambda store: store.create(scope, position, values, token, request))

    @rule(n=numbers, place=places, request=st.sampled_from(["one", "other"]))
    def recall(self, n: int, place: Place, request: str) -> None:
        id, scope = self._target(n, place, False)
        self._both(lambda store: store.recall(scope, id, request))

    @rule(n=numbers, place=places, elsewhere=seldom)
    def get(self, n: int, place: Place, elsewhere: bool) -> None:
        id, scope = self._target(n, place, elsewhere)
        self._both(lambda store: store.get(scope, id))

    @rule(
        aim=aims,
        changes=partial_values,
        tokens=tokens,
        unwanted=unwanted,
        dropped=dropped,
    )
    def update(
        self, aim: Aim, changes: Values, tokens: Tokens, unwanted: list[str], dropped: set[str]
    ) -> None:
        id, scope = self._target(*aim)
        token = self._new("token")
        expected, unexpected = self._now(id, tokens), self._now(id, unwanted) or []
        removed = sorted(dropped - changes.keys())
        self._both(
            lambda store: store.update(scope, id, changes, token, expected, unexpected, removed)
        )

    @rule(aim=aims, tokens=tokens, unwanted=unwanted)
    def delete(self, aim: Aim, tokens: Tokens, unwanted: list[str]) -> None:
        id, scope = self._target(*aim)
        expected, unexpected = self._now(id, tokens), self._now(id, unwanted) or []
        self._both(lambda store: store.delete(scope, id, expected, unexpected))

    @rule(question=questions, limit=limits)
    def list_whole(self, question: Question, limit: int) -> None:
        scope, filters = self._scope(question[0]), question[1]
        ours = pages(partial(self.store.list, scope, filters, limit))
        models = pages(partial(self.model.list, scope, filters, limit))
        assert [i for page in ours for i in page.items] == [
            i for page in models for i in page.items
        ]
        if len(filters) < 2:
            assert ours == models

    @precondition(lambda self: self.walk is None)
    @rule(question=questions, limit=limits)
    def start_walk(self, question: Question, limit: int) -> None:
        scope, filters = self._scope(question[0]), question[1]
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

    def _id(self, n: int) -> str:
        """One of the ids in use, or one that is not."""
        used = [*self.model.records, f"missing-{self.run}"]
        return used[n % len(used)]

    def _target(self, n: int, place: Place, elsewhere: bool) -> tuple[str, Scope]:
        """An id with the scope of its item, or with one that may be another's."""
        id = self._id(n)
        record = self.model.records.get(id)
        return id, record.scope if record and not elsewhere else self._scope(place)

    def _now(self, id: str, tokens: Tokens) -> Tokens:
        """The tokens, with the item's present one for "now"."""
        record = self.model.records.get(id)
        now = record.token if record else "none"
        return tokens and [now if token == "now" else token for token in tokens]

    def _scope(self, place: Place) -> Scope:
        return Scope(place[0], f"{place[1]}-{self.run}")

    def _new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.run}-{self.count}"


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


def items(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in page.items]


@pytest.mark.hypothesis
def test_a_store_does_what_the_model_does(store: Store) -> None:
    class Machine(StoreMachine):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(Machine, settings=PROFILE)


def test_a_property_may_have_the_name_of_an_attribute_of_the_service(store: Store) -> None:
    scope = Scope("todos", str(uuid.uuid4()))
    position = Position(NOON, str(uuid.uuid4()))
    values = {"id": position.id, "_token": "mine", "_scope": [1], "__id": {"_id": 2}}
    store.create(scope, position, values, "first", None)
    store.update(scope, position.id, {"_scope": [2]}, "second", None, removed=["__id"])
    kept = {"id": position.id, "_token": "mine", "_scope": [2]}
    assert store.get(scope, position.id) == Item(kept, "second")
    assert store.list(scope, {}, 1, None).items == [Item(kept, "second")]
