"""The page on one port, its API on another: through CORS, and a real preflight."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.site import Site
from tests.browser.todo_page import LIST, TodoPage


@pytest.fixture
def elsewhere(page: Page, api: Api, site: Site) -> TodoPage:
    api.add("One")
    assert api.url != site.origin
    return TodoPage(page, site.origin)


def test_everything_works_across_origins(elsewhere: TodoPage, api: Api) -> None:
    elsewhere.stop_time()
    elsewhere.open()
    elsewhere.add("Two")
    elsewhere.shows("Two", "One")
    elsewhere.tick("One").check()
    expect(elsewhere.status).to_have_text("Completed “One”.")
    elsewhere.edit("Two").get_by_label("Title").fill("Second")
    elsewhere.press("Enter")
    elsewhere.shows("Second", "One")
    elsewhere.link("Active").click()
    elsewhere.shows("Second")
    elsewhere.delete("Second")
    with elsewhere.page.expect_response(lambda each: each.request.method == "DELETE") as answer:
        elsewhere.forward(8_100)
    assert answer.value.status == 204
    assert [(each["title"], each["completed"]) for each in api.items()] == [("One", True)]
    assert all(each.url.startswith(api.url) for each in elsewhere.sent)


def test_the_browser_asks_before_it_sends(elsewhere: TodoPage) -> None:
    client = elsewhere.page.context.new_cdp_session(elsewhere.page)
    asked: list[str] = []
    client.on(
        "Network.requestWillBeSent",
        lambda event: asked.append(event["request"]["method"]),
    )
    client.send("Network.enable")
    elsewhere.open().tick("One").check()
    expect(elsewhere.status).to_have_text("Completed “One”.")
    assert asked.count("OPTIONS") == 1


def test_a_problem_of_another_origin_is_understood(elsewhere: TodoPage, api: Api) -> None:
    elsewhere.open()
    api.clear()
    elsewhere.edit("One").get_by_label("Title").fill("First")
    elsewhere.press("Enter")
    expect(elsewhere.page.get_by_role("group", name="Not saved")).to_contain_text(
        "“First” was deleted in the meantime."
    )


def test_the_reference_tries_out_the_api_that_the_page_uses(elsewhere: TodoPage) -> None:
    page = elsewhere.page
    page.goto(f"{elsewhere.url}/docs/")
    page.locator("#operations-todos-listTodos .opblock-summary-control").click()
    with page.expect_response(LIST) as answer:
        page.locator("#operations-todos-listTodos .execute").click()
    assert answer.value.url.startswith(elsewhere.sent[0].url.split("/todos")[0])
    assert answer.value.json()["items"][0]["title"] == "One"
