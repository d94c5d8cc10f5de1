"""The network cut, slowed and failing at each call: every change is rolled back alone, and told."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Api
from tests.browser.todo_page import CONTRACT, ITEM, LIST, PROBLEM, TodoPage, eventually

UNAVAILABLE = "The service is unavailable. Nothing is known to be changed. Try again in a moment."
CUT = "The service cannot be reached. Check the connection."
NONSENSE = "The answer makes no sense. Something else answered, with 502."
Failing = Callable[[TodoPage, re.Pattern[str], str], None]


def nonsense(todos: TodoPage, pattern: re.Pattern[str], method: str) -> None:
    todos.route(pattern, method, lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))


WAYS = pytest.mark.parametrize(
    ("fail", "words"),
    [(TodoPage.fail, UNAVAILABLE), (TodoPage.cut, CUT), (nonsense, NONSENSE)],
    ids=["problem", "cut", "nonsense"],
)


@pytest.fixture
def opened(todos: TodoPage, api: Api) -> TodoPage:
    api.add("Two")
    api.add("One")
    return todos.open()


def failure(todos: TodoPage, title: str) -> Locator:
    return todos.row(title).get_by_role("group", name="Not saved")


def told(todos: TodoPage, title: str, words: str) -> None:
    """The failure stands in its row, and is said aloud."""
    expect(failure(todos, title).locator("[data-reason]")).to_have_text(words)
    expect(todos.alert).to_have_text(words)


@WAYS
def test_a_list_that_cannot_be_read_says_why_and_can_be_read_again(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.add("One")
    fail(todos, LIST, "GET")
    todos.open()
    expect(todos.page.get_by_role("heading", name="The list could not be read")).to_be_visible()
    expect(todos.page.locator("[data-state-text]")).to_have_text(words)
    expect(todos.alert).to_contain_text(words)
    todos.heal()
    todos.button("Retry").click()
    todos.shows("One")


def test_a_contract_that_cannot_be_read_is_told_too(todos: TodoPage, api: Api) -> None:
    api.add("One")
    todos.cut(CONTRACT, "GET")
    todos.open()
    expect(todos.page.locator("[data-state-text]")).to_have_text(CUT)
    todos.heal()
    todos.button("Retry").click()
    todos.shows("One")
    todos.add("Two")
    todos.shows("Two", "One")


@WAYS
def test_a_page_that_cannot_be_read_leaves_the_list_as_it_is(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.fill(51)
    todos.open()
    fail(todos, LIST, "GET")
    todos.button("Load more").click()
    expect(todos.page.locator("[data-more-fault]")).to_have_text(words)
    expect(todos.rows).to_have_count(50)
    todos.heal()
    todos.button("Retry").click()
    expect(todos.rows).to_have_count(51)


@WAYS
def test_a_create_that_fails_can_be_retried(
    opened: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    fail(opened, LIST, "POST")
    opened.add("New")
    told(opened, "New", f"“New” was not added. {words}")
    assert api.titles() == ["One", "Two"]
    opened.heal()
    opened.button("Retry").click()
    opened.shows("New", "One", "Two")


def test_a_create_that_failed_can_be_given_up(opened: TodoPage) -> None:
    opened.fail(LIST, "POST")
    opened.add("New")
    failure(opened, "New").get_by_role("button", name="Discard").click()
    opened.shows("One", "Two")
    assert opened.focused() == "One"


@WAYS
def test_a_tick_that_fails_is_taken_back(
    opened: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    fail(opened, ITEM, "PUT")
    opened.tick("One").click()
    told(opened, "One", f"“One” was not completed. {words}")
    expect(opened.tick("One")).not_to_be_checked()
    opened.heal()
    opened.button("Retry").click()
    expect(opened.tick("One")).to_be_checked()
    opened.shows("One", "Two")
    assert api.items()[0]["completed"] is True


@WAYS
def test_the_version_that_cannot_be_asked_for_fails_the_change(
    opened: TodoPage, fail: Failing, words: str
) -> None:
    fail(opened, ITEM, "GET")
    opened.tick("One").click()
    told(opened, "One", f"“One” was not completed. {words}")
    expect(opened.tick("One")).not_to_be_checked()


@WAYS
def test_an_edit_that_fails_is_taken_back_and_not_forgotten(
    opened: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    fail(opened, ITEM, "PUT")
    opened.edit("One").get_by_label("Title").fill("First")
    opened.press("Enter")
    told(opened, "One", f"“First” was not saved. {words}")
    assert api.titles() == ["One", "Two"]
    opened.heal()
    opened.button("Retry").click()
    opened.shows("First", "Two")
    assert api.titles() == ["First", "Two"]


@WAYS
def test_a_deletion_that_fails_brings_the_row_back(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.add("One")
    todos.page.clock.install()
    todos.open()
    fail(todos, ITEM, "DELETE")
    todos.delete("One")
    todos.page.clock.fast_forward(8_000)
    told(todos, "One", f"“One” was not deleted. {words}")
    todos.heal()
    todos.button("Retry").click()
    todos.shows()
    eventually(api.titles, [])


@WAYS
def test_clearing_that_cannot_read_the_list_says_so(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.add("Done", completed=True)
    todos.open()
    fail(todos, LIST, "GET")
    todos.button("Clear completed").click()
    expect(todos.alert).to_have_text(words)
    expect(todos.alert).to_be_visible()
    todos.shows("Done")


def test_each_change_is_rolled_back_alone(opened: TodoPage, api: Api) -> None:
    def refuse_titles(route: Route) -> None:
        if "title" in (route.request.post_data_json or {}):
            route.fulfill(status=503, json=PROBLEM, content_type="application/problem+json")
        else:
            route.continue_()

    opened.edit("One").get_by_label("Title").fill("First")
    held = opened.hold(ITEM, "PUT")
    opened.press("Enter")
    opened.tick("First").click()
    opened.tick("Two").click()
    opened.route(ITEM, "PUT", refuse_titles)
    held.answer(refuse_titles)
    told(opened, "One", f"“First” was not saved. {UNAVAILABLE}")
    expect(opened.tick("One")).to_be_checked()
    expect(opened.tick("Two")).to_be_checked()
    opened.shows("One", "Two")
    assert [each["completed"] for each in api.items()] == [True, True]
    assert api.titles() == ["One", "Two"]


def test_a_slow_answer_is_waited_for_and_shown_as_saving(opened: TodoPage) -> None:
    held = opened.hold(ITEM, "PUT")
    opened.tick("One").click()
    row = opened.row("One")
    expect(row).to_have_attribute("aria-busy", "true")
    times = row.locator("[data-times]")
    assert times.evaluate("at => getComputedStyle(at, '::after').content") == '" · Saving…"'
    opened.tick("Two").click()
    opened.add("Meanwhile")
    expect(opened.status).to_have_text("Added “Meanwhile”.")
    held.go_on()
    opened.shows("Meanwhile", "One", "Two")


@pytest.mark.parametrize("what", ["saving", "failed", "typed", "nothing"])
def test_whoever_leaves_before_something_is_saved_is_asked(opened: TodoPage, what: str) -> None:
    if what == "saving":
        opened.hold(ITEM, "PUT")
        with opened.page.expect_request(lambda each: each.method == "PUT"):
            opened.tick("One").click()
    elif what == "failed":
        opened.fail(ITEM, "PUT")
        opened.tick("One").click()
        expect(failure(opened, "One")).to_be_visible()
    elif what == "typed":
        opened.edit("One").get_by_label("Title").fill("First")
    else:
        opened.edit("One").get_by_label("Title").click()
    opened.page.once("dialog", lambda dialog: dialog.dismiss())
    with opened.page.expect_event("close" if what == "nothing" else "dialog"):
        opened.page.close(run_before_unload=True)
    if what != "nothing":
        expect(opened.rows.first).to_be_visible()


def test_offline_there_is_a_banner_and_what_was_read_stays(opened: TodoPage) -> None:
    opened.tick("Two").check()
    expect(opened.status).to_have_text("Completed “Two”.")
    opened.page.context.set_offline(True)
    banner = opened.page.get_by_text("You are offline. Changes have to wait.")
    expect(banner).to_be_visible()
    opened.link("Active").click()
    opened.shows("One")
    opened.link("All").click()
    opened.shows("One", "Two")
    opened.page.context.set_offline(False)
    expect(banner).to_be_hidden()
    opened.shows("One", "Two")


def test_offline_every_change_is_refused_with_the_reason(opened: TodoPage) -> None:
    opened.page.context.set_offline(True)
    before = len(opened.requests)
    reason = "You are offline. Nothing was changed."

    def refused() -> None:
        expect(opened.alert).to_have_text(reason)
        expect(opened.alert).to_be_visible()
        opened.page.locator("[data-alert]").evaluate("at => at.textContent = ''")

    opened.add("New")
    refused()
    expect(opened.new_title).to_have_value("New")
    opened.tick("One").click()
    refused()
    expect(opened.tick("One")).not_to_be_checked()
    opened.delete("One")
    refused()
    form = opened.edit("One")
    form.get_by_label("Title").fill("First")
    opened.press("Enter")
    refused()
    expect(form.get_by_label("Title")).to_have_value("First")
    assert [each for each in opened.requests[before:] if not each.startswith("GET")] == []
    opened.page.context.set_offline(False)
    opened.press("Enter")
    opened.shows("First", "Two")


def test_a_window_that_closes_offline_brings_the_row_back(todos: TodoPage, api: Api) -> None:
    api.add("One")
    todos.page.clock.install()
    todos.open().delete("One")
    todos.page.context.set_offline(True)
    todos.page.clock.fast_forward(8_000)
    expect(failure(todos, "One")).to_contain_text("“One” was not deleted. You are offline.")
    todos.page.context.set_offline(False)
    todos.button("Retry").click()
    todos.shows()
    eventually(api.titles, [])


@pytest.mark.parametrize(("pattern", "method"), [(LIST, "GET"), (LIST, "POST"), (ITEM, "PUT")])
def test_an_answer_that_is_no_json_is_told_and_can_be_retried(
    opened: TodoPage, pattern: re.Pattern[str], method: str
) -> None:
    words = "The answer makes no sense. Something else answered, with 200."
    opened.route(pattern, method, lambda route: route.fulfill(body="<h1>Welcome to our hotel"))
    if method == "GET":
        opened.link("Active").click()
        expect(opened.page.locator("[data-state-text]")).to_have_text(words)
    elif method == "POST":
        opened.add("One")
    else:
        opened.tick("One").click()
    expect(opened.alert).to_contain_text(words)
    opened.heal()
    opened.button("Retry").click()
    expect(opened.rows.locator("[aria-busy=true], .failure")).to_have_count(0)
    expect(opened.tick("One").first).to_be_enabled()


def test_what_is_added_while_the_list_cannot_be_read_is_seen_to_fail(
    todos: TodoPage, api: Api
) -> None:
    todos.fail(LIST, "GET")
    todos.fail(LIST, "POST")
    todos.open().add("New")
    expect(failure(todos, "New").locator("[data-reason]")).to_be_visible()
    todos.heal()
    failure(todos, "New").get_by_role("button", name="Retry").click()
    expect(todos.tick("New")).to_be_enabled()
    assert api.titles() == ["New"]


def test_a_filter_that_fails_announces_no_rows(opened: TodoPage) -> None:
    opened.fail(LIST, "GET")
    opened.link("Active").click()
    expect(opened.alert).to_contain_text(UNAVAILABLE)
    expect(opened.status).to_have_text("")


def test_a_second_edit_of_what_is_gone_keeps_its_text(opened: TodoPage, api: Api) -> None:
    api.clear()
    for title in ("First", "Second"):
        opened.edit("One").get_by_label("Title").fill(title)
        opened.press("Enter")
        expect(failure(opened, "One").filter(has_text=title)).to_be_visible()
    failure(opened, "One").first.get_by_role("button", name="Discard").click()
    expect(failure(opened, "One")).to_contain_text("“Second” was not saved.")


@pytest.mark.parametrize("how", ["Retry", "Discard"])
def test_the_focus_survives_the_end_of_a_failed_create(opened: TodoPage, how: str) -> None:
    opened.fail(LIST, "POST")
    opened.add("New")
    opened.heal()
    opened.hold(LIST, "POST")
    failure(opened, "New").get_by_role("button", name=how).focus()
    opened.press("Enter")
    assert opened.focused() == ("New to-do" if how == "Retry" else "One")


def test_offline_an_edit_that_changes_nothing_is_in_nobody_s_way(opened: TodoPage) -> None:
    opened.edit("One")
    opened.page.context.set_offline(True)
    opened.link("Active").click()
    expect(opened.link("Active")).to_have_attribute("aria-current", "page")
    expect(opened.page.locator("form.edit")).to_have_count(0)
