"""The network cut, slowed and failing at each call: every change is rolled back alone, and told."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route

from tests.browser.conftest import Api
from tests.browser.drivers.bodies import body_of
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import BUSY, CONTRACT, ITEM, LIST, PROBLEM, TodoPage

FAILED = "The service failed. This is not your fault. Trying again may help."
UNAVAILABLE = "The service is unavailable. Nothing is known to be changed. Try again in a moment."
CUT = "The service cannot be reached. Check your connection."
ELSE = "Something other than the service answered. Check your network, then try again."
NONSENSE = f"Unexpected response (502). {ELSE}"
Failing = Callable[[TodoPage, re.Pattern[str], str], None]


def nonsense(todos: TodoPage, pattern: re.Pattern[str], method: str) -> None:
    todos.route(pattern, method, lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))


def busy(todos: TodoPage, pattern: re.Pattern[str], method: str) -> None:
    todos.fail(pattern, method, BUSY)


READING = pytest.mark.parametrize(
    ("fail", "words"),
    [(busy, UNAVAILABLE), (TodoPage.cut, CUT), (nonsense, NONSENSE)],
    ids=["busy", "cut", "nonsense"],
)
WAYS = pytest.mark.parametrize(
    ("fail", "words"), [(TodoPage.fail, FAILED), (nonsense, NONSENSE)], ids=["problem", "nonsense"]
)
"""What does not pass by itself."""

PASSING = pytest.mark.parametrize("fail", [busy, TodoPage.cut], ids=["busy", "cut"])


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


@READING
def test_a_list_that_cannot_be_read_says_why_and_can_be_read_again(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.add("One")
    fail(todos, LIST, "GET")
    todos.stop_time()  # so that it is not read again before the button is pressed
    todos.open()
    expect(todos.page.get_by_role("heading", name="The list could not be loaded")).to_be_visible()
    expect(todos.page.locator("[data-state-text]")).to_have_text(words)
    expect(todos.alert).to_contain_text(words)
    todos.heal()
    todos.button("Retry").click()
    todos.shows("One")


def test_a_contract_that_cannot_be_read_is_told_too(todos: TodoPage, api: Api) -> None:
    api.add("One")
    todos.cut(CONTRACT, "GET")
    todos.page.goto(todos.url)
    expect(todos.page.locator("[data-lost-text]")).to_have_text(CUT)
    todos.heal()
    todos.button("Retry").click()
    todos.shows("One")
    todos.add("Two")
    todos.shows("Two", "One")


@READING
def test_a_page_that_cannot_be_read_leaves_the_list_as_it_is(
    todos: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    api.fill(101)
    todos.open()
    fail(todos, LIST, "GET")
    todos.button("Load more").click()
    expect(todos.page.locator("[data-more-fault]")).to_have_text(words)
    expect(todos.rows).to_have_count(100)
    todos.heal()
    todos.button("Retry").click()
    expect(todos.rows).to_have_count(101)


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
    opened.eventually(opened.focused, "One")


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
    opened.shows("Two", "One")
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
def test_an_edit_that_fails_stays_open_with_what_was_typed(
    opened: TodoPage, api: Api, fail: Failing, words: str
) -> None:
    fail(opened, ITEM, "PUT")
    opened.edit("One").get_by_label("Title").fill("First")
    opened.press("Enter")
    told(opened, "One", f"“First” was not saved. {words}")
    expect(failure(opened, "One").get_by_label("Title")).to_have_value("First")
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
    todos.stop_time()
    todos.open()
    fail(todos, ITEM, "DELETE")
    todos.delete("One")
    todos.forward(8_100)
    told(todos, "One", f"“One” was not deleted. {words}")
    todos.heal()
    todos.button("Retry").click()
    todos.shows()
    todos.eventually(api.titles, [])


@READING
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


def test_each_change_fails_alone(opened: TodoPage, api: Api) -> None:
    def refuse_titles(route: Route) -> None:
        if "title" in json.loads(body_of(route.request) or "{}"):
            route.fulfill(status=500, json=PROBLEM, content_type="application/problem+json")
        else:
            route.continue_()

    opened.edit("One").get_by_label("Title").fill("First")
    held = opened.hold(ITEM, "PUT")
    opened.press("Enter")
    held.only_these()
    opened.tick("First").click()
    opened.tick("Two").click()
    opened.route(ITEM, "PUT", refuse_titles)
    held.answer(refuse_titles)
    told(opened, "One", f"“First” was not saved. {FAILED}")
    expect(opened.tick("Two")).to_be_checked()
    opened.eventually(lambda: [each["completed"] for each in api.items()], [True, True])
    assert api.titles() == ["One", "Two"]


def test_a_slow_answer_is_waited_for_and_shown_as_saving(opened: TodoPage) -> None:
    held = opened.hold(ITEM, "PUT")
    opened.tick("One").click()
    row = opened.row("One")
    expect(row).to_have_attribute("aria-busy", "true")
    expect(row.locator("[data-times]")).to_contain_text(" · Saving…")
    opened.tick("Two").click()
    opened.add("Meanwhile")
    expect(opened.status).to_have_text("Added “Meanwhile”.")
    held.go_on()
    opened.shows("Meanwhile", "One", "Two")


@pytest.mark.parametrize("what", ["saving", "failed", "typed", "nothing"])
def test_whoever_leaves_is_asked_nothing_since_all_of_it_is_kept(
    opened: TodoPage, what: str
) -> None:
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
    with opened.page.expect_event("close"):
        opened.page.close(run_before_unload=True)


def test_where_nothing_can_be_kept_whoever_leaves_is_asked(page: Page, api: Api) -> None:
    api.add("One")
    todos = TodoPage(page, api.url)
    todos.page.add_init_script("delete globalThis.indexedDB; delete Window.prototype.indexedDB")
    todos.open()
    todos.hold(ITEM, "PUT")
    with todos.page.expect_request(lambda each: each.method == "PUT"):
        todos.tick("One").click()
    todos.page.on("dialog", lambda dialog: dialog.dismiss())
    with todos.page.expect_event("dialog"):
        todos.page.close(run_before_unload=True)
    expect(todos.fold).to_be_visible()


def test_offline_there_is_a_banner_and_what_was_read_stays(opened: TodoPage) -> None:
    opened.tick("Two").check()
    expect(opened.status).to_have_text("Completed “Two”.")
    opened.page.context.set_offline(True)
    expect(opened.offline).to_contain_text("You are offline.")
    opened.link("Active").click()
    opened.shows("One")
    opened.link("All").click()
    opened.shows("One", "Two")
    opened.page.context.set_offline(False)
    expect(opened.offline).to_be_hidden()
    opened.shows("One", "Two")


def test_offline_every_change_is_kept_and_sent_when_the_service_is_back(
    opened: TodoPage, api: Api
) -> None:
    opened.page.context.set_offline(True)
    expect(opened.offline).to_be_visible()
    opened.add("New")
    expect(opened.row("New")).to_contain_text("Saved on this device")
    expect(opened.status).to_have_text("Saved “New” on this device.")
    opened.tick("One").click()
    expect(opened.tick("One")).to_be_checked()
    opened.edit("Two").get_by_label("Title").fill("Second")
    opened.press("Enter")
    expect(opened.row("Second")).to_contain_text("Saved on this device")
    expect(opened.offline).to_have_text(
        re.compile("You are offline. 3 changes are saved on this device.")
    )
    assert api.titles() == ["One", "Two"]
    opened.page.context.set_offline(False)
    opened.shows("New", "Second", "One")
    opened.eventually(lambda: [(each["title"], each["completed"]) for each in api.items()],
               [("New", False), ("One", True), ("Second", False)])  # fmt: skip
    expect(opened.offline).to_be_hidden()


@PASSING
def test_what_fails_for_a_while_is_tried_again_by_itself(
    opened: TodoPage, api: Api, fail: Failing
) -> None:
    opened.stop_time()
    opened.page.reload()
    opened.shows("One", "Two")
    fail(opened, ITEM, "PUT")
    opened.tick("One").click()
    expect(opened.row("One")).to_contain_text("Saved on this device")
    expect(opened.tick("One")).to_be_checked()
    expect(failure(opened, "One")).to_have_count(0)
    opened.heal()
    opened.forward(6_000)
    expect(opened.status).to_have_text("Completed “One”.")
    assert api.items()[0]["completed"] is True


def test_a_throttle_is_obeyed(opened: TodoPage, api: Api) -> None:
    def throttle(route: Route) -> None:
        headers = {"retry-after": "30", "content-type": "application/problem+json"}
        route.fulfill(status=429, json={**PROBLEM, "status": 429}, headers=headers)

    opened.stop_time()
    opened.page.reload()
    opened.shows("One", "Two")
    opened.route(ITEM, "PUT", throttle)
    opened.tick("One").click()
    expect(opened.row("One")).to_contain_text("Saved on this device")
    opened.heal()
    opened.forward(28_000)
    assert api.items()[0]["completed"] is False
    opened.forward(3_000)
    expect(opened.status).to_have_text("Completed “One”.")


def test_what_failed_is_retried_with_one_button(opened: TodoPage, api: Api) -> None:
    opened.fail(ITEM, "PUT")
    for title in ("One", "Two"):
        opened.tick(title).click()
        expect(failure(opened, title)).to_be_visible()
    expect(opened.page.get_by_text("2 changes were not saved.")).to_be_visible()
    opened.heal()
    opened.button("Retry all").click()
    opened.eventually(lambda: [each["completed"] for each in api.items()], [True, True])
    expect(opened.page.locator("[data-failures]")).to_be_hidden()


def test_one_item_that_fails_holds_up_no_other(opened: TodoPage, api: Api) -> None:
    first = api.items()[0]["id"]
    opened.fail(re.compile(f"/todos/{first}$"), "PUT", BUSY)
    opened.tick("One").click()
    opened.tick("Two").click()
    expect(opened.status).to_have_text("Completed “Two”.")
    expect(opened.row("One")).to_contain_text("Saved on this device")


def test_offline_a_deletion_waits_too(todos: TodoPage, api: Api) -> None:
    api.add("One")
    todos.stop_time()
    todos.open().delete("One")
    todos.page.context.set_offline(True)
    todos.forward(8_100)
    expect(todos.undo_bar).to_be_hidden()
    todos.shows()
    assert api.titles() == ["One"]
    todos.page.context.set_offline(False)
    todos.eventually(api.titles, [])


@pytest.mark.parametrize(("pattern", "method"), [(LIST, "GET"), (LIST, "POST"), (ITEM, "PUT")])
def test_an_answer_that_is_no_json_is_told_and_can_be_retried(
    opened: TodoPage, pattern: re.Pattern[str], method: str
) -> None:
    words = f"Unexpected response (200). {ELSE}"
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
    todos.eventually(api.titles, ["New"])
    todos.shows("New")


def test_a_filter_that_fails_announces_no_rows(opened: TodoPage) -> None:
    opened.fail(LIST, "GET")
    opened.link("Active").click()
    expect(opened.alert).to_contain_text(FAILED)
    expect(opened.status).to_have_text("")


def test_what_is_typed_survives_a_page_that_goes_before_the_disk_has_it(
    opened: TodoPage, api: Api
) -> None:
    opened.stored()
    form = opened.edit("One")
    opened.keep_storage_busy()
    form.get_by_label("Details").fill("More")
    opened.page.reload()
    expect(form.get_by_label("Details")).to_have_value("More")
    assert [each["description"] for each in api.items()] == ["", ""]


def test_what_was_deleted_elsewhere_can_be_added_as_new(opened: TodoPage, api: Api) -> None:
    opened.tick("Two").check()
    expect(opened.status).to_have_text("Completed “Two”.")
    api.call("DELETE", f"/todos/{api.items()[0]['id']}")
    opened.edit("One").get_by_label("Title").fill("First")
    opened.press("Enter")
    told(
        opened,
        "One",
        "“First” was deleted in the meantime. Your changes are still here.",
    )
    form = failure(opened, "One")
    expect(form.get_by_label("Title")).to_have_value("First")
    form.get_by_label("Details").fill("More")
    opened.page.reload()
    expect(form.get_by_label("Title")).to_have_value("First")
    expect(form.get_by_label("Details")).to_have_value("More")
    opened.button("Add as new").click()
    opened.shows("First", "Two")
    opened.eventually(lambda: [(each["title"], each["description"]) for each in api.items()],
               [("First", "More"), ("Two", "")])  # fmt: skip


@pytest.mark.parametrize("what", ["an edit", "a create"])
def test_what_failed_survives_a_reload(opened: TodoPage, what: str) -> None:
    opened.fail(ITEM, "PUT")
    opened.fail(LIST, "POST")
    if what == "an edit":
        opened.edit("One").get_by_label("Title").fill("First")
        opened.press("Enter")
    else:
        opened.add("First")
    group = opened.page.get_by_role("group", name="Not saved")
    expect(group).to_be_visible()
    opened.page.reload()
    expect(group.get_by_label("Title")).to_have_value("First")
    opened.heal()
    group.get_by_role("button", name="Retry").click()
    opened.shows(*(["First", "Two"] if what == "an edit" else ["First", "One", "Two"]))


def test_deleting_and_undoing_keeps_a_failed_edit(opened: TodoPage) -> None:
    opened.fail(ITEM, "PUT")
    opened.tick("One").click()
    expect(failure(opened, "One")).to_be_visible()
    opened.delete("One")
    opened.shows("Two")
    opened.undo.click()
    expect(failure(opened, "One")).to_contain_text("“One” was not completed.")


def test_what_is_being_typed_survives_a_reload(opened: TodoPage, api: Api) -> None:
    opened.edit("One").get_by_label("Title").fill("Fir")
    opened.page.keyboard.type("st")
    opened.page.reload()
    form = opened.page.locator("form.edit")
    expect(form.get_by_label("Title")).to_have_value("First")
    form.get_by_role("button", name="Save").click()
    opened.shows("First", "Two")
    assert api.titles() == ["First", "Two"]


def test_what_is_being_typed_in_one_tab_is_not_open_in_another(opened: TodoPage) -> None:
    opened.edit("One").get_by_label("Title").fill("First")
    second = TodoPage(opened.page.context.new_page(), opened.url).open()
    second.shows("One", "Two")
    expect(second.page.locator("form.edit")).to_have_count(0)


def test_a_fault_that_the_service_finds_stands_at_its_field(opened: TodoPage) -> None:
    problem = {**PROBLEM, "status": 400, "title": "The request breaks the contract"}
    fault = {"pointer": "/description", "detail": "must be kinder"}
    opened.fail(LIST, "POST", {**problem, "errors": [fault]})
    opened.add("New", "Old words")
    details = opened.page.get_by_role("group", name="Not saved").get_by_label("Details")
    expect(details).to_have_accessible_description("Must be kinder.")


@pytest.mark.parametrize("how", ["Retry", "Discard"])
def test_the_focus_survives_the_end_of_a_failed_create(opened: TodoPage, how: str) -> None:
    opened.fail(LIST, "POST")
    opened.add("New")
    expect(failure(opened, "New")).to_be_visible()
    opened.heal()
    opened.hold(LIST, "POST")
    failure(opened, "New").get_by_role("button", name=how).focus()
    opened.press("Enter")
    opened.eventually(opened.focused, "New" if how == "Retry" else "One")
