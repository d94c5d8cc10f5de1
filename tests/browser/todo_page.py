"""The page as its reader knows it: rows, fields, filters, and what it says."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import APIResponse, Locator, Page, Request, Route

from tests.browser.drivers.bodies import fetched
from tests.browser.drivers.expectations import expect

PROBLEM = {
    "type": "urn:problem-type:internal-error",
    "title": "The service failed",
    "status": 500,
    "detail": "This is not your fault. Trying again may help.",
}
BUSY = {
    "type": "urn:problem-type:unavailable",
    "title": "The service is unavailable",
    "status": 503,
    "detail": "Nothing is known to be changed. Try again in a moment.",
}
ITEM = re.compile(r"/todos/[^/?]+$")
LIST = re.compile(r"/todos(\?.*)?$")
CONTRACT = re.compile(r"/page\.json$")
API = re.compile(r"/todos(/|\?|$)")


_PATIENCE_SECONDS = 120


def eventually(look: Callable[[], Any], expected: Any) -> None:
    """Waits until what is behind the page, and not to be seen in it, is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := look()) != expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found == expected


_BUSY_STORAGE = """async () => {
  const [{ name }] = (await indexedDB.databases()).filter((each) => each.name.startsWith("page "));
  const opening = indexedDB.open(name);
  await new Promise((resolve) => { opening.onsuccess = resolve; });
  const transaction = opening.result.transaction(["changes", "notes"], "readwrite");
  const store = transaction.objectStore("changes");
  await new Promise((resolve) => {
    const again = () => { resolve(); store.count().onsuccess = again; };
    store.count().onsuccess = again;
  });
}"""


_PASTE = """
(at, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new Event("paste", { bubbles: true, cancelable: true });
  if (at.dispatchEvent(Object.assign(event, { clipboardData }))) at.setRangeText(text, 0, 0, "end");
}
"""
"""What a browser does when somebody pastes."""


class TodoPage:
    """One open page. `requests` are those that it sent to the API, as `METHOD path?query`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.sent: list[Request] = []
        self._held: list[Held] = []
        page.on("request", self._note)
        self.new_title = page.get_by_label("New to-do")
        self.new_description = page.locator("[data-add]").get_by_label("Details")
        self.rows = page.locator("[data-rows] > li")
        self.status = page.get_by_role("status")
        self.alert = page.get_by_role("alert")
        self.undo = page.get_by_role("button", name="Undo")
        self.undo_bar = page.locator("[data-undo]")
        self.offline = page.locator("[data-offline]")
        self.list = page.locator("[data-list]")

    def _note(self, request: Request) -> None:
        if API.search(request.url):
            self.sent.append(request)

    @property
    def requests(self) -> list[str]:
        return [f"{each.method} {each.url.split('/', 3)[3]}" for each in self.sent]

    def open(self, query: str = "") -> "TodoPage":
        """Opens the page, and waits for the list, and for the keys, which are loaded last."""
        self.page.goto(f"{self.url}/{query}")
        expect(self.list).to_have_attribute("aria-busy", "false")
        expect(self.page.locator("[data-key-list] > *")).not_to_have_count(0)
        return self

    def row(self, title: str) -> Locator:
        """The row that shows, or edits, a to-do of this title."""
        return self.rows.filter(has=self.tick(title))

    def tick(self, title: str) -> Locator:
        """The checkbox of a to-do, even where it is folded away with what is completed."""
        return self._part("tick", title)

    def _part(self, part: str, label: str) -> Locator:
        """By a selector: among thousands of rows a browser takes long to tell roles and names."""
        name = json.dumps(label, ensure_ascii=False)
        return self.page.locator(f"[data-part={part}][aria-label={name}]")

    @property
    def fold(self) -> Locator:
        """What says how many are completed, and shows or hides them."""
        return self.page.locator("[data-fold-title]")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def add(self, title: str, description: str = "") -> None:
        self.new_title.fill(title)
        if description:
            self.new_description.fill(description)
        self.button("Add").click()

    def paste(self, text: str) -> None:
        """Into the title of a new to-do."""
        self.new_title.evaluate(_PASTE, text)

    def edit(self, title: str) -> Locator:
        """Opens the edit of a row; the answer is its form."""
        self._part("edit", f"Edit “{title}”").click()
        return self.page.locator("form.edit")

    def delete(self, title: str) -> None:
        self._part("delete", f"Delete “{title}”").click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, *titles: str) -> None:
        """Waits until the rows are these, from above, and nothing is on its way."""
        expect(self.rows.locator("> [data-reading] > [data-title]")).to_have_text(list(titles))
        expect(self.page.locator("[data-rows] > [aria-busy=true]")).to_have_count(0)

    def focused(self) -> str:
        """What has the focus, as its accessible name or else its tag."""
        found: str = self.page.evaluate(
            "() => { const at = document.activeElement;"
            " return at.ariaLabel ?? at.labels?.[0]?.textContent ?? (at.innerText || at.tagName) }"
        )
        return found

    def stop_time(self, at: str | None = None) -> None:
        """From now on it passes by `forward` alone, however long the machine takes.

        That holds for all pages of its browser.
        """
        self._now = datetime.fromisoformat(at) if at else datetime.now(UTC)
        self.page.clock.set_fixed_time(self._now)  # which lets timers go on
        self.page.clock.pause_at(self._now)

    def forward(self, ms: int) -> None:
        self._now += timedelta(milliseconds=ms)
        self.page.clock.set_fixed_time(self._now)
        self.page.clock.fast_forward(ms)

    def fail(self, pattern: re.Pattern[str], method: str, problem: Any = PROBLEM) -> None:
        """Answers these requests with a problem from now on."""
        self.route(
            pattern,
            method,
            lambda route: route.fulfill(
                status=problem["status"], json=problem, content_type="application/problem+json"
            ),
        )

    def stored(self) -> None:
        """Waits until every change is on this device's disk."""
        self.page.wait_for_function(
            "() => document.querySelectorAll('[aria-busy=true]').length === 0"
        )

    def keep_storage_busy(self) -> None:
        """Lets no transaction of this page begin as long as the page is there."""
        self.page.evaluate(_BUSY_STORAGE)

    def eventually(self, look: Callable[[], Any], expected: Any) -> None:
        """Like the function, while the page goes on."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (found := look()) != expected and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        assert found == expected

    def cut(self, pattern: re.Pattern[str], method: str) -> None:
        self.route(pattern, method, lambda route: route.abort("connectionfailed"))

    def hold(self, pattern: re.Pattern[str], method: str, answered: bool = False) -> "Held":
        """Lets these requests wait, or their answers."""
        held = Held(self.page, answered)
        self._held.append(held)
        self.route(pattern, method, held.take)
        return held

    def give_up(self) -> None:
        """Ends what waits, before the page goes: it would reach the service amid the next test."""
        for held in self._held:
            held.answer(lambda route: route.abort())

    def route(self, pattern: re.Pattern[str], method: str, handle: Any) -> None:
        def choose(route: Route) -> None:
            if route.request.method == method:
                handle(route)
            else:
                route.fallback()

        self.page.route(pattern, choose)

    def heal(self) -> None:
        """The network is well again."""
        self.page.unroute_all()

    def come_back(self) -> None:
        """The network is well again, and the browser says so."""
        self.heal()
        self.page.evaluate("() => dispatchEvent(new Event('online'))")


class Held:
    """Requests that wait, before the service has seen them or with its answer of then."""

    def __init__(self, page: Page, answered: bool) -> None:
        self._page = page
        self._answered = answered
        self._routes: list[tuple[Route, APIResponse | None]] = []
        self._over = False

    def take(self, route: Route) -> None:
        if self._over:
            route.continue_()
        else:
            self._routes.append((route, fetched(route) if self._answered else None))

    def answer(self, answer: Callable[[Route], object]) -> None:
        """Answers all that wait."""
        while self._routes:
            answer(self._routes.pop(0)[0])

    def only_these(self) -> None:
        """Lets those that follow pass, once there is one."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._routes and time.monotonic() < deadline:
            self._page.wait_for_timeout(10)
        assert self._routes
        self._over = True

    def go_on(self) -> None:
        """Lets them pass, once there is one, and all that follow."""
        self.only_these()
        for route, response in self._routes:
            if response:
                route.fulfill(response=response)
            else:
                route.continue_()
        self._routes.clear()
