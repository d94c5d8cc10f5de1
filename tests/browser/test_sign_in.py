"""People who sign in, each in a browser of their own, and keys that pages send along."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Response, Route

from infra.gateway.keys import FILE, KeyFile
from tests.browser.accessibility import is_accessible
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import API, LIST, TodoPage
from tests.contracts import SIGNED_IN
from tests.contracts.closed import closed_file
from tests.engines import free_port
from tests.people import query_of
from tests.servers import Server, serve

NewContext = Callable[..., BrowserContext]

UNAUTHORIZED = {
    "type": "urn:problem-type:unauthorized",
    "title": "Nobody is signed in",
    "status": 401,
    "detail": "Sign in, and send the token as Authorization.",
}
KEPT = """
async () => [
  ...(await indexedDB.databases()).map(({ name }) => name),
  ...Object.keys(sessionStorage),
  ...Object.keys(localStorage),
]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(SIGNED_IN) as server:
        yield server


class Reader(TodoPage):
    """Somebody at the page, before they sign in and after it."""

    def __init__(self, page: Page, url: str) -> None:
        super().__init__(page, url)
        self.exchanges: list[Response] = []
        page.on("response", self._hear)
        self.door = page.locator(".door")
        self.bar = page.locator(".expired")
        self.person = page.locator(".person")

    def _hear(self, response: Response) -> None:
        if response.url.endswith("/oauth2/token"):
            self.exchanges.append(response)

    def grants(self, since: int = 0) -> list[str]:
        """What the provider gave: for a code also what renews, and else why it gave nothing."""
        return [_grant(each.json()) for each in self.exchanges[since:]]

    def come(self, path: str = "/") -> "Reader":
        self.page.goto(f"{self.url}{path}")
        return self

    def tell(self, name: str) -> None:
        """Gives a name at the page of the server's own."""
        expect(self.page.get_by_text("For this machine only.")).to_be_visible()
        self.page.get_by_label("Your name").fill(name)
        self.button("Sign in").click()

    def sign_in(self, name: str) -> "Reader":
        self.door.get_by_role("button").click()
        self.tell(name)
        return self.is_in(name)

    def is_in(self, name: str) -> "Reader":
        """Waits for the list, and for the keys, which are loaded last."""
        expect(self.person).to_contain_text(name)
        expect(self.list).to_have_attribute("aria-busy", "false")
        expect(self.page.locator("[data-key-list] > *")).not_to_have_count(0)
        return self


def _grant(tokens: dict[str, str]) -> str:
    if "error" in tokens:
        return tokens["error"]
    return "code" if "refresh_token" in tokens else "refresh"


@pytest.fixture
def reader(server: Server, new_context: NewContext) -> Reader:
    return Reader(new_context().new_page(), server.url)


def test_two_people_work_beside_each_other(
    server: Server, new_context: NewContext, reader: Reader
) -> None:
    reader.come().sign_in("Ada")
    reader.add("Of Ada")
    reader.shows("Of Ada")
    other = Reader(new_context().new_page(), server.url).come().sign_in("Bob")
    other.shows()
    other.add("Of Bob")
    other.shows("Of Bob")
    reader.page.reload()
    reader.is_in("Ada").shows("Of Ada")


def test_nothing_of_a_sign_in_stays_in_the_address_or_in_the_log(
    server: Server, reader: Reader
) -> None:
    reader.come("/?completed=true").sign_in("Canary-Name")
    assert reader.page.url == f"{server.url}/?completed=true"
    tokens = reader.exchanges[0].json()
    for secret in ("Canary-Name", *(str(each) for each in tokens.values() if "." in str(each))):
        assert secret not in server.output
        assert secret not in server.errors


def test_a_reload_keeps_somebody_signed_in_and_another_tab_asks(reader: Reader) -> None:
    reader.come().sign_in("Cleo")
    reader.page.reload()
    reader.is_in("Cleo")
    tab = Reader(reader.page.context.new_page(), reader.url).come()
    tab.door.get_by_role("button").click()  # and the browser is known to the provider
    tab.is_in("Cleo")


def test_no_token_is_where_another_tab_or_a_later_page_could_read_it(reader: Reader) -> None:
    reader.come().sign_in("Dora")
    kept = reader.page.evaluate("() => JSON.stringify([{ ...localStorage }, document.cookie])")
    assert json.loads(kept)[1] == ""
    assert "eyJ" not in kept
    session = reader.page.evaluate("() => JSON.stringify({ ...sessionStorage })")
    assert len(re.findall(r"eyJ\w+\.eyJ", session)) == 1  # the refresh token


def test_a_token_that_is_refused_is_renewed_once_and_the_call_repeated(reader: Reader) -> None:
    reader.come().sign_in("Eve")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if refused:
            route.fallback()
        else:
            refused.append(route.request.headers["idempotency-key"])
            route.fulfill(status=401, json=UNAUTHORIZED)

    reader.route(LIST, "POST", refuse)
    reader.add("Twice asked for")
    reader.shows("Twice asked for")
    assert reader.grants() == ["code", "refresh"]
    posts = [each for each in reader.sent if each.method == "POST"]
    assert [each.headers["idempotency-key"] for each in posts] == refused * 2


def test_a_token_is_renewed_ahead_of_its_end(reader: Reader) -> None:
    """A page that goes has no time to wait for one."""
    reader.page.clock.install()
    reader.come().sign_in("Fay")
    before = len(reader.exchanges)
    reader.page.clock.fast_forward("13:05")
    reader.eventually(lambda: reader.grants(before), ["refresh"])
    reader.page.clock.fast_forward("05:00")
    reader.add("After twenty minutes")
    reader.shows("After twenty minutes")


def test_what_is_typed_while_a_session_ends_is_not_lost(
    new_context: NewContext, tmp_path: Path
) -> None:
    """The server forgets its key, so that no token of before is good."""
    port = free_port()
    with serve(SIGNED_IN, port=port, cwd=tmp_path) as server:
        reader = Reader(new_context().new_page(), server.url).come().sign_in("Gil")
        reader.add("One")
        reader.shows("One")
    (tmp_path / "data" / "identity.json").unlink()
    with serve(SIGNED_IN, port=port, cwd=tmp_path) as again:
        reader.add("Two")
        expect(reader.bar).to_contain_text("You are signed out. What you typed is kept")
        expect(reader.row("Two")).to_contain_text("Saved on this device")
        reader.edit("One").get_by_label("Title", exact=True).fill("One, changed")
        reader.new_title.fill("Three, half ty")
        reader.stored()
        reader.bar.get_by_role("button").click()
        reader.tell("Gil")
        reader.is_in("Gil")
        expect(reader.new_title).to_have_value("Three, half ty")
        expect(reader.page.locator("form.edit").get_by_label("Title", exact=True)).to_have_value(
            "One, changed"
        )
        reader.page.locator("form.edit").get_by_role("button", name="Save").click()
        reader.shows("Two", "One, changed")
        assert again.errors == ""


def test_who_signs_in_after_somebody_s_session_ended_sees_nothing_of_it(reader: Reader) -> None:
    reader.come().sign_in("Hal")
    reader.fail(API, "POST", UNAUTHORIZED)
    reader.page.route(
        "**/oauth2/token", lambda route: route.fulfill(status=400, json={"error": "invalid_grant"})
    )
    reader.add("Of Hal alone")
    expect(reader.bar).to_be_visible()
    reader.heal()
    reader.page.context.clear_cookies()
    reader.bar.get_by_role("button").click()
    reader.tell("Ida")
    reader.is_in("Ida").shows()
    reader.add("Of Ida")
    reader.shows("Of Ida")


def test_signing_out_leaves_nothing_of_a_person_behind(server: Server, reader: Reader) -> None:
    reader.come().sign_in("Jan")
    reader.add("Of Jan")
    reader.shows("Of Jan")
    token = json.loads(reader.page.evaluate("() => sessionStorage['session todo-api']"))["refresh"]
    reader.button("Sign out").click()
    expect(reader.door).to_be_visible()
    expect(reader.page.get_by_text("Of Jan")).to_have_count(0)
    assert reader.page.evaluate(KEPT) == []
    form = {"grant_type": "refresh_token", "client_id": "todo-api", "refresh_token": token}
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form).encode()
    answer = server.request("POST", "/sign-in/oauth2/token", body, fields)
    assert answer.json == {"error": "invalid_grant"}
    reader.sign_in("Kim").shows()


def test_signing_out_ends_the_session_in_every_tab(reader: Reader) -> None:
    reader.come().sign_in("Lea")
    tab = Reader(reader.page.context.new_page(), reader.url).come()
    tab.door.get_by_role("button").click()
    tab.is_in("Lea")
    reader.button("Sign out").click()
    expect(tab.door).to_be_visible()
    expect(tab.rows).to_have_count(0)


def test_who_signs_out_is_asked_about_what_is_not_saved(reader: Reader) -> None:
    reader.come().sign_in("Mia")
    reader.cut(LIST, "POST")
    reader.add("Not sent")
    expect(reader.row("Not sent")).to_contain_text("Saved on this device")
    asked: list[str] = []
    answers = iter((False, True))

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if next(answers):
            dialog.accept()
        else:
            dialog.dismiss()

    reader.page.on("dialog", answer)
    reader.button("Sign out").click()
    reader.eventually(lambda: len(asked), 1)
    reader.shows("Not sent")
    reader.button("Sign out").click()
    expect(reader.door).to_be_visible()
    assert asked == ["1 change is not saved yet. Sign out, and lose it?"] * 2


@pytest.mark.parametrize("query", ["?code=forged&state=forged", "?error=access_denied&state=x"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(reader: Reader, query: str) -> None:
    reader.come().sign_in("Ned")
    before = len(reader.exchanges)
    reader.come(f"/{query}").is_in("Ned")
    assert reader.grants(before) == ["refresh"]


def test_who_says_no_is_asked_again(reader: Reader) -> None:
    reader.come().door.get_by_role("button").click()
    expect(reader.page.get_by_label("Your name")).to_be_visible()
    state = query_of(reader.page.url)["state"]
    said = {"error": "access_denied", "error_description": "Changed my mind", "state": state}
    reader.come(f"/?{urlencode(said)}")
    expect(reader.door).to_contain_text("Changed my mind")
    reader.sign_in("Ola")


def test_neither_page_of_a_sign_in_has_anything_that_axe_finds(reader: Reader) -> None:
    reader.come()
    expect(reader.door).to_be_visible()
    is_accessible(reader.page)
    reader.door.get_by_role("button").click()
    expect(reader.page.get_by_label("Your name")).to_be_focused()
    is_accessible(reader.page)
    reader.tell("Rosa")
    reader.is_in("Rosa")
    is_accessible(reader.page)


# -- what is open ----------------------------------------------------------------------------------


def test_who_is_not_signed_in_sees_what_is_open_and_changes_nothing(
    new_context: NewContext, tmp_path: Path
) -> None:
    contract = closed_file(
        tmp_path / "open.json", "person", owner="everyone", open_to_all=("listTodos", "getTodo")
    )
    with serve(contract) as server:
        reader = Reader(new_context().new_page(), server.url).come()
        expect(reader.list).to_have_attribute("aria-busy", "false")
        expect(reader.new_title).to_be_hidden()
        reader.person.get_by_role("button", name="Sign in").click()
        reader.tell("Pia")
        reader.is_in("Pia").add("For all to see")
        reader.shows("For all to see")
        other = Reader(new_context().new_page(), server.url).come()
        other.shows("For all to see")
        expect(other.button("Delete “For all to see”")).to_have_count(0)


# -- keys ------------------------------------------------------------------------------------------


def test_a_key_is_asked_for_once_and_again_when_it_is_revoked(
    new_context: NewContext, tmp_path: Path
) -> None:
    contract = closed_file(tmp_path / "keys.json", "key")
    with serve(contract, cwd=tmp_path) as server:
        keys = KeyFile(tmp_path / "data" / FILE)
        value = keys.create("page")
        reader = Reader(new_context().new_page(), server.url).come()
        reader.page.get_by_label("Key", exact=True).fill(value)
        reader.button("Continue").click()
        reader.add("With a key")
        reader.shows("With a key")
        reader.page.reload()
        reader.shows("With a key")
        keys.revoke("page")
        reader.add("Without one")
        expect(reader.bar).to_contain_text("Your key was refused.")
        reader.button("Enter another").click()
        reader.page.get_by_label("Key", exact=True).fill(keys.create("another"))
        reader.button("Continue").click()
        reader.button("Retry").click()
        reader.shows("Without one", "With a key")


# -- the reference ---------------------------------------------------------------------------------


def test_the_reference_calls_a_closed_api(reader: Reader) -> None:
    reader.come("/docs/")
    reader.page.locator("#person").get_by_role("button", name="Sign in").click()
    reader.tell("Quinn")
    expect(reader.page.locator("#person")).to_contain_text("Quinn")
    assert reader.page.url == f"{reader.url}/docs/"
    operation = reader.page.locator("#operations-todos-listTodos")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_contain_text(
        "200"
    )
