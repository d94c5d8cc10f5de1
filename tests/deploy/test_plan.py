"""The plan: one index an update, and no filter before its items are found by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.deploy.plan import Fill, Mend, Reindex, Start, Step, Update, goal, plan
from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.model import Contract
from service.stores.layout import index_names
from service.stores.shards import indexes_in, shards_in
from tests.contracts import CUSTOMERS, TODOS, load

TODO = load(TODOS)
FILTERS = ("title", "completed", "description")


def contract(*filters: str, default: object = None) -> Contract:
    """The to-do contract with other filters."""
    document = Document({**TODO.document.data})
    changed = derive(document)
    (collection,) = {
        id(each.collection): each.collection for each in changed.operations.values()
    }.values()
    object.__setattr__(collection, "filters", dict.fromkeys(filters, default))
    return changed


def updates(steps: list[Step]) -> list[Update]:
    return [step for step in steps if isinstance(step, Update)]


def states(steps: list[Step]) -> list[tuple[str, ...]]:
    """The indexes of the stack after each of its updates."""
    return [step.indexes for step in steps if isinstance(step, Update | Reindex)]


def test_a_new_stage_is_made_in_one_step_with_every_index() -> None:
    (step,) = plan(None, TODO)
    assert isinstance(step, Update)
    assert step.contract is TODO
    assert step.indexes == ("byCreated", "byCompleted")


def test_the_same_contract_again_is_one_step() -> None:
    (step,) = plan(Start(["byCreated", "byCompleted"], TODO), TODO)
    assert isinstance(step, Update)
    assert step.pending == {}


def test_a_new_filter_is_written_and_filled_in_before_it_is_offered() -> None:
    old, new = contract(), contract("completed")
    pending = {"todos": {"completed": None}}
    both = ("byCreated", "byCompleted")
    assert plan(Start(["byCreated"], old), new) == [
        Reindex("add the index byCompleted", both),
        Update("write the keys of new filters", old, both, pending),
        Fill(pending),
        Update("go live", new, both),
    ]


def test_a_deployment_that_died_before_filling_in_goes_on_with_it() -> None:
    """The index is there, and the contract that is live is still the old one."""
    old, new = contract(), contract("completed")
    steps = plan(Start(["byCreated", "byCompleted"], old), new)
    assert [type(step) for step in steps] == [Update, Fill, Update]
    assert updates(steps)[0].indexes == ("byCreated", "byCompleted")
    assert updates(steps)[0].pending == {"todos": {"completed": None}}


def test_another_default_of_a_filter_is_filled_in_too() -> None:
    old, new = contract("completed", default=False), contract("completed", default=True)
    steps = plan(Start(["byCreated", "byCompleted"], old), new)
    assert Fill({"todos": {"completed": True}}) in steps


def test_a_filter_that_goes_keeps_its_index_until_nobody_asks_for_it() -> None:
    old, new = contract("completed", "title"), contract()
    start = Start(["byCreated", "byCompleted", "byTitle"], old)
    assert plan(start, new) == [
        Update("go live", new, ("byCreated", "byCompleted", "byTitle")),
        Reindex("remove the index byCompleted", ("byCreated", "byTitle")),
        Reindex("remove the index byTitle", ("byCreated",)),
    ]


def test_an_index_that_a_rollback_left_behind_goes_first() -> None:
    """CloudFormation would make it once more, and fail."""
    old, new = contract(), contract("completed")
    steps = plan(Start(["byCreated"], old, stray=["byCompleted"]), new)
    assert steps[:2] == [
        Mend("remove", "byCompleted"),
        Reindex("add the index byCompleted", ("byCreated", "byCompleted")),
    ]


def test_an_index_that_somebody_removed_by_hand_comes_back() -> None:
    """CloudFormation believes that it is there."""
    steps = plan(Start(["byCreated", "byCompleted"], TODO, lost=["byCompleted"]), TODO)
    assert steps == [Mend("make", "byCompleted"), goal(TODO)]


def test_a_kept_table_gets_its_indexes_and_keys_before_anything_serves_it() -> None:
    steps = plan(Start(["byCreated"], None), contract("completed", "title"))
    assert [type(step) for step in steps] == [Reindex, Reindex, Fill, Update]


def test_another_contract_over_the_same_table_is_no_different() -> None:
    customers = load(CUSTOMERS)
    start = Start(index_names(TODO.filters), TODO)
    steps = plan(start, customers)
    assert set(index_names(customers.filters)) == set(states(steps)[-1])


@pytest.mark.parametrize("served", [True, False], ids=["served", "kept"])
@given(
    old=st.lists(st.sampled_from(FILTERS), unique=True),
    new=st.lists(st.sampled_from(FILTERS), unique=True),
    indexes=st.data(),
)
def test_an_index_comes_or_goes_alone_and_each_offered_filter_has_one(
    served: bool, old: list[str], new: list[str], indexes: st.DataObject
) -> None:
    """Whatever an earlier deployment left behind when it died."""
    before, after = contract(*old), contract(*new)
    names = index_names(before.filters)
    more = indexes.draw(st.lists(st.sampled_from(index_names(after.filters)), unique=True))
    there = list(dict.fromkeys([*names, *more]))
    steps = plan(Start(there, before if served else None), after)
    last = tuple(there)
    for step in steps:
        if isinstance(step, Update):
            assert set(step.indexes) == set(last), "no index comes or goes with anything else"
            assert step.contract
            assert set(index_names(step.contract.filters)) <= set(step.indexes)
        if isinstance(step, Update | Reindex):
            assert len(set(step.indexes) ^ set(last)) == isinstance(step, Reindex)
            last = step.indexes
    assert last == goal(after).indexes
    if set(new) - set(old) or (not served and new):
        assert Fill(after.filters) in steps


# -- another number of shards ------------------------------------------------------------------

FOUR = ("of4byCreated", "of4byCompleted")
ONE = ("byCreated", "byCompleted")


def test_a_new_stage_has_its_shards_from_the_beginning() -> None:
    assert plan(None, TODO, 4) == [Update("create everything", TODO, FOUR, shards=4)]


def test_another_number_of_shards_is_filled_in_before_lists_read_it() -> None:
    """And what lists read before is kept up to date until it is gone."""
    filters = TODO.filters
    assert plan(Start(ONE, TODO), TODO, 4) == [
        Reindex("add the index of4byCreated", ("of4byCreated", *ONE)),
        Reindex("add the index of4byCompleted", (*FOUR, *ONE)),
        Update("write the keys of 4 shards", TODO, (*FOUR, *ONE), {}, 1, 4),
        Fill(filters, 4),
        Update("go live", TODO, (*FOUR, *ONE), {}, 4, 1),
        Reindex("remove the index byCreated", (*FOUR, "byCompleted")),
        Reindex("remove the index byCompleted", FOUR),
        Update("write no more keys of 1 shard", TODO, FOUR, {}, 4, None),
    ]


def test_a_change_of_shards_that_died_goes_on() -> None:
    steps = plan(Start((*FOUR, *ONE), TODO), TODO, 4)
    assert [type(step) for step in steps] == [Update, Fill, Update, Reindex, Reindex, Update]


@pytest.mark.parametrize(("shards", "gone"), [(1, FOUR), (4, ONE)], ids=["before", "after"])
def test_what_a_change_of_shards_left_behind_when_it_died_goes(
    shards: int, gone: tuple[str, ...]
) -> None:
    """Whether lists read the old number still, or the new one already."""
    steps = plan(Start((*FOUR, *ONE), TODO, shards=shards), TODO, shards)
    assert [each.purpose for each in steps] == [
        *(f"remove the index {name}" for name in gone),
        "go live",
    ]
    assert steps[-1] == goal(TODO, shards)


def test_a_third_number_of_shards_takes_the_place_of_the_second() -> None:
    steps = plan(Start((*FOUR, *ONE), TODO), TODO, 16)
    assert [each.purpose for each in steps[:4]] == [
        "remove the index of4byCreated",
        "remove the index of4byCompleted",
        "add the index of16byCreated",
        "add the index of16byCompleted",
    ]


@pytest.mark.parametrize("indexes", [ONE, (*ONE, *FOUR), (*ONE, "of4byCreated")])
def test_a_kept_table_with_indexes_of_another_number_is_filled_in(
    indexes: tuple[str, ...],
) -> None:
    """Nobody knows how far a change has come; nobody reads it meanwhile."""
    steps = plan(Start(indexes, None, shards=4), TODO, 4)
    assert Fill(TODO.filters, 4) in steps
    assert all(step.other_shards is None for step in updates(steps))
    assert steps[-1] == Reindex("remove the index byCompleted", FOUR)


@given(
    old=st.lists(st.sampled_from(FILTERS), unique=True),
    new=st.lists(st.sampled_from(FILTERS), unique=True),
    numbers=st.tuples(st.sampled_from([1, 4, 16]), st.sampled_from([1, 4, 16])),
    died=st.integers(0, 20),
    third=st.sampled_from([None, 1, 4, 16]),
)
def test_lists_find_every_item_in_each_state_between(
    old: list[str], new: list[str], numbers: tuple[int, int], died: int, third: int | None
) -> None:
    """Whenever a deployment dies, and whatever is deployed then: the way back included."""
    before, after = contract(*old), contract(*new)
    table = Table(before, numbers[0])
    table.take(plan(table.start(), after, numbers[1])[:died])
    asked = third or table.shards
    last = contract(*old) if third else after
    steps = plan(table.start(), last, asked)
    table.take(steps)
    assert table.indexes == goal(last, asked).indexes
    assert (table.shards, table.other) == (asked, None)


class Table:
    """What a plan does to a table: for which filters, in which number, all items have keys."""

    def __init__(self, served: Contract, shards: int) -> None:
        self.served, self.shards = served, shards
        self.other: int | None = None
        self.indexes = tuple(indexes_in(shards, served.filters))
        self.written: set[str] = {*self.indexes}
        self.full: set[str] = {*self.indexes}

    def start(self) -> Start:
        return Start(self.indexes, self.served, shards=self.shards)

    def take(self, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case Reindex():
                    assert len({*step.indexes} ^ {*self.indexes}) == 1, "one at once"
                    self.indexes = step.indexes
                case Fill():
                    filled = {*indexes_in(step.shards, step.filters)}
                    assert filled <= self.written, "items change meanwhile"
                    self.full |= filled
                case Update():
                    self._update(step)
            self._check()

    def _update(self, step: Update) -> None:
        assert {*step.indexes} == {*self.indexes}, "no index comes or goes with anything else"
        assert step.contract
        self.indexes = step.indexes
        self.served, self.shards, self.other = step.contract, step.shards, step.other_shards
        filters = {
            name: {**step.contract.filters.get(name, {}), **step.pending.get(name, {})}
            for name in {**step.contract.filters, **step.pending}
        }
        numbers = [step.shards, *([step.other_shards] if step.other_shards else [])]
        self.written = {name for each in numbers for name in indexes_in(each, filters)}
        self.full &= self.written

    def _check(self) -> None:
        """Lists read indexes that are there, with all items in them, in one number of shards."""
        read = {*indexes_in(self.shards, self.served.filters)}
        assert read <= {*self.indexes}
        assert read <= self.full
        before = {name for name in self.indexes if shards_in(name) != self.shards} & self.full
        if self.other and before:
            assert before <= self.written, "a way back"
