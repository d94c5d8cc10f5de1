"""Pictures of every state: `python -m tests.browser.screenshots [FOLDER]`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import Api
from tests.browser.states import SCHEMES, STATES, VIEWPORTS, still
from tests.browser.todo_page import TodoPage
from tests.servers import Server, serve

FOLDER = Path("dist/screenshots")
SIZES = {**VIEWPORTS, "narrow": {"width": 320, "height": 640}}


def take(folder: Path) -> None:
    """One picture for each state, size and colour scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with serve(options=("--rate", "0")) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.options()
        )
        for state in STATES:
            for size in SIZES:
                _take(browser, server, state, size, folder)
        browser.close()


def _take(browser: Browser, server: Server, state: str, size: str, folder: Path) -> None:
    api = Api(server)
    api.clear()
    with browser.new_context(viewport=SIZES[size], locale="en-GB") as context:  # type: ignore[arg-type]
        todos = TodoPage(context.new_page(), server.url)
        STATES[state](todos, api)
        for scheme in SCHEMES:
            todos.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            still(todos)
            todos.page.screenshot(path=folder / f"{state}-{size}-{scheme}.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
