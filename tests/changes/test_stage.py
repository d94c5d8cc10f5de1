"""What a change does to kept items, the gateway, the indexes and the bill."""

import pytest

from infra.changes.stage import (
    changes_at_gateway,
    changes_for_items,
    changes_of_indexes,
    changes_of_units,
)
from tests.changes.contracts import Json, contract
from tests.contracts import SIGNED_IN, TODOS, load

STRING: Json = {"type": "string", "maxLength": 20}
SHORTER: Json = {"type": "string", "maxLength": 10}
MORE: Json = {"extra": {"type": "string"}}


def test_items_may_be_kept_that_a_tighter_bound_refuses() -> None:
    assert list(changes_for_items(contract(shown=STRING), contract(shown=SHORTER))) == [
        "/things: items may be kept that value (maxLength) refuses"
    ]
    assert list(changes_for_items(contract(shown=SHORTER), contract(shown=STRING))) == []


def test_what_is_newly_required_is_lacked_by_items_unless_it_has_a_default() -> None:
    (told,) = changes_for_items(contract(), contract(required=("id", "value")))
    assert told == "/things: items may be kept that value (required) refuses"
    default = {"type": "string", "default": ""}
    with_default = contract(required=("id", "value"), shown=default)
    assert list(changes_for_items(contract(), with_default)) == []


def test_what_is_described_no_more_stays_in_the_table() -> None:
    (told,) = changes_for_items(contract(more=MORE), contract())
    assert "'extra' stays in the table" in told


def test_items_with_other_owners_are_not_found() -> None:
    (told,) = changes_for_items(load(TODOS), load(SIGNED_IN))
    assert "other callers own its items" in told


def test_checks_of_the_gateway_that_begin_and_end_are_told() -> None:
    found = list(changes_at_gateway(contract(create=STRING), contract(create=SHORTER)))
    assert found == [
        "+ createThing /value maxLength 10, checked by the gateway",
        "- createThing /value maxLength 20",
    ]


def test_a_filter_builds_an_index_and_makes_writes_dearer() -> None:
    old, new = contract(), contract(filters=("colour",))
    assert list(changes_of_indexes(old, new)) == [
        "+ byColour: built, then filled from the items that are there (minutes to hours)"
    ]
    assert list(changes_of_indexes(new, old)) == ["- byColour: dropped once nothing reads it"]
    told = {each.partition(":")[0] for each in changes_of_units(old, new, 1_000_000)}
    assert told == {"createThing", "changeThing", "deleteThing"}


@pytest.mark.parametrize("path", [TODOS, SIGNED_IN], ids=lambda path: path.stem)
def test_what_stays_as_it_is_changes_nothing(path: object) -> None:
    same = load(TODOS if path is TODOS else SIGNED_IN)
    for changes in (changes_for_items, changes_at_gateway, changes_of_indexes):
        assert list(changes(same, same)) == []
    assert list(changes_of_units(same, same, 1)) == []
