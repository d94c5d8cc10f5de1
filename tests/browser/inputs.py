"""What a reader does, again and again, on a page of many rows."""

from collections.abc import Callable

from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import TodoPage

ROWS = 500

_BETWEEN_KEYS_MS = 80
"""As somebody types who does so quickly: about 150 words a minute."""


def show_all(todos: TodoPage, count: int) -> None:
    while todos.rows.count() < count:
        before = todos.rows.count()
        todos.page.locator("[data-more]").click()
        expect(todos.rows).not_to_have_count(before)


def actions(todos: TodoPage, rows: int) -> dict[str, Callable[[int], object]]:
    """What a reader does, to rows that no other round touches; `rows` of `Api.fill` are there."""

    def title(number: int, action: int) -> str:
        return f"To-do {rows - 1 - 4 * number - action}"

    def edit(number: int) -> None:
        todos.edit(title(number, 1))
        todos.page.keyboard.type("abc", delay=_BETWEEN_KEYS_MS)
        todos.press("Enter")

    def add(number: int) -> None:
        todos.new_title.click()
        todos.page.keyboard.type(f"New {number}", delay=_BETWEEN_KEYS_MS)
        todos.press("Enter")

    def undo(number: int) -> None:
        todos.delete(title(number, 3))
        todos.press("Control+z")

    return {
        "complete": lambda number: todos.tick(title(number, 0)).click(),
        "edit": edit,
        "add": add,
        "delete": lambda number: todos.delete(title(number, 2)),
        "undo": undo,
        "go": lambda _: todos.press("ArrowDown"),
    }
