"""One browser and one server for each test process; a context and an empty list for each test.

They end with this room: as long as Playwright runs, no other test can run an event loop.
"""

import http.client
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.browser import chromium
from tests.browser.site import Site, running
from tests.browser.todo_page import TodoPage
from tests.servers import Server, send, serve

OpenPage = Callable[..., TodoPage]

_OWN_WORDS = re.compile(r"^Failed to load resource: ")
"""What Chromium itself says of any answer from 400 on."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    with running() as site:
        yield site


@pytest.fixture(scope="package")
def shared_server(site: Site) -> Iterator[Server]:
    with serve(options=("--rate", "0", "--origin", site.origin)) as server:
        site.api = server.url
        yield server


class Api:
    """The API behind the page, for what somebody else does."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.url = server.url

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self._server.request(method, path, body, headers)
        return answer.json if answer.body else None

    def add(self, title: str, **values: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.call("POST", "/todos", {"title": title, **values})
        return made

    def fill(self, count: int, **values: Any) -> None:
        """`To-do 0` and so on; the last is the newest."""
        with self._connection() as connection:
            for number in range(count):
                send(connection, "POST", "/todos", {"title": f"To-do {number}", **values})

    def items(self) -> list[dict[str, Any]]:
        page = self.call("GET", "/todos?limit=100")
        found: list[dict[str, Any]] = page["items"]
        while "next" in page:
            page = self.call("GET", f"/todos?limit=100&cursor={page['next']}")
            found += page["items"]
        return found

    def titles(self) -> list[str]:
        return [item["title"] for item in self.items()]

    def clear(self) -> None:
        found = self.items()
        with self._connection() as connection:
            for item in found:
                send(connection, "DELETE", f"/todos/{item['id']}")

    def _connection(self) -> "closing[http.client.HTTPConnection]":
        return closing(http.client.HTTPConnection(self._server.host, self._server.port, timeout=30))


@pytest.fixture
def api(shared_server: Server) -> Api:
    api = Api(shared_server)
    api.clear()
    return api


@pytest.fixture
def messages() -> list[str]:
    """What the pages of this test wrote into their consoles."""
    return []


@pytest.fixture
def new_context(browser: Browser, messages: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts: browsers of different people. Ends with them, and with silent consoles."""
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if not _OWN_WORDS.match(message.text):
            messages.append(message.text)

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **options})
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("console", note)
        context.on("weberror", lambda error: messages.append(str(error.error)))
        return context

    yield make
    for context in contexts:
        context.close()
    assert messages == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def todos(page: Page, api: Api) -> TodoPage:
    """A page that is not opened yet, so that a test may fill the list first."""
    return TodoPage(page, api.url)
