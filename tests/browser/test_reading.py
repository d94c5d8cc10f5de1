"""Filters, pages, the title, and what an empty list says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import LIST, TodoPage
from tests.contracts import CUSTOMERS
from tests.servers import serve


@pytest.fixture
def opened(todos: TodoPage, api: Api) -> TodoPage:
    api.add("Done", completed=True)
    api.add("Open")
    return todos.open()


def test_a_filter_is_a_link_and_the_api_does_the_filtering(opened: TodoPage) -> None:
    opened.link("Completed").click()
    opened.shows("Done")
    expect(opened.page).to_have_url(f"{opened.url}/?completed=true")
    expect(opened.link("Completed")).to_have_attribute("aria-current", "page")
    expect(opened.status).to_have_text("Completed: 1 shown.")
    opened.link("Active").click()
    opened.shows("Open")
    opened.link("All").click()
    opened.shows("Open", "Done")
    expect(opened.page).to_have_url(f"{opened.url}/")
    wanted = [f"GET todos?limit=100{each}" for each in ("&completed=true", "&completed=false", "")]
    assert opened.requests[1:] == wanted


def test_filters_survive_back_forward_and_reload(opened: TodoPage) -> None:
    opened.link("Active").click()
    opened.shows("Open")
    opened.link("Completed").click()
    opened.shows("Done")
    opened.page.go_back()
    opened.shows("Open")
    opened.page.reload()
    opened.shows("Open")
    opened.page.go_forward()
    opened.shows("Done")


def test_filters_are_used_by_keyboard_alone(opened: TodoPage) -> None:
    opened.press("f")
    assert opened.focused() == "All"
    opened.press("Tab", "Enter")
    opened.shows("Open")
    assert opened.focused() == "Active"


def test_a_filter_opens_in_a_new_tab_as_links_do(opened: TodoPage) -> None:
    with opened.page.context.expect_page() as made:
        opened.link("Completed").click(modifiers=["ControlOrMeta"])
    TodoPage(made.value, opened.url).shows("Done")
    opened.shows("Open", "Done")


def test_what_is_completed_leaves_the_active_ones_and_the_focus_goes_on(
    todos: TodoPage, api: Api
) -> None:
    api.add("One")
    api.add("Two")
    todos.open("?completed=false").tick("Two").focus()
    todos.press("Space")
    todos.shows("One")
    assert todos.focused() == "One"


def test_an_edit_is_saved_when_another_filter_is_chosen(opened: TodoPage, api: Api) -> None:
    opened.edit("Open").get_by_label("Title").fill("Still open")
    opened.link("Active").click()
    opened.shows("Still open")
    assert api.titles() == ["Still open", "Done"]


@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"])
def test_more_is_loaded_by_cursor_and_the_focus_goes_to_the_first_new_row(
    todos: TodoPage, api: Api, keyboard: bool
) -> None:
    api.fill(110)
    todos.open()
    expect(todos.rows).to_have_count(100)
    more = todos.button("Load more")
    if keyboard:
        more.focus()
        todos.press("Enter")
    else:
        more.click()
    expect(todos.rows).to_have_count(110)
    expect(more).to_be_hidden()
    assert todos.requests[-1].startswith("GET todos?limit=100&cursor=")
    expect(todos.status).to_have_text("10 more.")
    assert todos.focused() == "To-do 9"


def test_the_title_counts_the_open_to_dos_that_are_loaded(todos: TodoPage, api: Api) -> None:
    api.fill(101)
    todos.open()
    expect(todos.page).to_have_title("(100+) To-do")
    expect(todos.page.get_by_text("100+ open", exact=True)).to_be_visible()
    todos.tick("To-do 100").check()
    expect(todos.page).to_have_title("(99+) To-do")
    todos.button("Load more").click()
    expect(todos.page).to_have_title("(100) To-do")


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "A clear day"),
        ("?completed=false", "All done"),
        ("?completed=true", "Nothing completed yet"),
        ("?completed=perhaps", "A clear day"),
    ],
)
def test_an_empty_list_says_why(todos: TodoPage, query: str, heading: str) -> None:
    todos.open(query)
    expect(todos.page.get_by_role("heading", name=heading)).to_be_visible()
    expect(todos.page).to_have_title("To-do")
    todos.add("Something")
    if query == "?completed=true":
        expect(todos.status).to_have_text("Added “Something”.")
    else:
        expect(todos.page.get_by_role("heading", name=heading)).to_be_hidden()


def test_the_list_is_read_again_when_the_reader_comes_back(opened: TodoPage, api: Api) -> None:
    api.add("By somebody else")
    opened.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(seconds=11))
    opened.page.evaluate("() => dispatchEvent(new Event('focus'))")
    opened.shows("By somebody else", "Open", "Done")


def test_the_list_is_read_again_at_most_once_in_ten_seconds(todos: TodoPage) -> None:
    todos.stop_time()
    before = len(todos.open().requests)
    for _ in range(3):
        todos.page.evaluate("() => dispatchEvent(new Event('focus'))")
    todos.page.wait_for_timeout(300)
    assert len(todos.requests) == before


def test_a_visible_page_is_fresh_after_a_minute(todos: TodoPage, api: Api) -> None:
    api.add("Open")
    api.add("Gone")
    todos.page.clock.install()
    todos.open()
    api.call("DELETE", f"/todos/{api.items()[0]['id']}")
    api.add("By somebody else")
    todos.page.clock.fast_forward(80_000)
    todos.shows("By somebody else", "Open")


def test_a_list_that_cannot_be_read_again_is_asked_for_less_often(
    todos: TodoPage, api: Api
) -> None:
    api.add("Open")
    todos.stop_time()
    todos.open()
    todos.fail(LIST, "GET")
    first, second, third = [seconds_until_it_is_read(todos) for _ in range(3)]
    assert first >= 60
    assert second >= 90
    assert third >= 180
    todos.shows("Open")


def seconds_until_it_is_read(todos: TodoPage) -> int:
    """How far the time has to move until the list is asked for again; at least."""
    before, seconds = len(todos.requests), 0
    while len(todos.requests) == before:
        todos.forward(15_000)
        todos.page.wait_for_timeout(10)
        seconds += 15
        assert seconds < 3_600
    return seconds


def test_a_second_tab_follows(opened: TodoPage, api: Api) -> None:
    second = TodoPage(opened.page.context.new_page(), opened.url).open()
    second.shows("Open", "Done")
    opened.add("New")
    second.shows("New", "Open", "Done")
    opened.tick("Open").check()
    expect(second.tick("Open")).to_be_checked()
    opened.edit("New").get_by_label("Title").fill("Newer")
    opened.press("Enter")
    second.shows("Newer", "Open", "Done")
    expect(second.page).to_have_title("(1) To-do")
    opened.stop_time()
    opened.delete("Newer")
    second.shows("Open", "Done")
    opened.forward(9_000)
    opened.eventually(lambda: len(api.items()), 2)

    def deletions() -> list[str]:
        return [each for each in opened.requests + second.requests if "DELETE" in each]

    opened.eventually(lambda: len(deletions()), 1)  # either tab may send it
    sent = deletions()
    assert [each for each in second.requests if "GET" not in each and each not in sent] == []


def test_the_skeleton_is_shown_after_a_while_and_nothing_moves(todos: TodoPage, api: Api) -> None:
    api.add("One")
    held = todos.hold(LIST, "GET")
    todos.page.goto(todos.url)
    skeleton = todos.page.locator("[data-skeleton]")
    expect(skeleton).to_be_visible()
    delay = skeleton.evaluate("at => getComputedStyle(at).animationDelay")
    assert delay == "0.2s"
    expect(skeleton).to_have_css("opacity", "1")
    expect(todos.list).to_have_attribute("aria-busy", "true")
    held.go_on()
    todos.shows("One")
    expect(skeleton).to_be_hidden()


def test_back_keeps_an_edit_open(opened: TodoPage, api: Api) -> None:
    opened.link("Active").click()
    opened.shows("Open")
    title = opened.edit("Open").get_by_label("Title")
    title.fill("Still open")
    opened.page.go_back()
    expect(opened.rows).to_have_count(2)
    expect(title).to_have_value("Still open")
    expect(title).to_be_focused()
    opened.press("Enter")
    opened.shows("Still open", "Done")
    assert api.titles() == ["Still open", "Done"]


def test_what_is_added_while_an_older_list_is_on_its_way_stays(todos: TodoPage) -> None:
    held = todos.hold(LIST, "GET", answered=True)
    todos.page.goto(todos.url)
    todos.add("New")
    expect(todos.status).to_have_text("Added “New”.")
    with todos.page.expect_response(LIST):
        held.go_on()
    expect(todos.list).to_have_attribute("aria-busy", "false")
    todos.shows("New")


def test_among_the_active_a_new_one_is_there_at_once(todos: TodoPage) -> None:
    todos.open("?completed=false")
    held = todos.hold(LIST, "POST")
    todos.add("New")
    expect(todos.row("New")).to_have_attribute("aria-busy", "true")
    held.go_on()
    todos.shows("New")


def test_more_counts_only_what_it_brought(todos: TodoPage, api: Api) -> None:
    api.fill(110)
    todos.open()
    second = TodoPage(todos.page.context.new_page(), todos.url).open()
    held = todos.hold(LIST, "GET")
    todos.button("Load more").click()
    second.add("Meanwhile")
    expect(todos.tick("Meanwhile")).to_be_visible()
    held.go_on()
    expect(todos.status).to_have_text("10 more.")
    assert todos.focused() == "To-do 9"


def test_another_contract_s_page_is_made_of_it(page: Page) -> None:
    """The same code, in the contract's own words; `/docs/` knows it, too."""
    with serve(CUSTOMERS) as server:
        todos = TodoPage(page, server.url).open()
        expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
        expect(page.get_by_text("No customers yet")).to_be_visible()
        form = page.locator("[data-add]")
        form.get_by_label("New customer: first name").fill("Ada")
        form.get_by_label("Last name").fill("Lovelace")
        form.get_by_label("Email").fill("ada@example.com")
        todos.button("Add").click()
        expect(todos.rows).to_contain_text("ada@example.com")
        todos.button("Help and settings").click()
        page.get_by_role("dialog").get_by_role("link", name="reference").click()
        expect(page.get_by_role("heading", name="Customer Records")).to_be_visible()


def test_without_javascript_the_page_says_what_else_there_is(
    new_context: Any, api: Api, messages: list[str]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(api.url)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("noscript p")).to_contain_text("This page needs JavaScript")
    expect(page.locator("noscript a")).to_have_attribute("href", "docs/")
    expect(page.locator("main")).to_be_hidden()
    messages.clear()  # what was preloaded for the scripts is not used
