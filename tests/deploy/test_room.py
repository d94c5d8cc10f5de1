"""Room: a plan that a table would refuse half-way is refused before it begins."""

import pytest

from infra.aws.account import StackError
from infra.deploy.plan import Start, plan
from infra.deploy.room import check_room
from service.contract.model import Contract
from service.stores.shards import indexes_in
from tests.deploy.test_plan import contract


def room(before: Contract, after: Contract, shards: int = 1, strange: int = 0) -> None:
    there = indexes_in(1, before.filters)
    start = Start(there, before, strange=[f"theirs{n}" for n in range(strange)])
    check_room(plan(start, after, shards), start, after, shards)


def filters(count: int, prefix: str = "x") -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


def test_nine_filters_may_change_their_shards_and_ten_may_not() -> None:
    nine, ten = contract(*filters(9)), contract(*filters(10))
    room(nine, nine, 4)
    with pytest.raises(StackError, match="22 indexes on the way") as refused:
        room(ten, ten, 4)
    told = "Deploy a contract with 1 filter less, change the shards, and add it again."
    assert str(refused.value).endswith(told)


def test_an_index_of_somebody_else_takes_room() -> None:
    nine = contract(*filters(9))
    with pytest.raises(StackError, match="21 indexes on the way"):
        room(nine, nine, 4, strange=1)


def test_filters_that_change_places_need_room_for_both() -> None:
    room(contract(*filters(9)), contract(*filters(10, "y")))
    with pytest.raises(StackError, match="Deploy the contract once without its new filters"):
        room(contract(*filters(10)), contract(*filters(10, "y")))


def test_an_update_has_to_have_room_for_the_keys_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB would refuse it with every request until the change is over."""
    two = contract("title", "completed")
    monkeypatch.setattr("infra.deploy.room.MOST_WRITTEN", 9)
    room(two, two, 4)
    monkeypatch.setattr("infra.deploy.room.MOST_WRITTEN", 8)
    room(two, two)
    with pytest.raises(StackError, match="updateTodo would write 9 attributes at once"):
        room(two, two, 4)
