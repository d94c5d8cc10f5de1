"""Two people change one to-do: neither change gets lost."""

from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import Api
from tests.browser.drivers.bodies import fetched
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import ITEM, TodoPage, eventually


@pytest.fixture
def mine(todos: TodoPage, api: Api) -> TodoPage:
    api.add("Buy milk", description="One litre")
    return todos.open()


@pytest.fixture
def theirs(new_context: Any, api: Api) -> TodoPage:
    """The page of another person, who has another browser."""
    return TodoPage(new_context().new_page(), api.url)


def change(page: TodoPage, label: str, text: str, title: str = "Buy milk") -> None:
    """Somebody changes one field, and it is saved."""
    page.edit(title).get_by_label(label).fill(text)
    with page.page.expect_response(is_stored):
        page.press("Control+Enter")
    expect(page.status).to_contain_text("Saved")


def is_stored(response: Any) -> bool:
    return bool(response.request.method == "PUT" and response.status == 200)


def both(mine: TodoPage, theirs: TodoPage) -> Locator:
    """Both have changed the title: the answer is what I am asked."""
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    change(theirs.open(), "Title", "Buy tea")
    mine.press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told).to_contain_text("You and someone else changed “Buy tea” at the same time.")
    return told


def test_changes_of_different_properties_are_both_kept(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    change(theirs.open(), "Details", "Three litres")
    mine.press("Enter")
    expect(mine.status).to_have_text(
        "Saved “Buy oat milk”. Details had changed in the meantime; both changes are kept."
    )
    mine.shows("Buy oat milk")
    expect(mine.row("Buy oat milk")).to_contain_text("Three litres")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy oat milk", "Three litres")
    ]
    tags = [each.headers["if-match"] for each in mine.sent if each.method == "PUT"]
    assert len(set(tags)) == 2


def test_only_what_both_have_changed_is_asked_about(mine: TodoPage, theirs: TodoPage) -> None:
    told = both(mine, theirs)
    expect(told.locator("[data-mine]")).to_have_text("YoursTitleBuy oat milk")
    expect(told.locator("[data-theirs]")).to_have_text("TheirsTitleBuy tea")
    expect(mine.alert).to_contain_text("Which version do you want to keep?")


def test_mine_can_be_kept_and_takes_nothing_else_from_theirs(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    told = both(mine, theirs)
    change(theirs, "Details", "Three litres", "Buy tea")
    told.get_by_role("button", name="Keep mine").click()
    mine.shows("Buy oat milk")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy oat milk", "Three litres")
    ]


def test_theirs_can_be_taken_by_keyboard_alone(mine: TodoPage, theirs: TodoPage, api: Api) -> None:
    both(mine, theirs)
    mine.page.bring_to_front()  # Firefox presses no button of a window behind another
    assert mine.focused() == "Edit “Buy tea”"
    mine.press("Tab", "Tab", "Tab", "Enter")
    mine.shows("Buy tea")
    mine.eventually(mine.focused, "Buy tea")
    assert api.titles() == ["Buy tea"]


def test_what_does_not_conflict_is_stored_though_theirs_is_taken(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    with mine.page.expect_response(ITEM):
        form = mine.edit("Buy milk")
    form.get_by_label("Title").fill("Buy oat milk")
    form.get_by_label("Details").fill("Three litres")
    change(theirs.open(), "Title", "Buy tea")
    mine.press("Control+Enter")
    mine.button("Keep theirs").click()
    mine.shows("Buy tea")
    expect(mine.status).to_contain_text("Saved")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy tea", "Three litres")
    ]


def test_a_conflict_survives_a_reload(mine: TodoPage, theirs: TodoPage, api: Api) -> None:
    both(mine, theirs)
    mine.page.reload()
    mine.button("Keep mine").click()
    mine.shows("Buy oat milk")
    assert api.titles() == ["Buy oat milk"]


def test_an_edit_that_began_on_an_old_list_is_told_too(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    change(theirs.open(), "Title", "Buy tea")
    mine.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    mine.press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-theirs]")).to_contain_text("Buy tea")
    assert api.titles() == ["Buy tea"]


def test_a_tick_of_what_was_renamed_elsewhere_just_ticks_it(
    mine: TodoPage, theirs: TodoPage, api: Api
) -> None:
    change(theirs.open(), "Title", "Buy tea")
    mine.tick("Buy milk").click()
    mine.shows("Buy tea")
    expect(mine.tick("Buy tea")).to_be_checked()
    expect(mine.page.get_by_role("group", name="Not saved")).to_have_count(0)
    assert [(each["title"], each["completed"]) for each in api.items()] == [("Buy tea", True)]


def test_the_same_change_by_both_is_no_conflict(mine: TodoPage, theirs: TodoPage) -> None:
    theirs.open().tick("Buy milk").click()
    expect(theirs.status).to_have_text("Completed “Buy milk”.")
    mine.tick("Buy milk").click()
    expect(mine.status).to_have_text("Completed “Buy milk”.")
    expect(mine.page.get_by_role("group", name="Not saved")).to_have_count(0)


@pytest.mark.parametrize("keep", [True, False])
def test_what_somebody_else_changed_is_not_deleted_unseen(
    mine: TodoPage, theirs: TodoPage, api: Api, keep: bool
) -> None:
    mine.stop_time()
    with mine.page.expect_response(ITEM):
        mine.delete("Buy milk")
    change(theirs.open(), "Title", "Buy tea")
    mine.forward(8_100)
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told.locator("[data-theirs]")).to_contain_text("Buy tea")
    expect(told).to_contain_text("“Buy milk” was changed by someone else before it was deleted.")
    expect(told.locator("[data-mine]")).to_be_hidden()
    told.get_by_role("button", name="Keep it" if keep else "Delete anyway").click()
    left = ["Buy tea"] if keep else []
    mine.shows(*left)
    eventually(api.titles, left)


def test_an_own_change_whose_answer_got_lost_is_no_conflict(mine: TodoPage, api: Api) -> None:
    def lose(route: Any) -> None:
        fetched(route)
        route.abort("connectionreset")

    mine.route(ITEM, "PUT", lose)
    mine.tick("Buy milk").click()
    expect(mine.row("Buy milk")).to_contain_text("Saved on this device")
    mine.come_back()
    expect(mine.status).to_have_text("Completed “Buy milk”.")
    mine.shows("Buy milk")
    expect(mine.page.get_by_role("group", name="Not saved")).to_have_count(0)
    assert api.items()[0]["completed"] is True


def test_an_own_tab_is_not_somebody_else(mine: TodoPage) -> None:
    second = TodoPage(mine.page.context.new_page(), mine.url).open()
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Mine")
    change(second, "Title", "Second")
    expect(mine.page.locator("[data-part=tick]")).to_have_attribute("aria-label", "Second")
    mine.page.locator("form.edit").get_by_label("Title").press("Enter")
    told = mine.page.get_by_role("group", name="Not saved")
    expect(told).to_contain_text("You and another tab changed “Second” at the same time.")
    expect(told.locator("[data-theirs]")).to_have_text("The other tab’sTitleSecond")


def test_changes_of_different_properties_in_two_tabs_are_both_kept(
    mine: TodoPage, api: Api
) -> None:
    second = TodoPage(mine.page.context.new_page(), mine.url).open()
    with mine.page.expect_response(ITEM):
        mine.edit("Buy milk").get_by_label("Title").fill("Mine")
    change(second, "Details", "Second")
    mine.page.locator("form.edit").get_by_label("Title").press("Enter")
    mine.shows("Mine")
    expect(mine.status).to_contain_text("Saved")
    assert [(each["title"], each["description"]) for each in api.items()] == [("Mine", "Second")]
