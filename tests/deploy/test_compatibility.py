"""A contract that breaks clients or kept items goes live only if somebody says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from infra.aws.account import Account, Declined
from infra.aws.stage import Stage
from infra.deploy.compatibility import check_compatible
from infra.deploy.deployment import Deployment, KeptItems
from service.contract.model import Contract
from tests.changes.contracts import Json, contract
from tests.contracts import TODOS
from tests.kept.items import LOOSE, TIGHT, table_with

STRING: Json = {"type": "string", "maxLength": 20}
FEWER = contract(create={**STRING, "maxLength": 10})
"""Fewer values are taken than by the contract with a longer bound."""

Check = Callable[..., list[str]]


@pytest.fixture
def check(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """What is told of a change, on a stage with items whose values have these lengths."""
    monkeypatch.chdir(tmp_path)

    def check(before: Contract, after: Contract, *lengths: int, **more: object) -> list[str]:
        table, lines = f"Items-{uuid4().hex}", list[str]()
        table_with(account, table, *lengths)
        asked = Deployment(account, Stage("dev"), TODOS, after, {}, True, lines.append)
        check_compatible(replace(asked, **more), before, table)  # type: ignore[arg-type]
        return lines

    return check


def test_what_changes_nothing_tells_nothing(check: Check) -> None:
    assert check(LOOSE, LOOSE) == []


def test_what_is_wider_is_shown_and_goes_on(check: Check) -> None:
    lines = check(FEWER, contract(create=STRING))
    assert lines[:2] == ["The contract that is live would change.", "  Clients"]
    assert "    nothing changes for them" in lines


def test_what_breaks_clients_is_shown_and_refused_unless_somebody_says_so(check: Check) -> None:
    before = contract(create=STRING)
    with pytest.raises(Declined, match="clients of the contract that is live would break"):
        check(before, FEWER)
    assert any(
        "breaks     POST /things  request: the body: fewer values" in each
        for each in check(before, FEWER, may_break_clients=True)
    )


def test_where_nothing_is_kept_a_tighter_bound_breaks_no_item(check: Check) -> None:
    assert "  Items that are kept" in check(LOOSE, TIGHT)


def test_what_may_break_kept_items_is_refused_with_what_it_takes_to_count_them(
    check: Check,
) -> None:
    with pytest.raises(Declined, match=r"--kept-items leave\. Counting reads all of the table"):
        check(LOOSE, TIGHT, 1)


def test_items_that_are_counted_and_fine_let_it_go_on(check: Check) -> None:
    lines = check(LOOSE, TIGHT, 10, 1, kept_items=KeptItems.COUNT)
    assert lines[-1] == "  /things: the contract refuses 0 of 2 items"


def test_items_that_are_counted_and_break_are_told_and_refuse_it(check: Check) -> None:
    with pytest.raises(Declined, match="the new contract refuses items that are kept"):
        check(LOOSE, TIGHT, 11, kept_items=KeptItems.COUNT)


def test_items_may_be_left_as_they_are(check: Check) -> None:
    assert "  Items that are kept" in check(LOOSE, TIGHT, 11, kept_items=KeptItems.LEAVE)


def test_nobody_counts_who_has_not_agreed_to_the_reads(check: Check) -> None:
    with pytest.raises(Declined, match="Nothing was counted or changed"):
        check(LOOSE, TIGHT, 11, kept_items=KeptItems.COUNT, agreed=False)
