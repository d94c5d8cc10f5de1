"""Every state that the page can be in, and how it gets there: for axe, and for the eye."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import CONTRACT, ITEM, LIST, TodoPage

State = Callable[[TodoPage, Api], None]

PAGE = 12
"""To-dos on a page where it matters that there are more: as little as fills the screen."""

EXAMPLES = [
    ("Water the plants", "The fern twice", True),
    (
        "Send Ada the drawings",
        "All four of them, and the letter that belongs to the last one",
        False,
    ),
    ("Renew the library card", "", True),
    ("Book a table for Friday", "Seven people, by the window if they can", False),
    ("Find a birthday present for Grace", "", False),
]


def examples(todos: TodoPage, api: Api) -> None:
    add_examples(api)
    todos.open()


def add_examples(api: Api) -> None:
    for title, description, completed in EXAMPLES:
        api.add(title, description=description, completed=completed)


def unfolded(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.fold.click()


def first_time(todos: TodoPage, _: Api) -> None:
    todos.open()


def nothing_matches(todos: TodoPage, api: Api) -> None:
    api.add("Open")
    todos.open("?completed=true")


def loading(todos: TodoPage, _: Api) -> None:
    todos.hold(LIST, "GET")
    todos.page.goto(todos.url)
    expect(todos.page.locator("[data-skeleton]")).to_have_css("opacity", "1")


def more(todos: TodoPage, api: Api) -> None:
    api.fill(PAGE + 1)
    todos.route(CONTRACT, "GET", smaller_pages)
    todos.open()
    todos.button("Load more").scroll_into_view_if_needed()


def smaller_pages(route: Route) -> None:
    """Lets a list have a next page from few items on."""
    page = route.fetch().json()
    page["collections"][0]["list"]["most"] = PAGE
    route.fulfill(json=page)


def more_failed(todos: TodoPage, api: Api) -> None:
    more(todos, api)
    todos.fail(LIST, "GET")
    todos.button("Load more").click()
    expect(todos.page.locator("[data-more-fault]")).to_be_visible()


def saving(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.hold(LIST, "POST")
    todos.hold(ITEM, "PUT")
    todos.tick(EXAMPLES[3][0]).click()
    todos.add("Water the garden, too")
    expect(todos.rows).to_have_count(6)


def editing(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.edit(EXAMPLES[3][0])


def refused(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.new_title.fill("A title")
    todos.new_description.fill("A description that has no title")
    todos.new_title.fill("")
    todos.button("Add").click()
    form = todos.edit(EXAMPLES[3][0])
    form.get_by_label("Details").fill("Seven people, " * 150)
    form.get_by_label("Details").evaluate("at => { at.style.maxHeight = '6rem' }")
    form.get_by_role("button", name="Save").click()


def failed(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.fail(ITEM, "PUT")
    todos.tick(EXAMPLES[3][0]).click()
    expect(todos.page.get_by_role("group", name="Not saved")).to_be_visible()


def not_typed(todos: TodoPage, api: Api) -> None:
    """An edit that failed, beside one whose item is gone."""
    examples(todos, api)
    todos.fail(ITEM, "PUT")
    todos.edit(EXAMPLES[4][0]).get_by_label("Title").fill("Find a present for Grace")
    todos.press("Enter")
    expect(todos.page.get_by_role("group", name="Not saved")).to_be_visible()
    todos.heal()
    api.call("DELETE", f"/todos/{api.items()[1]['id']}")
    todos.edit(EXAMPLES[3][0]).last.get_by_label("Title").fill("Book a table for Saturday")
    todos.press("Enter")
    expect(todos.button("Add as new")).to_be_visible()


def several_failed(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.fail(ITEM, "PUT")
    for title, _, _ in EXAMPLES[3:]:
        todos.tick(title).click()
    expect(todos.button("Retry all")).to_be_visible()


def conflict(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    with todos.page.expect_response(ITEM):
        todos.edit(EXAMPLES[3][0]).get_by_label("Title").fill("Book a table for Saturday")
    item = api.items()[1]
    api.call("PUT", f"/todos/{item['id']}", {"title": "Book a table for Sunday"})
    todos.press("Enter")
    expect(todos.page.locator("[data-theirs]")).to_be_visible()


def unreadable(todos: TodoPage, _: Api) -> None:
    todos.fail(LIST, "GET")
    todos.open()


def offline(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.page.context.set_offline(True)
    todos.tick(EXAMPLES[3][0]).click()
    expect(todos.row(EXAMPLES[3][0])).to_contain_text("Saved on this device")


def undo(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.delete(EXAMPLES[3][0])
    todos.undo.focus()


def pasting(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.paste("Milk\nBread\nEggs")
    expect(todos.page.get_by_role("dialog", name="Add 3 to-dos?")).to_be_visible()


def help_(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.press("?")


def not_found(todos: TodoPage, _: Api) -> None:
    todos.page.goto(f"{todos.url}/404.html")


STATES: dict[str, State] = {
    "list": unfolded,
    "first-time": first_time,
    "nothing-matches": nothing_matches,
    "loading": loading,
    "more": more,
    "more-failed": more_failed,
    "saving": saving,
    "editing": editing,
    "refused": refused,
    "failed": failed,
    "not-typed": not_typed,
    "several-failed": several_failed,
    "conflict": conflict,
    "unreadable": unreadable,
    "offline": offline,
    "undo": undo,
    "pasting": pasting,
    "help": help_,
    "not-found": not_found,
}

VIEWPORTS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
SCHEMES = ("light", "dark")


def paint(page: Page, scheme: str) -> None:
    """In light or dark colours, as the reader chooses them: no engine has to emulate a system's."""
    page.evaluate("(scheme) => { document.documentElement.style.colorScheme = scheme }", scheme)
    still(page)


def still(page: Page) -> None:
    """Waits until nothing moves."""
    page.evaluate(
        "() => Promise.all(document.getAnimations()"
        ".filter((each) => !each.effect.target.hasAttribute('data-clock'))"
        ".map((each) => each.finished.catch(() => {})))"
    )
