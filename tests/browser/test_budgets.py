"""What the page may weigh, move and take: each figure measured in a Chromium."""

import gzip
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from infra.stack import upload
from service.document import read
from tests.browser.conftest import Api
from tests.browser.states import EXAMPLES, VIEWPORTS, examples
from tests.browser.todo_page import API, TodoPage
from tests.contracts import TODOS

MOST_BYTES = 16 * 1024
MOST_REQUESTS = 8
MOST_SHIFT = 0.01
MOST_MS_UNTIL_THE_LIST = 1_500
MOST_MS_UNTIL_PAINT = 100
ROWS = 500
TRIES = 9
"""A busy machine only makes a figure worse: the best of so many counts."""

DEPLOYED = "https://a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com/prod"
"""What `config.js` then says."""

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
"""As Lighthouse has it: 150 ms, 1.6 Mbit/s down, 750 kbit/s up."""

SLOW_CPU = {"rate": 4}

LISTED = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-rows] > li")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { globalThis.listed = performance.now() }));
}).observe(document, { childList: true, subtree: true });
"""
"""Notes when the first row is painted, in ms since the navigation began."""

LATE = """
const answers = fetch;
globalThis.waiting = 0;
globalThis.fetch = async (...request) => {
  waiting++;
  await new Promise((resolve) => setTimeout(resolve, 600));
  waiting--;
  if (globalThis.broken) throw new TypeError();
  return answers(...request);
};
"""
"""An input excuses what moves within 500 ms: each answer comes later than that, or none at all."""

SHIFTS = """
globalThis.shifts = [];
new PerformanceObserver((list) => shifts.push(
  ...list.getEntries().filter((each) => !each.hadRecentInput).map(({ value }) => value)
)).observe({ type: "layout-shift", buffered: true });
"""

INPUTS = """
() => {
  globalThis.inputs = [];
  new PerformanceObserver((list) => inputs.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: "event", durationThreshold: 16 });
}
"""
"""From each input to the paint that follows it, in ms; what takes less than 16 is left out."""


def best(measure: Callable[[int], float], most: float) -> float:
    """The least of several figures; none is taken after one that is good enough."""
    found = measure(0)
    for number in range(1, TRIES):
        if found <= most:
            break
        found = min(found, measure(number))
    return found


@pytest.fixture
def files(todos: TodoPage, api: Api) -> list[Response]:
    """What the page is made of, from wherever it came."""
    found: list[Response] = []
    todos.page.on("response", lambda response: found.append(response))
    api.add("One")
    todos.open().shows("One")
    return [each for each in found if not API.search(each.url)]


def test_html_css_and_scripts_weigh_at_most_16_kb_gzipped(files: list[Response]) -> None:
    deployed = {each.key: each.body for each in upload.files(TODOS, read(TODOS), DEPLOYED)}
    names = [each.url.split("/", 3)[3] or "index.html" for each in files]
    weights = {name: len(gzip.compress(deployed[name])) for name in names if name != "openapi.json"}
    assert {"index.html", "styles.css", "page.js", "config.js"} <= set(weights)
    assert sum(weights.values()) <= MOST_BYTES, weights


def test_the_page_is_at_most_8_files_all_from_its_own_origin(
    files: list[Response], api: Api
) -> None:
    assert len(files) <= MOST_REQUESTS, [each.url for each in files]
    assert [each.url for each in files if not each.url.startswith(f"{api.url}/")] == []


def test_the_list_is_there_in_1_5_s_on_a_slow_phone(new_context: Any, api: Api) -> None:
    api.fill(50)
    page = new_context(viewport=VIEWPORTS["phone"]).new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Emulation.setCPUThrottlingRate", SLOW_CPU)
    page.add_init_script(LISTED)

    def ms_until_the_list(_: int) -> float:
        devtools.send("Network.clearBrowserCache")
        page.goto(api.url)
        ms: float = page.wait_for_function("() => globalThis.listed").json_value()
        return ms

    assert best(ms_until_the_list, MOST_MS_UNTIL_THE_LIST) <= MOST_MS_UNTIL_THE_LIST


class Shifts:
    """How far things move that nobody moved, while every answer comes late."""

    def __init__(self, todos: TodoPage) -> None:
        self._page = todos.page
        self._page.add_init_script(LATE)
        self._page.add_init_script(SHIFTS)

    def of(self, action: Callable[[], object]) -> float:
        """Layout shift of an action and of all that follows from it, as Chromium scores it."""
        action()
        self._page.wait_for_function("() => !waiting")
        self._page.wait_for_timeout(300)
        found: float = self._page.evaluate(
            "() => shifts.splice(0).reduce((sum, each) => sum + each, 0)"
        )
        return found


@pytest.mark.parametrize("size", VIEWPORTS)
def test_nothing_shifts_in_any_action(new_context: Any, api: Api, size: str) -> None:
    todos = TodoPage(new_context(viewport=VIEWPORTS[size]).new_page(), api.url)
    shifts = Shifts(todos)
    title = EXAMPLES[2][0]

    def offline(yes: bool) -> None:
        todos.page.context.set_offline(yes)

    story: dict[str, Callable[[], object]] = {
        "load": lambda: examples(todos, api),
        "add": lambda: todos.add("New", "With details"),
        "complete": lambda: todos.tick(title).click(),
        "edit": lambda: todos.edit("New").get_by_label("Title").fill("Newer"),
        "save": lambda: todos.press("Enter"),
        "edit again": lambda: todos.edit("Newer"),
        "leave": lambda: todos.press("Escape"),
        "delete": lambda: todos.delete("Newer"),
        "undo": lambda: todos.undo.click(),
        "filter": lambda: todos.link("Completed").click(),
        "unfilter": lambda: todos.link("All").click(),
        "clear": lambda: todos.button("Clear completed").click(),
        "undo clearing": lambda: todos.undo.click(),
        "open the help": lambda: todos.press("?"),
        "close the help": lambda: todos.press("Escape"),
        "lose the network": lambda: offline(True),
        "find it again": lambda: offline(False),
        "break": lambda: todos.page.evaluate("() => { globalThis.broken = true }"),
        "fail to complete": lambda: todos.tick("Newer").click(),
        "retry": lambda: todos.button("Retry").click(),
        "discard": lambda: todos.button("Discard").click(),
        "fail to add": lambda: todos.add("Failing"),
        "fail to read": lambda: todos.link("Active").click(),
    }
    found = {name: shifts.of(action) for name, action in story.items()}
    assert {name: value for name, value in found.items() if value > MOST_SHIFT} == {}


def test_a_shift_would_be_seen(todos: TodoPage, api: Api) -> None:
    shifts = Shifts(todos)
    api.add("One")
    shifts.of(todos.open)
    todos.page.wait_for_timeout(500)
    assert shifts.of(lambda: todos.page.evaluate("() => document.body.prepend('Late')")) > 0


def test_with_500_rows_an_input_is_painted_within_100_ms(todos: TodoPage, api: Api) -> None:
    api.fill(ROWS)
    todos.open()
    while todos.rows.count() < ROWS:
        before = todos.rows.count()
        todos.button("Load more").click()
        expect(todos.rows).not_to_have_count(before)
    todos.page.evaluate(INPUTS)

    def title(number: int, action: int) -> str:
        return f"To-do {ROWS - 1 - 10 * number - action}"

    def edit(number: int) -> None:
        todos.edit(title(number, 1))
        todos.page.keyboard.type("abc")
        todos.press("Enter")

    def add(number: int) -> None:
        todos.new_title.click()
        todos.page.keyboard.type(f"New {number}")
        todos.press("Enter")

    def undo(number: int) -> None:
        todos.delete(title(number, 3))
        todos.press("Control+z")

    actions: dict[str, Callable[[int], object]] = {
        "complete": lambda number: todos.tick(title(number, 0)).click(),
        "edit": edit,
        "add": add,
        "delete": lambda number: todos.delete(title(number, 2)),
        "undo": undo,
        "go": lambda _: todos.press("ArrowDown"),
    }

    def ms_until_paint(action: Callable[[int], object], number: int) -> float:
        todos.page.evaluate("() => { inputs.length = 0 }")
        action(number)
        todos.page.wait_for_timeout(300)
        ms: float = todos.page.evaluate("() => Math.max(0, ...inputs)")
        return ms

    found = {
        name: best(partial(ms_until_paint, action), MOST_MS_UNTIL_PAINT)
        for name, action in actions.items()
    }
    assert any(found.values())
    assert {name: ms for name, ms in found.items() if ms > MOST_MS_UNTIL_PAINT} == {}
