"""Deleting, undoing it, and clearing what is completed."""

from typing import Any

import pytest

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import ITEM, LIST, TodoPage, eventually

WINDOW_MS = 8_000


@pytest.fixture
def opened(todos: TodoPage, api: Api) -> TodoPage:
    """Three rows, and a time that the test moves."""
    for title in ("One", "Two", "Three"):
        api.add(title)
    todos.stop_time()
    return todos.open()


def deletes(*tabs: TodoPage) -> int:
    """Each once, though a driver tells every tab of the requests of all."""
    return len({id(each) for tab in tabs for each in tab.sent if each.method == "DELETE"})


def test_a_deleted_row_is_hidden_at_once_and_deleted_when_the_window_closes(
    opened: TodoPage, api: Api
) -> None:
    opened.delete("Two")
    opened.shows("Three", "One")
    expect(opened.undo_bar).to_contain_text("Deleted “Two”.")
    opened.forward(WINDOW_MS - 1_000)
    assert deletes(opened) == 0
    assert api.titles() == ["Three", "Two", "One"]
    with opened.page.expect_response(ITEM):
        opened.forward(1_100)
    expect(opened.undo_bar).to_be_hidden()
    assert api.titles() == ["Three", "One"]


def test_undo_brings_the_row_back_by_mouse(opened: TodoPage, api: Api) -> None:
    opened.delete("Two")
    opened.undo.click()
    opened.shows("Three", "Two", "One")
    expect(opened.status).to_have_text("Restored “Two”.")
    assert opened.focused() == "Two"
    opened.forward(WINDOW_MS * 2)
    assert deletes(opened) == 0
    assert len(api.titles()) == 3


def test_a_row_is_deleted_and_brought_back_by_keyboard_alone(opened: TodoPage) -> None:
    opened.tick("Two").focus()
    opened.press("Delete")
    opened.shows("Three", "One")
    assert opened.focused() == "One"
    opened.press("Control+z")
    opened.shows("Three", "Two", "One")
    assert opened.focused() == "Two"


@pytest.mark.parametrize(("title", "next_"), [("Three", "Two"), ("Two", "One"), ("One", "Two")])
def test_the_focus_goes_to_the_same_button_of_the_row_that_comes_instead(
    opened: TodoPage, title: str, next_: str
) -> None:
    opened.button(f"Delete “{title}”").focus()
    opened.press("Enter")
    assert opened.focused() == f"Delete “{next_}”"


def test_after_the_last_row_the_focus_goes_to_the_form(todos: TodoPage, api: Api) -> None:
    api.add("Only")
    todos.open().delete("Only")
    assert todos.focused() == "New to-do"
    expect(todos.page.get_by_role("heading", name="A clear day")).to_be_visible()


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_the_window_stays_open_while_the_reader_is_there(opened: TodoPage, how: str) -> None:
    opened.delete("Two")
    if how == "hover":
        opened.undo_bar.hover()
    else:
        opened.undo.focus()
    opened.forward(WINDOW_MS * 10)
    expect(opened.undo).to_be_visible()
    assert deletes(opened) == 0
    if how == "hover":
        opened.page.get_by_role("heading", name="To-do").hover()
    else:
        opened.new_title.focus()
    opened.forward(WINDOW_MS - 1_000)
    assert deletes(opened) == 0
    with opened.page.expect_response(ITEM):
        opened.forward(1_100)
    expect(opened.undo_bar).to_be_hidden()


def test_several_deletions_have_one_undo(opened: TodoPage) -> None:
    opened.delete("Two")
    opened.delete("One")
    expect(opened.undo_bar).to_contain_text("Deleted 2 to-dos.")
    opened.undo.click()
    opened.shows("Three", "Two", "One")
    expect(opened.status).to_have_text("Restored 2 to-dos.")


def test_a_mouse_that_crosses_the_undo_bar_does_not_stop_the_deletion(opened: TodoPage) -> None:
    """Firefox: `:hover` still holds when `pointerleave` comes."""
    opened.delete("Two")
    opened.page.evaluate(
        """() => {
            const bar = document.querySelector("[data-undo]");
            const matches = bar.matches;
            bar.matches = (selector) => selector.includes(":hover") || matches.call(bar, selector);
            for (const type of ["pointerenter", "pointerleave"]) {
                bar.dispatchEvent(new PointerEvent(type));
            }
        }"""
    )
    with opened.page.expect_response(ITEM):
        opened.forward(WINDOW_MS + 100)
    expect(opened.undo_bar).to_be_hidden()


@pytest.mark.parametrize("way", ["reload", "leave", "close"])
def test_a_deletion_can_be_undone_though_the_page_went(
    opened: TodoPage, api: Api, way: str
) -> None:
    opened.delete("Two")
    opened.stored()
    if way == "close":
        opened.page.close(run_before_unload=True)
    else:
        opened.page.goto(f"{api.url}/docs/" if way == "leave" else api.url)
    again = TodoPage(opened.page.context.new_page(), api.url).open()
    again.shows("Three", "One")
    assert api.titles() == ["Three", "Two", "One"]
    again.undo.click()
    again.shows("Three", "Two", "One")


@pytest.mark.parametrize("tab", ["the same", "another"])
def test_a_deletion_is_sent_when_it_is_due_though_the_page_went(
    opened: TodoPage, api: Api, tab: str
) -> None:
    opened.delete("Two")
    opened.stored()
    second = TodoPage(opened.page.context.new_page(), api.url)
    second.stop_time()
    if tab == "another":
        second.open()
        opened.page.close()
        second.forward(WINDOW_MS + 100)
    else:
        opened.page.goto("about:blank")
        second.forward(WINDOW_MS + 100)
        second.open()
    second.eventually(api.titles, ["Three", "One"])


def test_another_tab_can_undo(opened: TodoPage, api: Api) -> None:
    second = TodoPage(opened.page.context.new_page(), api.url).open()
    opened.delete("Two")
    second.shows("Three", "One")
    expect(second.undo_bar).to_contain_text("Deleted “Two”.")
    second.undo.click()
    opened.shows("Three", "Two", "One")
    expect(opened.undo_bar).to_be_hidden()
    opened.forward(WINDOW_MS * 2)
    second.page.wait_for_timeout(100)
    assert [deletes(opened), deletes(second)] == [0, 0]


def test_a_deletion_that_two_tabs_know_is_sent_once(opened: TodoPage, api: Api) -> None:
    second = TodoPage(opened.page.context.new_page(), api.url).open()
    opened.delete("Two")
    second.shows("Three", "One")
    opened.forward(WINDOW_MS + 100)
    opened.eventually(api.titles, ["Three", "One"])
    opened.forward(2_000)  # after which the other tab would do what is left
    second.page.wait_for_timeout(100)
    assert deletes(opened, second) == 1


def test_a_deletion_names_the_version_that_was_seen(opened: TodoPage) -> None:
    with opened.page.expect_response(ITEM):
        opened.delete("Two")
    with opened.page.expect_request(lambda each: each.method == "DELETE") as sent:
        opened.forward(WINDOW_MS)
    assert sent.value.headers["if-match"].startswith('"')


def test_a_to_do_that_is_gone_already_counts_as_deleted(opened: TodoPage, api: Api) -> None:
    item = api.items()[1]
    with opened.page.expect_response(ITEM):
        opened.delete("Two")
    api.call("DELETE", f"/todos/{item['id']}")
    with opened.page.expect_response(lambda each: each.request.method == "DELETE") as answer:
        opened.forward(WINDOW_MS)
    assert answer.value.status == 404
    opened.shows("Three", "One")
    expect(opened.page.get_by_role("group", name="Not saved")).to_have_count(0)


def test_completed_to_dos_are_cleared_on_every_page_with_one_undo(
    todos: TodoPage, api: Api
) -> None:
    api.add("Old and open")
    api.fill(110, completed=True)
    api.add("New and open")
    todos.stop_time()
    todos.open().button("Clear completed").click()
    expect(todos.undo_bar).to_contain_text("Deleted 110 to-dos.")
    todos.shows("New and open")
    todos.undo.click()
    expect(todos.fold).to_have_text("Completed (99+)")
    assert len(api.items()) == 112
    todos.button("Clear completed").click()
    expect(todos.undo_bar).to_contain_text("Deleted 110 to-dos.")
    todos.forward(WINDOW_MS + 100)
    expect(todos.undo_bar).to_be_hidden()
    eventually(api.titles, ["New and open", "Old and open"])
    todos.button("Load more").click()
    todos.shows("New and open", "Old and open")


@pytest.mark.parametrize("way", ["undone", "failing"])
def test_clearing_hides_what_is_seen_at_once_and_brings_it_back(
    todos: TodoPage, api: Api, way: str
) -> None:
    api.add("Open")
    api.add("Done", completed=True)
    todos.open()
    held = todos.hold(LIST, "GET")
    with todos.page.expect_request(LIST):
        todos.button("Clear completed").click()
    todos.shows("Open")
    if way == "undone":
        todos.undo.click()
        held.go_on()
    else:
        held.answer(lambda route: route.abort())
        expect(todos.alert).to_contain_text("The service cannot be reached.")
    todos.shows("Open", "Done")
    expect(todos.undo_bar).to_be_hidden()
    todos.come_back()
    expect(todos.offline).to_be_hidden()
    todos.fold.click()
    todos.tick("Done").uncheck()
    expect(todos.status).to_have_text("Reopened “Done”.")
    todos.shows("Done", "Open")
    assert deletes(todos) == 0


def test_a_large_clear_survives_that_the_page_goes_in_the_middle_of_it(
    todos: TodoPage, api: Api
) -> None:
    api.fill(150, completed=True)
    todos.stop_time()
    todos.open().button("Clear completed").click()
    expect(todos.undo_bar).to_contain_text("Deleted 150 to-dos.")
    todos.stored()
    with todos.page.expect_response(lambda each: each.request.method == "DELETE"):
        todos.forward(WINDOW_MS + 100)
    todos.page.close()
    TodoPage(todos.page.context.new_page(), api.url).open().shows()
    eventually(api.titles, [])


def test_clearing_is_offered_where_only_the_service_knows_what_is_completed(
    todos: TodoPage, api: Api
) -> None:
    api.fill(3, completed=True)
    api.fill(100)
    todos.open()
    expect(todos.page.get_by_role("checkbox", checked=True)).to_have_count(0)
    todos.button("Clear completed").click()
    expect(todos.undo_bar).to_contain_text("Deleted 3 to-dos.")
    expect(todos.rows).to_have_count(100)


def test_another_person_s_page_sees_the_row_until_the_window_closes(
    opened: TodoPage, new_context: Any, api: Api
) -> None:
    other = TodoPage(new_context().new_page(), api.url)
    opened.delete("Two")
    other.open().shows("Three", "Two", "One")


def test_clearing_leaves_alone_what_was_reopened_though_the_list_does_not_know(
    todos: TodoPage, api: Api
) -> None:
    api.add("Done", completed=True)
    api.add("Reopened", completed=True)
    stale = api.call("GET", "/todos?completed=true")
    todos.open().fold.click()
    todos.tick("Reopened").uncheck()
    expect(todos.status).to_have_text("Reopened “Reopened”.")
    todos.route(LIST, "GET", lambda route: route.fulfill(json=stale))
    with todos.page.expect_response(LIST):
        todos.button("Clear completed").click()
    todos.shows("Reopened")
    expect(todos.undo_bar).to_contain_text("Deleted “Done”.")


def test_clearing_that_was_undone_stays_so_whatever_is_deleted_next(
    todos: TodoPage, api: Api
) -> None:
    for title in ("One", "Two", "Three"):
        api.add(title, completed=True)
    todos.open().fold.click()
    held = todos.hold(LIST, "GET")
    with todos.page.expect_request(LIST):
        todos.button("Clear completed").click()
    todos.undo.click()
    todos.delete("Three")
    with todos.page.expect_response(LIST):
        held.go_on()
    todos.shows("Two", "One")
    expect(todos.undo_bar).to_contain_text("Deleted “Three”.")


def test_clearing_saves_what_is_being_edited(todos: TodoPage, api: Api) -> None:
    api.add("Done", completed=True)
    todos.open().fold.click()
    todos.edit("Done").get_by_label("Title").fill("Done well")
    todos.button("Clear completed").click()
    todos.shows()
    todos.undo.click()
    todos.shows("Done well")


def test_what_somebody_else_deleted_before_is_no_failure(opened: TodoPage, api: Api) -> None:
    item = api.items()[1]
    api.call("DELETE", f"/todos/{item['id']}")
    opened.delete("Two")
    with opened.page.expect_response(ITEM):
        opened.forward(WINDOW_MS)
    opened.shows("Three", "One")
    expect(opened.page.get_by_role("group", name="Not saved")).to_have_count(0)


def test_an_older_change_that_fails_does_not_bring_a_deleted_row_back(
    opened: TodoPage, api: Api
) -> None:
    held = opened.hold(ITEM, "PUT")
    with opened.page.expect_request(lambda each: each.method == "PUT"):
        opened.tick("Two").click()
    opened.fold.click()
    opened.delete("Two")
    opened.forward(WINDOW_MS + 100)
    held.answer(lambda route: route.abort())
    expect(opened.offline).to_be_visible()
    with opened.page.expect_response(lambda each: each.request.method == "DELETE"):
        opened.come_back()
    opened.shows("Three", "One")
    assert api.titles() == ["Three", "One"]


def test_a_deletion_waits_for_the_change_that_another_tab_is_sending(opened: TodoPage) -> None:
    held = opened.hold(ITEM, "PUT", answered=True)
    opened.tick("Two").click()
    held.only_these()
    second = TodoPage(opened.page.context.new_page(), opened.url)
    second.open().fold.click()
    with second.page.expect_response(ITEM):
        second.delete("Two")
    opened.forward(WINDOW_MS + 100)
    expect(second.undo_bar).to_be_hidden()
    assert deletes(second) == 0
    held.go_on()
    opened.shows("Three", "One")
    second.shows("Three", "One")
    opened.eventually(lambda: deletes(opened, second), 1)


def test_control_z_works_after_the_last_row_was_deleted(todos: TodoPage, api: Api) -> None:
    api.add("Only")
    todos.open().tick("Only").focus()
    todos.press("Delete", "Control+z")
    todos.shows("Only")
    todos.press("Delete")
    todos.page.keyboard.type("New")
    todos.press("Control+z")
    todos.shows()


def test_a_delete_key_that_is_held_down_deletes_one_row(opened: TodoPage) -> None:
    opened.tick("Three").focus()
    for _ in range(3):
        opened.page.keyboard.down("Delete")
    opened.shows("Two", "One")
