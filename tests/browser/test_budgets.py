"""What the page may weigh, move and do: figures of a Chromium that no busy machine changes.

How long the page takes is measured by `make bench-page`.
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Response

from infra.deploy import upload
from service.contract.document import read
from tests.browser.conftest import Api
from tests.browser.inputs import ROWS, actions, show_all
from tests.browser.states import EXAMPLES, VIEWPORTS, examples
from tests.browser.todo_page import LIST, TodoPage
from tests.contracts import TODOS

MOST_BYTES = 24 * 1024
MOST_BYTES_IN_ALL = 44 * 1024
MOST_REQUESTS = 18
MOST_SHIFT = 0.01
MOST_LAYOUTS = 20
MOST_PARTS_MORE = 100
"""Parts of a few rows that come into view; a rule that concerns every row makes hundreds."""

DEPLOYED = "https://a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com/prod"
"""What `config.js` then says."""

LATE = """
const answers = fetch;
globalThis.waiting = 0;
globalThis.fetch = async (...request) => {
  waiting++;
  await new Promise((resolve) => setTimeout(resolve, 600));
  waiting--;
  if (globalThis.broken) return new Response("", { status: 500 });
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

FRAME = "() => new Promise(requestAnimationFrame)"

WAITING = """
const answers = fetch;
globalThis.waiting = 0;
globalThis.fetch = async (...request) => {
  waiting++;
  try {
    const response = await answers(...request);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    requestAnimationFrame(() => requestAnimationFrame(() => waiting--));
  }
};
"""
"""How many answers are on their way, or not yet to be seen."""

STILL = """
const now = Date.now();
Date.now = () => now;
const later = setTimeout;
globalThis.setTimeout = (run, wait = 0, ...rest) => (wait < 1000 ? later(run, wait, ...rest) : 0);
globalThis.setInterval = () => 0;
"""
"""However long a slow machine takes, no list is read again meanwhile, and no undo expires."""

CHANGED_ROWS = """
() => {
  globalThis.changedRows = new Set();
  new MutationObserver((all) => {
    for (const { target, addedNodes, removedNodes } of all)
      for (const node of [target, ...addedNodes, ...removedNodes]) {
        const row = (node.closest ? node : node.parentElement)?.closest("li");
        if (row) changedRows.add(row);
      }
  }).observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
}
"""
"""The rows of which something changed, or that were moved."""


@pytest.fixture
def files(todos: TodoPage) -> list[Response]:
    """What the page loads, from wherever it comes, while it waits for the first list."""
    found: list[Response] = []
    todos.page.on("response", lambda response: found.append(response))
    held = todos.hold(LIST, "GET")
    todos.page.goto(todos.url)
    held.only_these()
    todos.page.wait_for_timeout(200)
    before = [*found]
    held.go_on()
    return before


def weights() -> dict[str, int]:
    """The page's files as they are deployed, gzipped."""
    others = re.compile(r"docs|404|openapi")
    found = {each.key: each.body for each in upload.files(TODOS, read(TODOS), DEPLOYED)}
    return {name: len(gzip.compress(found[name])) for name in found if not others.match(name)}


def test_all_that_comes_before_the_first_list_weighs_at_most_24_kb_gzipped(
    files: list[Response],
) -> None:
    names = {each.url.split("/", 3)[3] or "index.html" for each in files}
    assert {"index.html", "styles.css", "page.js", "page.json", "config.js"} <= names
    assert "deeds.js" not in names
    known = weights()
    assert sum(known[name] for name in names) <= MOST_BYTES, known


def test_the_whole_page_weighs_at_most_44_kb_gzipped() -> None:
    assert sum(weights().values()) <= MOST_BYTES_IN_ALL, weights()


def test_the_page_is_at_most_18_files_all_from_its_own_origin(
    files: list[Response], api: Api
) -> None:
    assert len(files) <= MOST_REQUESTS, [each.url for each in files]
    assert [each.url for each in files if not each.url.startswith(f"{api.url}/")] == []


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

    def add(title: str) -> None:
        """As by hand: what a key brings about is nothing that shifts by itself."""
        todos.new_title.press_sequentially(title)
        todos.button("Add").click()

    story: dict[str, Callable[[], object]] = {
        "load": lambda: examples(todos, api),
        "add": lambda: add("New"),
        "unfold": todos.fold.click,
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
        "fail to add": lambda: add("Failing"),
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


@dataclass(frozen=True)
class Work:
    """What a browser does for an action."""

    rows: int
    """Of which something changed, or that were moved."""
    layouts: int
    laid_out: int
    """The most parts of the document that one layout looked at anew."""
    styled: int
    """The most elements whose style was looked up at once."""


def work_of(context: BrowserContext, api: Api, rows: int) -> dict[str, Work]:
    """What each action makes a browser do."""
    api.clear()
    api.fill(rows)
    page = context.new_page()
    page.add_init_script(WAITING)
    page.add_init_script(STILL)
    todos = TodoPage(page, api.url).open()
    show_all(todos, rows)
    page.evaluate(CHANGED_ROWS)
    browser = context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["devtools.timeline"])

    def counted(name: str) -> int:
        """How many rows have changed since the last time; the trace goes on under a name."""
        page.evaluate(FRAME)
        page.wait_for_function("() => !waiting")
        page.evaluate(FRAME)
        page.evaluate("(name) => console.timeStamp(name)", name)
        found: int = page.evaluate(
            "() => { const { size } = changedRows; changedRows.clear(); return size }"
        )
        return found

    counted("start")
    changed = {}
    for name, action in actions(todos, rows).items():
        action(0)
        changed[name] = counted(f"after {name}")
    traced = _traced(json.loads(browser.stop_tracing())["traceEvents"])
    page.close()  # another page's trace would have its work, too
    return {name: Work(changed[name], *traced[f"after {name}"]) for name in changed}


def _traced(events: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """Layouts, and the most of one, before each mark and after the one before it."""
    found = {}
    laid_out, styled = [], [0]
    for event in sorted(events, key=lambda each: each["ts"]):
        name, data = event["name"], event.get("args", {})
        if name == "Layout" and "beginData" in data:
            laid_out.append(data["beginData"]["dirtyObjects"])
        elif name == "UpdateLayoutTree" and "elementCount" in data:
            styled.append(data["elementCount"])
        elif name == "TimeStamp":
            found[data["data"]["message"]] = len(laid_out), max(laid_out, default=0), max(styled)
            laid_out, styled = [], [0]
    return found


def test_with_500_rows_an_input_makes_no_more_work_than_with_40(new_context: Any, api: Api) -> None:
    few, many = [work_of(new_context(reduced_motion="reduce"), api, rows) for rows in (40, ROWS)]

    def more(what: str, most: int = 0) -> dict[str, int]:
        found = {
            name: getattr(work, what) - getattr(few[name], what) for name, work in many.items()
        }
        return {name: count for name, count in found.items() if count > most}

    assert more("rows") == {}
    assert more("laid_out", MOST_PARTS_MORE) == {}
    assert more("styled", MOST_PARTS_MORE) == {}
    assert few["add"].rows > 0
    assert {name: work for name, work in many.items() if work.layouts > MOST_LAYOUTS} == {}
