"""Sharding: what shards are asked for, give and cost, told by whatever command knows of them."""

from pathlib import Path

import pytest

from infra.capacity import Kept, capacity, example_kept
from infra.changes.report import changes
from infra.sharding import needed, told
from infra.units import units_of
from tests.commands import call
from tests.contracts import ROOT, SHIPPED, TODOS, load
from tests.contracts.closed import closed_file
from tests.deploy.test_plan import contract

TODO = load(TODOS)


def test_deploy_tells_the_shards_that_the_throttle_would_need() -> None:
    first, second, third = told(TODO, 500, 1)
    assert first == str(capacity(TODO))
    assert second == (
        "The throttle lets in 500 creates a second: of the largest items 4,500 write units, 1,000 a"
        " shard, so 5 would be needed. There is 1."
    )
    assert third.startswith(
        "To have them: --shards 5. A page of 50 items of listTodos then takes 5"
    )
    assert "read units instead of" in third


def test_enough_shards_want_no_more() -> None:
    first, second = told(TODO, 500, 5)
    assert first.startswith("Creates a second: 5000 of items up to 1 KB, 555 of the largest")
    assert second.endswith("so 5 would be needed. There are 5.")


def test_a_throttle_beyond_all_shards_is_told_its_limit() -> None:
    assert [*told(TODO, 10_000, 1)][-1] == ("A list has 32 shards at most, which take --rate 3555.")


def test_callers_who_sign_in_have_shards_of_their_own(tmp_path: Path) -> None:
    closed = load(closed_file(tmp_path / "closed.json", "person"))
    assert [*told(closed, 500, 1)][1].endswith("There is 1 for each caller's own list.")


@pytest.mark.parametrize(("rate", "shards"), [(1, 1), (111, 1), (112, 2), (500, 5)])
def test_a_shard_takes_1000_write_units_a_second(rate: int, shards: int) -> None:
    most = capacity(TODO)
    assert most
    assert needed(rate, most) == shards


@pytest.mark.shipped
def test_the_documentation_tells_what_a_list_of_shards_costs() -> None:
    contract = load(SHIPPED)
    lists = contract.operations["listTodos"]
    item = example_kept(contract, lists.collection)
    assert item
    one, four, sixteen = (
        f"{units_of(lists, item, count=25, shards=number).read:g}" for number in (1, 4, 16)
    )
    page = " ".join((ROOT / "docs" / "deploying.md").read_text("utf-8").split())
    assert f"take {one} read units with one shard, {four} with four and {sixteen} with" in page


def test_explain_tells_the_indexes_and_the_queries_of_shards(tmp_path: Path) -> None:
    text = call("explain", "listTodos", "--contract", TODOS, "--shards", "4", cwd=tmp_path).stdout
    assert "4 Queries at once, and rarely some of them again; IAM: dynamodb:Query" in text
    assert "reads of4byCreated, from the newest item on" in text
    assert "with the filter completed: reads of4byCompleted" in text
    write = call("explain", "createTodo", "--contract", TODOS, "--shards", "4", cwd=tmp_path).stdout
    assert "writes of4byCreated, of4byCompleted" in write


def test_with_one_shard_explain_says_nothing_else(tmp_path: Path) -> None:
    plain, one = (
        call("explain", "listTodos", "--contract", TODOS, *more, cwd=tmp_path).stdout
        for more in ((), ("--shards", "1"))
    )
    assert plain == one


def test_a_change_is_told_with_the_indexes_and_the_bill_of_shards() -> None:
    old, new = contract("completed"), contract("completed", "title")
    report = changes(old, new, shards=4)
    assert report.indexes[0].startswith("+ of4byTitle: built")
    assert report.bill != changes(old, new).bill


def test_a_page_of_shards_reads_a_little_more_of_each() -> None:
    lists = TODO.operations["listTodos"]
    small = Kept(250, 2)
    read = [units_of(lists, small, count=25, shards=number).read for number in (1, 4, 16)]
    assert read == [1.0, 2.0, 8.0]


@pytest.mark.parametrize("number", ["0", "33", "x", "1.5", "٣"])
def test_a_number_of_shards_that_no_list_has_is_refused(number: str, tmp_path: Path) -> None:
    done = call("explain", "listTodos", "--contract", TODOS, "--shards", number, cwd=tmp_path)
    assert done.returncode == 2
    assert "is not a number from 1 to 32" in done.stderr
