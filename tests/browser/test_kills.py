"""Writes without a network, a browser that is killed, answers that get lost: nothing does."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, Route

from tests.browser.conftest import Api
from tests.browser.drivers.bodies import fetched
from tests.browser.drivers.expectations import expect
from tests.browser.profiles import Profile, profile
from tests.browser.todo_page import ITEM, LIST, TodoPage
from tests.contracts import TODOS
from tests.engines import free_port
from tests.servers import Server, serve

WRITES = 10
"""In a round; with 20 kills that makes 200."""

Serving = Callable[[], AbstractContextManager[Server]]


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    found: int = request.config.getoption("--kills")
    return found


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """A server that comes and goes, always at one address and with the same data."""
    store, port = f"sqlite:///{tmp_path}/todos.db", free_port()
    return lambda: serve(TODOS, store, port=port)


@pytest.fixture
def killed(engine: str, playwright: Playwright, tmp_path: Path) -> Iterator[Profile]:
    with profile(engine, playwright, tmp_path / "profile") as found:
        yield found


def opened(context: BrowserContext, url: str) -> TodoPage:
    todos = TodoPage(context.new_page(), url)
    todos.page.goto(url)
    expect(todos.list).to_have_attribute("aria-busy", "false")
    return todos


def visited(profile: Profile, url: str) -> None:
    """A first visit that ends well: a browser that is killed early forgets the worker it has made.

    Chromium has the registration in memory at first, and tells nobody when it is on the disk.
    """
    todos = opened(profile.start(), url)
    todos.page.wait_for_function("async () => !!(await navigator.serviceWorker.ready)?.active")
    profile.end()


def lose_answers(context: BrowserContext, count: int) -> None:
    """The service does what these requests ask for, and nobody hears of it."""

    def lose(route: Route) -> None:
        if route.request.method in ("POST", "PUT"):
            fetched(route)
            route.abort("connectionreset")
        else:
            route.fallback()

    context.route(LIST, lose, times=count)
    context.route(ITEM, lose, times=count)


def drained(todos: TodoPage) -> None:
    """Nothing waits on this device any more, and nothing is on its way."""
    expect(todos.offline).to_be_hidden()
    todos.page.wait_for_function(
        "() => !document.body.innerText.match(/on this device|Saving/)", timeout=90_000
    )


def write(todos: TodoPage, first: int, count: int) -> None:
    """Writes, and waits until each is shown as saved."""
    for number in range(first, first + count):
        todos.add(f"W{number}")
        expect(todos.row(f"W{number}")).to_contain_text("Saved on this device")


def test_nothing_that_is_shown_as_saved_is_lost_or_doubled(
    serving: Serving, killed: Profile, kills: int
) -> None:
    with serving() as server:
        url = server.url
        visited(killed, url)
    todos = opened(killed.start(), url)
    written = 0
    for number in range(kills):
        expect(todos.offline).to_be_visible(timeout=90_000)
        second = opened(todos.page.context, url)
        write(todos, written, WRITES // 2)
        write(second, written + WRITES // 2, WRITES // 2)
        todos.edit(f"W{written}").get_by_label("Title").fill(f"W{written} edited")
        todos.press("Enter")
        todos.tick(f"W{written + 1}").check()
        for title in (f"W{written} edited", f"W{written + 1}"):
            expect(todos.row(title)).to_contain_text("Saved on this device")
        second.add(f"maybe {number}")
        killed.kill()
        todos = opened(killed.start(), url)
        expect(todos.tick(f"W{written} edited")).to_be_visible()
        expect(todos.tick(f"W{written + 1}")).to_be_checked()
        written += WRITES
        with serving() as server:
            lose_answers(todos.page.context, 2)
            another_writes(Api(server), todos)
            drained(todos)
            todos.page.reload()
    with serving() as server:
        api = Api(server)
        drained(todos)
        expected = {f"W{each}{' edited' * (each % WRITES == 0)}" for each in range(written)}
        found = Counter(each["title"] for each in api.items())
        assert {title for title in found if title.startswith("W")} == expected
        assert max(found.values()) == 1
        done = {each["title"] for each in api.items() if each["completed"]}
        assert done == {f"W{each}" for each in range(1, written, WRITES)}
        described = {each["title"] for each in api.items() if each["description"]}
        assert described


def another_writes(api: Api, todos: TodoPage) -> None:
    """Somebody else describes what has arrived already, while the rest is on its way."""
    todos.page.evaluate("() => dispatchEvent(new Event('online'))")
    while not api.items():
        todos.page.wait_for_timeout(50)
    for item in api.items()[:3]:
        api.call("PUT", f"/todos/{item['id']}", {"description": "By somebody else"})
