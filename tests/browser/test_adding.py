"""Adding a to-do."""

from typing import Any

import pytest

from tests.browser.conftest import Api
from tests.browser.drivers.bodies import fetched
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import CONTRACT, LIST, TodoPage


def test_a_to_do_is_added_by_mouse(todos: TodoPage, api: Api) -> None:
    todos.open().add("Buy milk", "Two litres")
    todos.shows("Buy milk")
    expect(todos.row("Buy milk")).to_contain_text("Two litres")
    expect(todos.status).to_have_text("Added “Buy milk”.")
    assert [(each["title"], each["description"]) for each in api.items()] == [
        ("Buy milk", "Two litres")
    ]


def test_a_to_do_is_added_by_keyboard_alone(todos: TodoPage, api: Api) -> None:
    todos.open()
    todos.press("n")
    todos.page.keyboard.type("Call Ada")
    todos.press("Tab")
    todos.page.keyboard.type("About the engine")
    todos.press("Control+Enter")
    todos.shows("Call Ada")
    assert todos.focused() == "New to-do"
    assert api.items()[0]["description"] == "About the engine"


def test_enter_is_a_new_line_in_the_details_and_with_control_it_adds(
    todos: TodoPage, api: Api
) -> None:
    todos.open()
    todos.new_title.fill("Two lines")
    todos.new_description.focus()
    todos.page.keyboard.type("one")
    todos.press("Enter")
    todos.page.keyboard.type("two")
    todos.press("Control+Enter")
    todos.shows("Two lines")
    assert api.items()[0]["description"] == "one\ntwo"


def test_a_to_do_is_added_by_touch(new_context: Any, api: Api) -> None:
    context = new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    todos = TodoPage(context.new_page(), api.url).open()
    todos.new_title.fill("Two lines")
    todos.new_description.focus()
    todos.page.keyboard.type("one\ntwo")
    todos.button("Add").tap()
    todos.shows("Two lines")
    assert api.items()[0]["description"] == "one\ntwo"


def test_a_draft_survives_a_page_that_goes_before_the_disk_has_it(todos: TodoPage) -> None:
    todos.open().keep_storage_busy()
    todos.new_title.fill("Half a thought")
    todos.page.reload()
    expect(todos.new_title).to_have_value("Half a thought")
    todos.page.reload()
    expect(todos.new_title).to_have_value("Half a thought")
    assert todos.page.evaluate("() => localStorage.length") == 0


def test_a_field_grows_with_what_is_typed(todos: TodoPage) -> None:
    todos.open().new_title.fill("Several lines")

    def height() -> int:
        return round(todos.new_description.bounding_box()["height"])  # type: ignore[index]

    todos.new_description.fill("one")
    of_one = height()
    todos.new_description.fill("one\ntwo\nthree\nfour")
    assert height() > 2 * of_one
    todos.new_description.fill("one")
    assert height() == of_one


def test_a_draft_survives_a_reload(todos: TodoPage) -> None:
    todos.open()
    todos.new_title.fill("Half a thou")
    todos.new_description.fill("to be continued")
    todos.page.reload()
    expect(todos.new_title).to_have_value("Half a thou")
    expect(todos.new_description).to_have_value("to be continued")
    todos.button("Add").click()
    todos.shows("Half a thou")
    todos.page.reload()
    expect(todos.new_title).to_have_value("")


def test_enter_that_ends_a_composition_adds_nothing(todos: TodoPage) -> None:
    todos.open()
    todos.new_title.focus()
    client = todos.page.context.new_cdp_session(todos.page)
    client.send(
        "Input.imeSetComposition", {"text": "かいもの", "selectionStart": 4, "selectionEnd": 4}
    )
    client.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    todos.new_title.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    client.send("Input.insertText", {"text": "買い物"})
    expect(todos.new_title).to_have_value("買い物")
    assert not [each for each in todos.requests if each.startswith("POST")]
    todos.press("Enter")
    todos.shows("買い物")


def test_the_new_to_do_is_there_before_the_service_has_answered(todos: TodoPage) -> None:
    todos.open()
    held = todos.hold(LIST, "POST")
    todos.add("At once")
    row = todos.row("At once")
    expect(row).to_have_attribute("aria-busy", "true")
    expect(row).not_to_have_attribute("data-done", "")
    expect(todos.new_title).to_have_value("")
    held.go_on()
    todos.shows("At once")
    expect(todos.tick("At once")).to_be_enabled()


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("", "Write a title first."),
        ("\u200b\u3000", "Write a title first."),
        ("x" * 203, "Too long by 3 characters. The limit is 200."),
        ("🐝" * 201, "Too long by 1 character. The limit is 200."),
    ],
    ids=["empty", "invisible", "too long", "too many code points"],
)
def test_what_the_contract_refuses_is_not_sent(todos: TodoPage, title: str, words: str) -> None:
    todos.open().add(title)
    expect(todos.new_title).to_have_accessible_description(words)
    expect(todos.new_title).to_have_attribute("aria-invalid", "true")
    assert todos.focused() == "New to-do"
    assert not [each for each in todos.requests if each.startswith("POST")]
    todos.new_title.fill("Better")
    expect(todos.new_title).to_have_accessible_description("")


def test_two_hundred_bees_fit(todos: TodoPage, api: Api) -> None:
    todos.open().add("🐝" * 200)
    todos.shows("🐝" * 200)
    assert api.titles() == ["🐝" * 200]


def test_limits_and_required_fields_are_those_of_the_contract_that_is_served(
    todos: TodoPage,
) -> None:
    def stricter(route: Any) -> None:
        page = route.fetch().json()
        body = page["collections"][0]["create"]["body"]
        body["properties"]["title"]["maxLength"] = 5
        body["properties"]["description"]["minLength"] = 1
        body["required"] = ["description"]
        route.fulfill(json=page)

    todos.route(CONTRACT, "GET", stricter)
    todos.open().add("123456")
    expect(todos.new_title).to_have_accessible_description(
        "Too long by 1 character. The limit is 5."
    )
    expect(todos.new_description).to_have_attribute("aria-required", "true")
    expect(todos.new_title).not_to_have_attribute("aria-required", "true")


def test_every_create_has_a_key_of_its_own_and_a_retry_has_the_same(todos: TodoPage) -> None:
    todos.open()
    todos.fail(LIST, "POST")
    todos.add("One")
    expect(todos.page.locator("[data-reason]")).to_contain_text("“One” was not added.")
    todos.heal()
    todos.button("Retry").click()
    todos.shows("One")
    todos.add("Two")
    todos.shows("Two", "One")
    keys = [each.headers["idempotency-key"] for each in todos.sent if each.method == "POST"]
    assert keys[0] == keys[1] != keys[2]


def test_an_answer_that_gets_lost_does_not_double_the_to_do(todos: TodoPage, api: Api) -> None:
    todos.open()

    def lose(route: Any) -> None:
        fetched(route)
        route.abort("connectionreset")

    todos.route(LIST, "POST", lose)
    todos.add("Only once")
    expect(todos.row("Only once")).to_contain_text("Saved on this device")
    todos.come_back()
    todos.shows("Only once")
    expect(todos.row("Only once")).to_contain_text("Created")
    assert api.titles() == ["Only once"]
