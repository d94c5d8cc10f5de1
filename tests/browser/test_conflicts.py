"""Two people change one to-do: neither change gets lost."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Api
from tests.browser.todo_page import ITEM, TodoPage, eventually


@pytest.fixture
def mine(todos: TodoPage, api: Api) -> TodoPage:
    api.add("Buy milk", description="One litre")
    return todos.open()


@pytest.fixture
def theirs(new_context: Any, api: Api) -> TodoPage:
    """The page of another person, who has another browser."""
    return TodoPage(new_context().new_page(), api.url)


def both(mine: TodoPage, theirs: TodoPage) -> Locator:
    """Mine is open, theirs is saved meanwhile, mine is saved: the answer is what I am told."""
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    theirs.open().edit("Buy milk").get_by_label("Details").fill("Three litres")
    theirs.press("Enter")
    expect(theirs.status).to_have_text("Saved “Buy milk”.")
    mine.press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told).to_contain_text("Somebody else changed “Buy oat milk”.")
    return told


def test_the_other_version_is_shown_beside_one_s_own(mine: TodoPage, theirs: TodoPage) -> None:
    told = both(mine, theirs)
    expect(told.locator("[data-mine]")).to_have_text("YoursBuy oat milkOne litreOpen")
    expect(told.locator("[data-theirs]")).to_have_text("TheirsBuy milkThree litresOpen")
    expect(mine.alert).to_contain_text("Which version shall stay?")
    assert [each.response().status for each in mine.sent if each.method == "PUT"] == [412]  # type: ignore[union-attr]


def test_mine_can_be_kept_and_takes_nothing_else_from_theirs(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    both(mine, theirs).get_by_role("button", name="Keep mine").click()
    mine.shows("Buy oat milk")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy oat milk", "Three litres")
    ]


def test_theirs_can_be_taken_by_keyboard_alone(mine: TodoPage, theirs: TodoPage, api: Api) -> None:
    both(mine, theirs)
    assert mine.focused() == "Edit “Buy milk”"
    mine.press("Tab", "Tab", "Tab", "Enter")
    mine.shows("Buy milk")
    expect(mine.row("Buy milk")).to_contain_text("Three litres")
    assert mine.focused() == "Buy milk"
    assert api.titles() == ["Buy milk"]


def test_an_edit_that_began_on_an_old_list_is_told_too(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    theirs.open().edit("Buy milk").get_by_label("Title").fill("Buy tea")
    theirs.press("Enter")
    theirs.shows("Buy tea")
    mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    mine.press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-theirs]")).to_contain_text("Buy tea")
    assert api.titles() == ["Buy tea"]


def test_a_tick_on_an_old_list_is_told_too(mine: TodoPage, theirs: TodoPage) -> None:
    theirs.open().edit("Buy milk").get_by_label("Title").fill("Buy tea")
    theirs.press("Enter")
    theirs.shows("Buy tea")
    mine.tick("Buy milk").click()
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-mine]")).to_contain_text("Completed")
    told.get_by_role("button", name="Keep mine").click()
    mine.shows("Buy tea")
    expect(mine.tick("Buy tea")).to_be_checked()


@pytest.mark.parametrize("keep", [True, False])
def test_what_somebody_else_changed_is_not_deleted_unseen(
    mine: TodoPage, theirs: TodoPage, api: Api, keep: bool
) -> None:
    mine.page.clock.install()
    with mine.page.expect_response(ITEM):
        mine.delete("Buy milk")
    theirs.open().edit("Buy milk").get_by_label("Title").fill("Buy tea")
    theirs.press("Enter")
    theirs.shows("Buy tea")
    mine.page.clock.fast_forward(8_000)
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-theirs]")).to_contain_text("Buy tea")
    expect(told.locator("[data-mine]")).to_be_hidden()
    told.get_by_role("button", name="Keep it" if keep else "Delete anyway").click()
    left = ["Buy tea"] if keep else []
    mine.shows(*left)
    eventually(api.titles, left)


def test_an_own_change_whose_answer_got_lost_is_no_conflict(mine: TodoPage, api: Api) -> None:
    def lose(route: Any) -> None:
        route.fetch()
        route.abort("connectionreset")

    mine.route(ITEM, "PUT", lose)
    mine.tick("Buy milk").click()
    expect(mine.row("Buy milk")).to_contain_text("was not completed")
    mine.heal()
    mine.button("Retry").click()
    expect(mine.tick("Buy milk")).to_be_checked()
    mine.shows("Buy milk")
    expect(mine.page.get_by_role("group", name="Not saved")).to_have_count(0)
    assert api.items()[0]["completed"] is True


def test_what_somebody_else_deleted_says_so_and_keeps_the_text(mine: TodoPage, api: Api) -> None:
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    api.clear()
    mine.press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told).to_contain_text("“Buy oat milk” was not saved. There is no such item.")
    told.get_by_role("button", name="Discard").click()
    mine.shows()


def test_a_second_tab_s_change_reaches_an_edit_as_a_conflict(mine: TodoPage) -> None:
    second = TodoPage(mine.page.context.new_page(), mine.url).open()
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Mine")
    second.edit("Buy milk").get_by_label("Title").fill("Second")
    second.press("Enter")
    second.shows("Second")
    expect(mine.page.locator("[data-part=tick]")).to_have_attribute("aria-label", "Second")
    mine.page.locator("form.edit").get_by_label("Title").press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-theirs]")).to_contain_text("Second")
