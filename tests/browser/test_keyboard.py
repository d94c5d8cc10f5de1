"""What single keys do, and that the focus always lands somewhere."""

import pytest

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.states import PAGE, smaller_pages
from tests.browser.todo_page import CONTRACT, TodoPage

WATCH = """
() => {
  globalThis.lost = [];
  let last;
  const look = () => {
    const at = document.activeElement;
    if (at === document.body) lost.push(last);
    else last = at.outerHTML.slice(0, 120);
    requestAnimationFrame(look);
  };
  look();
}
"""
"""Looks in every frame whether something has the focus, and notes what had it last."""


@pytest.fixture
def opened(todos: TodoPage, api: Api) -> TodoPage:
    for title in ("Three", "Two", "One"):
        api.add(title)
    return todos.open()


def test_arrows_go_from_row_to_row(opened: TodoPage) -> None:
    opened.tick("One").focus()
    opened.press("ArrowDown")
    assert opened.focused() == "Two"
    opened.button("Delete “Two”").focus()
    opened.press("ArrowDown")
    assert opened.focused() == "Delete “Three”"
    opened.press("ArrowDown")
    assert opened.focused() == "Delete “Three”"
    opened.press("ArrowUp", "ArrowUp", "ArrowUp")
    assert opened.focused() == "Delete “One”"


def test_space_completes_and_tab_reaches_everything(opened: TodoPage) -> None:
    opened.tick("One").focus()
    opened.press("Space")
    expect(opened.tick("One")).to_be_checked()
    names = []
    assert opened.focused() == "Two"
    for _ in range(3):
        opened.press("Tab")
        names.append(opened.focused())
    assert names == ["Edit “Two”", "Delete “Two”", "Three"]


def test_a_question_mark_opens_the_help_and_escape_closes_it(opened: TodoPage) -> None:
    opened.tick("One").focus()
    opened.press("?")
    dialog = opened.page.get_by_role("dialog", name="Help and settings")
    expect(dialog).to_be_visible()
    assert opened.page.evaluate("() => document.activeElement.closest('dialog') !== null")
    opened.press("Escape")
    expect(dialog).to_be_hidden()
    assert opened.focused() == "One"


def test_the_help_opens_and_closes_by_mouse(opened: TodoPage) -> None:
    opened.button("Help and settings").click()
    dialog = opened.page.get_by_role("dialog", name="Help and settings")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert opened.focused() == "Help and settings"


def test_single_keys_are_letters_inside_fields(opened: TodoPage) -> None:
    opened.press("n")
    opened.page.keyboard.type("n/?")
    expect(opened.new_title).to_have_value("n/?")
    form = opened.edit("One")
    opened.page.keyboard.type("n/?")
    expect(form.get_by_label("Title")).to_have_value("Onen/?")
    expect(opened.page.get_by_role("dialog")).to_be_hidden()


def test_single_keys_can_be_switched_off_for_good(opened: TodoPage) -> None:
    opened.press("?")
    opened.page.get_by_label("Single-key shortcuts").uncheck()
    opened.press("Escape")
    opened.page.reload()
    opened.shows("One", "Two", "Three")
    opened.press("n")
    assert opened.focused() != "New to-do"
    opened.press("?")
    expect(opened.page.get_by_role("dialog")).to_be_hidden()
    opened.button("Help and settings").click()
    expect(opened.page.get_by_label("Single-key shortcuts")).not_to_be_checked()


def test_single_keys_leave_the_browser_s_own_alone(opened: TodoPage) -> None:
    opened.tick("One").focus()
    opened.press("Control+/", "Alt+n")
    assert opened.focused() == "One"


def test_in_the_help_no_key_reaches_the_list(opened: TodoPage) -> None:
    opened.press("?", "n", "Delete")
    opened.press("Escape")
    opened.shows("One", "Two", "Three")


def test_clearing_leaves_the_focus_at_the_list(opened: TodoPage) -> None:
    opened.tick("One").check()
    opened.button("Clear completed").focus()
    opened.press("Enter")
    opened.shows("Two", "Three")
    assert opened.page.evaluate("() => document.activeElement.ariaLabel") == "To-dos"


def test_there_is_one_place_for_news_and_one_for_alarms(opened: TodoPage) -> None:
    expect(opened.page.locator("[role=status], [aria-live]")).to_have_count(1)
    expect(opened.page.locator("[role=alert]")).to_have_count(1)


def tab_to(todos: TodoPage, name: str) -> None:
    for _ in range(60):
        if todos.focused() == name:
            return
        todos.press("Tab")
    raise AssertionError(f"{name} is not reached")


def test_the_whole_road_is_walked_by_keyboard_alone_and_no_step_loses_the_focus(
    todos: TodoPage, api: Api
) -> None:
    api.fill(PAGE + 1)
    todos.route(CONTRACT, "GET", smaller_pages)
    keyboard, page = todos.open().page.keyboard, todos.page
    todos.press("n")
    page.evaluate(WATCH)

    keyboard.type("Buy milk")
    todos.press("Enter")
    expect(todos.tick("Buy milk")).to_be_visible()

    keyboard.type("Lines")
    todos.press("Tab")
    assert todos.focused() == "Details"
    keyboard.type("Bread\nEggs")
    todos.press("Control+a", "Control+x", "Shift+Tab", "Control+a", "Backspace", "Control+v")
    expect(page.get_by_role("dialog", name="Add 2 to-dos?")).to_be_visible()
    assert todos.focused() == "Add 2 to-dos"
    todos.press("Enter")
    expect(todos.tick("Eggs")).to_be_visible()
    assert todos.focused() == "New to-do"

    tab_to(todos, "Bread")
    todos.press("Enter")
    assert todos.focused() == "Title"
    keyboard.type(" and butter")
    todos.press("Enter")
    assert todos.focused() == "Edit “Bread and butter”"
    todos.press("Shift+Tab", "Space")
    expect(todos.fold).to_have_text("Completed (1+)")
    assert todos.focused() == "Eggs"

    todos.press("Delete")
    expect(todos.undo_bar).to_contain_text("Deleted “Eggs”.")
    assert todos.focused() == "Buy milk"
    todos.press("Control+z")
    expect(todos.tick("Eggs")).to_be_focused()

    todos.press("f", "Tab", "Tab", "Enter")
    todos.shows("Bread and butter")
    assert todos.focused() == "Completed"
    todos.press("Shift+Tab", "Shift+Tab", "Enter")
    expect(todos.tick("Eggs")).to_be_visible()

    todos.press("/")
    keyboard.type("milk")
    todos.shows("Buy milk")
    todos.press("Control+a", "Backspace")
    expect(todos.tick("Eggs")).to_be_visible()

    tab_to(todos, "Load more")
    todos.press("Enter")
    expect(todos.tick("To-do 3")).to_be_focused()

    todos.press("?")
    scheme = page.get_by_label("Appearance")
    scheme.focus()
    keyboard.type("D")
    expect(scheme).to_have_value("dark")
    todos.press("Escape")
    expect(todos.tick("To-do 3")).to_be_focused()
    assert page.evaluate("() => lost") == []
