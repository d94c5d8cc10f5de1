"""The page without a network: its own files, of one version, and never what the API answers."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.drivers.hosts import PRINTER
from tests.browser.todo_page import TodoPage
from tests.contracts import CUSTOMERS, TODOS
from tests.engines import free_port
from tests.servers import Server, serve

Serving = Callable[..., AbstractContextManager[Server]]

CACHED = "async () => (await caches.keys()).length"
NAMES = """
async () => {
  const names = await caches.keys();
  const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return all.flat().map(({ url }) => new URL(url).pathname);
}
"""


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """A server that comes and goes, always at one address."""
    port = free_port()

    def again(contract: Path = TODOS) -> AbstractContextManager[Server]:
        return serve(contract, f"sqlite:///{tmp_path}/{contract.stem}.db", port=port)

    return again


@pytest.fixture
def page(new_context: Any) -> Page:
    context: BrowserContext = new_context(service_workers="allow")
    return context.new_page()


def installed(page: Page, url: str) -> TodoPage:
    """The page once a reload needs no network."""
    todos = TodoPage(page, url).open()
    page.wait_for_function(CACHED)
    page.wait_for_function("async () => !!(await navigator.serviceWorker.ready)?.active")
    return todos


def test_what_was_read_survives_a_reload_without_a_network(page: Page, serving: Serving) -> None:
    with serving() as server:
        Api(server).add("One")
        todos = installed(page, server.url)
        todos.shows("One")
    page.reload()
    todos.shows("One")
    expect(todos.offline).to_contain_text("You are offline.")
    todos.add("Two")
    expect(todos.row("Two")).to_contain_text("Saved on this device")
    page.reload()
    todos.shows("Two", "One")


def test_what_is_kept_is_the_page_and_nothing_of_the_api(page: Page, serving: Serving) -> None:
    with serving() as server:
        Api(server).add("One")
        installed(page, server.url)
        page.reload()
        names = page.evaluate(NAMES)
    assert {"/", "/page.js", "/page.json", "/styles.css"} <= set(names)
    assert not [name for name in names if re.match(r"/(todos$|todos/|docs|openapi|worker)", name)]


def test_a_page_of_the_network_goes_before_the_one_that_is_kept(
    page: Page, serving: Serving
) -> None:
    with serving() as server:
        installed(page, server.url)
        page.reload()
        with page.expect_response(lambda each: each.url == f"{server.url}/") as answer:
            page.goto(server.url)
        assert answer.value.status == 200
        expect(page.locator("[data-offline]")).to_be_hidden()


def test_two_contracts_at_one_address_never_meet(page: Page, serving: Serving) -> None:
    with serving() as server:
        Api(server).add("One")
        todos = installed(page, server.url)
    todos.add("Only a to-do")
    expect(todos.row("Only a to-do")).to_contain_text("Saved on this device")
    with serving(CUSTOMERS) as server:
        page.goto(server.url)
        expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()
        expect(page.get_by_text("No customers yet")).to_be_visible()
        expect(todos.rows).to_have_count(0)
        assert server.get("/customers").json["items"] == []
    with serving() as server:
        todos.open().shows("Only a to-do", "One")


def test_an_open_page_sends_nothing_to_another_contract_at_its_address(
    page: Page, serving: Serving
) -> None:
    with serving() as server:
        todos = installed(page, server.url)
    todos.add("Only a to-do")
    expect(todos.row("Only a to-do")).to_contain_text("Saved on this device")
    with serving(CUSTOMERS):
        todos.button("Try now").click()
        expect(todos.alert).to_contain_text("Reload the page.")
        expect(todos.row("Only a to-do")).to_contain_text("Saved on this device")
    assert [each for each in todos.requests if each.startswith("POST")] == ["POST todos"]


def test_over_plain_http_on_a_network_there_is_no_worker_and_the_page_works(page: Page) -> None:
    with serve(TODOS, options=("--rate", "0", "--allow-host", PRINTER)) as server:
        todos = TodoPage(page, f"http://{PRINTER}:{server.port}").open()
        assert page.evaluate("() => [isSecureContext, !!navigator.serviceWorker]") == [False, False]
        todos.add("One")
        todos.shows("One")
        todos.tick("One").check()
        expect(todos.status).to_have_text("Completed “One”.")
