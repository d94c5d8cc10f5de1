"""The plan: one index an update, and no filter before its items are found by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.deploy.plan import Fill, Mend, Reindex, Start, Step, Update, goal, plan
from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.model import Contract
from service.stores.layout import index_names
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
