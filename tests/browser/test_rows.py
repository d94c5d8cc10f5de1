"""Editing, completing, and the times of a row."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.browser.conftest import Api
from tests.browser.drivers.bodies import body_of
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import ITEM, TodoPage


def test_a_to_do_is_completed_and_opened_again(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open().tick("Buy milk").check()
    expect(todos.status).to_have_text("Completed “Buy milk”.")
    assert api.items()[0]["completed"] is True
    todos.fold.click()
    todos.tick("Buy milk").uncheck()
    expect(todos.status).to_have_text("Reopened “Buy milk”.")
    assert api.items()[0]["completed"] is False


def test_a_tick_shows_before_the_service_has_answered(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open()
    held = todos.hold(ITEM, "PUT")
    todos.tick("Buy milk").check()
    expect(todos.row("Buy milk")).to_have_attribute("data-done", "")
    expect(todos.row("Buy milk")).to_have_attribute("aria-busy", "true")
    expect(todos.page).to_have_title("To-do")
    held.go_on()
    todos.shows("Buy milk")


def test_title_and_description_are_edited_by_mouse(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk", description="One litre")
    form = todos.open().edit("Buy milk")
    form.get_by_label("Title").fill("Buy oat milk")
    form.get_by_label("Details").fill("Two litres")
    form.get_by_role("button", name="Save").click()
    todos.shows("Buy oat milk")
    expect(todos.status).to_have_text("Saved “Buy oat milk”.")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy oat milk", "Two litres")
    ]


def test_a_double_click_opens_the_edit(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open().row("Buy milk").locator("[data-times]").dblclick()
    assert todos.focused() == "Title"


def test_a_title_opens_its_to_do(todos: TodoPage, api: Api) -> None:
    made = api.add("Buy milk")
    title = todos.open().link("Buy milk")
    expect(title).to_have_attribute("href", f"?id={made['id']}")
    title.click()
    expect(todos.page.locator("form.edit").get_by_label("Title")).to_be_focused()


def test_a_title_opens_its_to_do_by_touch(new_context: Any, api: Api) -> None:
    api.add("Buy milk")
    todos = TodoPage(new_context(has_touch=True).new_page(), api.url).open()
    todos.link("Buy milk").tap()
    expect(todos.page.locator("form.edit").get_by_label("Title")).to_be_focused()


def test_a_link_opens_one_to_do_wherever_in_the_list_it_is(todos: TodoPage, api: Api) -> None:
    made = api.add("Oldest", completed=True)
    api.fill(101)
    todos.open(f"?completed=false&id={made['id']}")
    title = todos.page.locator("form.edit").get_by_label("Title")
    expect(title).to_have_value("Oldest")
    expect(title).to_be_in_viewport()
    expect(todos.link("Link to this to-do")).to_have_attribute("href", f"?id={made['id']}")


def test_links_in_the_details_are_links(todos: TodoPage, api: Api) -> None:
    text = "See https://example.com/a?b=c, (http://example.org) and javascript:alert(1)"
    api.add("Read", description=text)
    links = todos.open().row("Read").locator("[data-texts] a")
    expect(links).to_have_text(["https://example.com/a?b=c", "http://example.org"])
    expect(links.first).to_have_attribute("rel", "noreferrer")
    expect(todos.row("Read").locator("[data-texts]")).to_have_text(text)


def test_a_to_do_is_edited_by_keyboard_alone(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open().tick("Buy milk").focus()
    todos.press("Enter")
    assert todos.focused() == "Title"
    todos.page.keyboard.type(" today")
    todos.press("Enter")
    todos.shows("Buy milk today")
    assert todos.focused() == "Edit “Buy milk today”"
    assert api.titles() == ["Buy milk today"]


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_an_edit_that_is_left_restores_the_row(todos: TodoPage, api: Api, way: str) -> None:
    api.add("Buy milk")
    form = todos.open().edit("Buy milk")
    form.get_by_label("Title").fill("Nonsense")
    if way == "Escape":
        todos.press("Escape")
    else:
        form.get_by_role("button", name="Cancel").click()
    todos.shows("Buy milk")
    assert todos.focused() == "Edit “Buy milk”"
    assert not [each for each in todos.requests if each.startswith("PUT")]


def test_an_edit_that_changes_nothing_sends_nothing(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open().edit("Buy milk")
    todos.press("Enter")
    todos.shows("Buy milk")
    assert not [each for each in todos.requests if each.startswith("PUT")]


def test_an_edit_sends_only_what_it_changed(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk", description="One litre")
    todos.open().edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    todos.press("Enter")
    todos.shows("Buy oat milk")
    (put,) = [each for each in todos.sent if each.method == "PUT"]
    assert json.loads(body_of(put) or "") == {"title": "Buy oat milk"}


def test_what_the_contract_refuses_stays_in_the_edit(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    form = todos.open().edit("Buy milk")
    form.get_by_label("Title").fill("")
    form.get_by_label("Details").fill("d" * 2001)
    form.get_by_role("button", name="Save").click()
    assert todos.focused() == "Title"
    expect(form.get_by_label("Details")).to_have_accessible_description(
        "Too long by 1 character. The limit is 2000."
    )
    assert not [each for each in todos.requests if each.startswith("PUT")]


def test_beginning_another_edit_saves_the_first(todos: TodoPage, api: Api) -> None:
    api.add("One")
    api.add("Two")
    todos.open().edit("One").get_by_label("Title").fill("First")
    todos.edit("Two")
    expect(todos.tick("First")).to_be_visible()
    assert todos.focused() == "Title"
    expect(todos.page.locator("form.edit")).to_have_count(1)
    expect(todos.status).to_have_text("Saved “First”.")


def test_every_change_names_the_version_that_it_is_based_on(todos: TodoPage, api: Api) -> None:
    made = api.add("Buy milk")
    todos.open().tick("Buy milk").check()
    expect(todos.status).to_have_text("Completed “Buy milk”.")
    todos.fold.click()
    todos.edit("Buy milk").get_by_label("Title").fill("Buy oat milk")
    todos.press("Enter")
    todos.shows("Buy oat milk")
    puts = [each for each in todos.sent if each.method == "PUT"]
    tags = [each.headers["if-match"] for each in puts]
    assert len(set(tags)) == 2
    assert all(re.fullmatch(r'"[\w-]+"', tag) for tag in tags)
    assert all(each.url.endswith(made["id"]) for each in puts)


def test_changes_of_one_to_do_go_one_after_the_other(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open().tick("Buy milk").click()
    todos.fold.click()
    for _ in range(4):
        todos.tick("Buy milk").click()
    todos.shows("Buy milk")
    expect(todos.tick("Buy milk")).to_be_checked()
    assert api.items()[0]["completed"] is True
    expect(todos.page.get_by_role("group", name="Not saved")).to_have_count(0)


def test_an_older_answer_does_not_overwrite_a_newer_save(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk")
    todos.open()
    held = todos.hold(ITEM, "GET", answered=True)
    form = todos.edit("Buy milk")
    held.only_these()
    form.get_by_label("Title").fill("Buy oat milk")
    todos.press("Enter")
    expect(todos.status).to_have_text("Saved “Buy oat milk”.")
    held.go_on()
    todos.tick("Buy oat milk").check()
    expect(todos.status).to_have_text("Completed “Buy oat milk”.")


@pytest.mark.parametrize(
    ("locale", "zone", "words", "date"),
    [
        ("en-GB", "Europe/London", "1 hour ago", "1 Mar 2020, 12:30"),
        ("de-DE", "Asia/Tokyo", "vor 1 Stunde", "01.03.2020, 21:30"),
    ],
)
def test_times_are_in_the_reader_s_own_words_and_zone(
    new_context: Any, api: Api, locale: str, zone: str, words: str, date: str
) -> None:
    page = new_context(locale=locale, timezone_id=zone).new_page()
    todos = TodoPage(page, api.url)
    item = {"id": "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51", "title": "Old", "description": ""}
    stamps = {"createdAt": "2020-03-01T12:30:00.000Z", "updatedAt": "2026-03-01T10:30:00.000Z"}
    answer = {"items": [{**item, **stamps, "completed": False}], "count": 1}
    page.route("**/todos?*", lambda route: route.fulfill(json=answer))
    page.clock.set_fixed_time("2026-03-01T11:30:00Z")
    todos.open()
    created, changed = todos.row("Old").locator("time").all()
    expect(created).to_have_text(date)
    expect(created).to_have_attribute("datetime", stamps["createdAt"])
    expect(changed).to_have_text(words)
    expect(changed).to_have_attribute("lang", re.compile(locale[:2]))


def test_times_grow_older_while_the_page_stays_open(todos: TodoPage, api: Api) -> None:
    todos.stop_time(at=api.add("Buy milk")["createdAt"])
    todos.open()
    expect(todos.row("Buy milk").locator("time")).to_have_text("now")
    todos.forward(300_000)
    expect(todos.row("Buy milk").locator("time")).to_have_text("5 minutes ago")


def test_a_time_that_reads_the_same_later_is_left_alone(todos: TodoPage, api: Api) -> None:
    """A reader may have selected it."""
    api.add("Buy milk")
    todos.page.clock.install(time=datetime.now(UTC) + timedelta(days=2))
    todos.open()
    time = todos.row("Buy milk").locator("time")
    time.evaluate("(element) => { globalThis.before = element }")
    todos.page.clock.fast_forward("05:00")
    assert time.evaluate("(element) => element === before")
