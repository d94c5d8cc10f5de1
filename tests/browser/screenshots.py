"""Pictures of every state, and the README's: `python -m tests.browser.screenshots [FOLDER]`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import Api
from tests.browser.drivers import chromium
from tests.browser.states import SCHEMES, STATES, VIEWPORTS, State, examples, paint
from tests.browser.todo_page import TodoPage
from tests.contracts import CUSTOMERS, ROOT, SHIPPED
from tests.servers import Server, serve

FOLDER = ROOT / "dist/screenshots"
README = ROOT / ".github"
SIZES = {**VIEWPORTS, "narrow": {"width": 320, "height": 640}}
PICTURES = {"": {"width": 800, "height": 720}, "-phone": {"width": 390, "height": 720}}
PERSON = ("firstName", "lastName", "email", "phone", "address")
PEOPLE = [
    ("Ada", "Lovelace", "ada@example.com", "+442079460000", "12 St James's Square, London"),
    ("Grace", "Hopper", "grace@example.com", "+17035550100", "Arlington, Virginia"),
    ("Katherine", "Johnson", "katherine@example.com", "+17575550101", "Hampton, Virginia"),
]


def take(folder: Path) -> None:
    """A picture of each state, size and colour scheme, and anew those that the README shows."""
    folder.mkdir(parents=True, exist_ok=True)
    with serve(SHIPPED) as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        _take_for_readme(browser, server)
        for number, state in enumerate(STATES, 1):
            print(f"{number}/{len(STATES)} {state}")  # noqa: T201
            for size, viewport in SIZES.items():
                name = folder / f"{state}-{size}"
                _take(browser, server, STATES[state], name, viewport=viewport)
        browser.close()
    print(f"They are in {folder}; README.md shows those in {README}.")  # noqa: T201


def _take_for_readme(browser: Browser, server: Server) -> None:
    """The to-dos, and a page of which no line of code knows."""
    for size, viewport in PICTURES.items():
        look: Any = {"viewport": viewport, "device_scale_factor": 2}
        _take(browser, server, later, README / f"page{size}", **look)
        with serve(CUSTOMERS) as other:
            for names in PEOPLE:
                other.request("POST", "/customers", dict(zip(PERSON, names, strict=True)))
            with browser.new_context(locale="en-GB", **look) as context:
                todos = TodoPage(context.new_page(), other.url).open()
                _shoot(todos, README / f"customers{size}")


def later(todos: TodoPage, api: Api) -> None:
    """The examples, after a while."""
    todos.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=25))
    examples(todos, api)


def _take(browser: Browser, server: Server, state: State, name: Path, **options: Any) -> None:
    api = Api(server)
    api.clear()
    with browser.new_context(locale="en-GB", **options) as context:
        todos = TodoPage(context.new_page(), server.url)
        state(todos, api)
        _shoot(todos, name)
        todos.give_up()


def _shoot(todos: TodoPage, name: Path) -> None:
    for scheme in SCHEMES:
        paint(todos.page, scheme)
        todos.page.screenshot(path=name.with_name(f"{name.name}-{scheme}.png"))


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
