"""One browser, one server and one page for each test process; an empty list for each test.

A page of its own costs a test three times what the shared one does: that is for tests that ask for
`page` or `new_context`. What a test cannot take back, such as a clock, ends the shared page.

They end with this room: as long as Playwright runs, no other test can run an event loop.
"""

import faulthandler
import http.client
import os
import re
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    sync_playwright,
)

from tests.browser import drivers
from tests.browser.drivers import limits
from tests.browser.drivers.expectations import expect
from tests.browser.drivers.webdriver import Hung, Refused
from tests.browser.site import Site, running
from tests.browser.todo_page import TodoPage
from tests.servers import Server, send, serve

FOLDER = Path(__file__).parent
LONGEST_SECONDS = 1_200
"""For one test, or for a round of kills: far more than any takes, however slow the machine is."""

OpenPage = Callable[..., TodoPage]

_PICTURE = b64encode(sha256(b"body {}").digest()).decode()
_OWN_WORDS = re.compile(
    r"^(Failed to load resource: |Service Worker registration blocked"
    r"|The resource \S+ was preloaded using link preload but not used within a few seconds)"
    rf"|blocked an inline style .*{re.escape(_PICTURE)}"
)
"""What Chromium itself says of any answer from 400 on, and of a page that is loaded slowly,
Playwright of what a test has off, and Firefox of the empty style that Playwright puts into a page
before it takes a picture."""

_PATIENT = """
for (const name of ["setTimeout", "setInterval"]) {
  const begin = globalThis[name];
  globalThis[name] = (run, ms, ...more) => (ms >= 7_000 ? 0 : begin(run, ms, ...more));
}
AbortSignal.timeout = () => new AbortController().signal;
"""
"""Where a test has no clock, nothing that takes the page long ends by itself, however long the
machine takes: no request, no announcement, no offer to undo; and no list is read again."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    engine = config.getoption("--engine")
    for item in items:
        why = limits.limit(engine, getattr(item, "originalname", item.name))
        if why and item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that hangs fails: where is said, its process ends, and xdist begins another."""
    if not item.path.is_relative_to(FOLDER):
        return (yield)
    seconds = LONGEST_SECONDS * (item.config.getoption("--kills") or 1)
    timer = threading.Timer(seconds, _give_up, [item, seconds])
    timer.daemon = True
    timer.start()
    try:
        return (yield)
    finally:
        timer.cancel()


def _give_up(item: pytest.Item, seconds: int) -> None:
    """No exception would do: what waits for a browser may catch it, and wait again to close it."""
    item.config.pluginmanager.getplugin("capturemanager").suspend_global_capture()
    sys.stderr.write(f"\n{item.nodeid} did not end within {seconds} seconds. It hangs here:\n")
    faulthandler.dump_traceback(sys.stderr)
    os._exit(1)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    expect.set_options(timeout=120_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def engine(request: pytest.FixtureRequest) -> str:
    found: str = request.config.getoption("--engine")
    return found


@pytest.fixture(scope="package")
def browser(engine: str, playwright: Playwright) -> Iterator[Browser]:
    with drivers.running(engine, playwright) as browser:
        yield browser


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
        return closing(
            http.client.HTTPConnection(self._server.host, self._server.port, timeout=300)
        )


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
def new_context(
    browser: Browser, engine: str, messages: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts: browsers of different people. Ends with them, and with silent consoles."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        contexts.append(_context(browser, engine, messages.append, **options))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()
    assert messages == []


def _context(
    browser: Browser, engine: str, note: Callable[[str], None], **options: Any
) -> BrowserContext:
    """`note` is told what its pages write into their consoles.

    In Chromium rows stay where they are when a test wants to click: nothing glides, unless asked.
    """

    def hear(text: str) -> None:
        if not _OWN_WORDS.search(text):
            note(text)

    own = {"locale": "en-GB", "timezone_id": "UTC", "service_workers": "block"}
    if engine == "chromium":
        own["reduced_motion"] = "reduce"
    context = browser.new_context(**{**own, **options})
    if engine == "chromium":
        context.add_init_script(_PATIENT)
    context.set_default_timeout(120_000)
    context.on("console", lambda message: hear(message.text))
    context.on("weberror", lambda error: hear(str(error.error)))
    return context


class SharedPage:
    """A page that one test after the other uses, and a new one where the last was spoilt."""

    def __init__(self, browser: Browser, engine: str) -> None:
        self._browser = browser
        self._engine = engine
        self._empty = drivers.EMPTY.get(engine)
        self._page: Page | None = None
        self.messages: list[str] = []

    def take(self) -> Page:
        if self._page is None:
            self._page = _context(self._browser, self._engine, self._note).new_page()
        return self._page

    def _note(self, text: str) -> None:
        self.messages.append(text)

    def give_back(self) -> None:
        """Empty, as a new one would be."""
        page = self.take()
        try:
            is_empty = self._is_emptied(page)
        except (Error, Refused, Hung):  # one that is about to close is not told of as closed
            is_empty = False
        if not is_empty:
            self.drop()

    def _is_emptied(self, page: Page) -> bool:
        """Not where there is no way to, or the test has put a clock into it."""
        origin = page.evaluate("() => ('__pwClock' in window ? '' : origin)")
        if not self._empty or not origin.startswith("http"):
            return False
        for other in page.context.pages[1:]:
            other.close()
        page.unroute_all(behavior="ignoreErrors")
        page.context.set_offline(False)
        self._empty(page, origin)
        page.set_viewport_size({"width": 1280, "height": 720})
        return True

    def drop(self) -> None:
        if self._page is not None:
            self._page.context.close()
            self._page = None


@pytest.fixture(scope="package")
def shared_page(browser: Browser, engine: str) -> Iterator[SharedPage]:
    shared = SharedPage(browser, engine)
    yield shared
    shared.drop()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of this test's own."""
    return new_context().new_page()


@pytest.fixture
def todos(shared_page: SharedPage, messages: list[str], api: Api) -> Iterator[TodoPage]:
    """A page that is not opened yet, so that a test may fill the list first."""
    shared_page.messages = messages
    todos = TodoPage(shared_page.take(), api.url)
    yield todos
    with suppress(Error):  # of a page that was closed
        todos.give_up()
    shared_page.give_back()
    assert messages == []
