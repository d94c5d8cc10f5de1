"""What the page may weigh, move and do: figures of a Chromium that no busy machine changes.

How long the page takes is measured by `make bench-page`.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Response

from infra.deploy import upload
from service.contract.document import read
from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.inputs import ROWS, actions, show_all
from tests.browser.states import EXAMPLES, VIEWPORTS, add_examples, still
from tests.browser.todo_page import LIST, TodoPage
from tests.contracts import TODOS

MOST_BYTES = 24 * 1024
MOST_BYTES_IN_ALL = 44 * 1024
MOST_REQUESTS = 18
MOST_SHIFT = 0.01
MOST_LAYOUTS = 20
MOST_PARTS_MORE = 100
"""Parts of a few rows that come into view; a rule that concerns every row makes hundreds."""
MOST_CALLS_MORE = 300
"""Of one function, for looking by halves among more rows; one walk through all makes 460 more."""

DEPLOYED = "https://a1b2c3d4e5.execute-api.ap-southeast-1.amazonaws.com/prod"
"""What `config.js` then says."""

LATE = """
const answers = fetch;
let held = [];
globalThis.underWay = 0;
globalThis.letGo = () => held.splice(0).forEach((go) => go());
globalThis.fetch = async (...request) => {
  underWay++;
  try {
    await new Promise((go) => held.push(go));
    if (globalThis.broken) return new Response("", { status: 500 });
    const response = await answers(...request);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    requestAnimationFrame(() => requestAnimationFrame(() => underWay--));
  }
};
"""
"""Holds each request back until it is let go, and counts those of which not all is seen yet."""

SHIFTS = """
let shifts = [];
const note = (entries) => shifts.push(...entries.map(({ value }) => value));
const observer = new PerformanceObserver((list) => note(list.getEntries()));
observer.observe({ type: "layout-shift", buffered: true });
globalThis.shifted = () => {
  note(observer.takeRecords());
  return shifts.splice(0).reduce((sum, each) => sum + each, 0);
};
"""

SHIFTED = """
() => new Promise((found) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => found(shifted())))))
"""
"""How far things have moved since the last time, once all of it is painted."""

FRAME = "() => new Promise(requestAnimationFrame)"

WAITING = """
const answers = fetch;
globalThis.waiting = 0;
const begin = () => { waiting++ };
const end = () => requestAnimationFrame(() => requestAnimationFrame(() => waiting--));
globalThis.fetch = async (...request) => {
  begin();
  try {
    const response = await answers(...request);
    await response.clone().arrayBuffer();
    return response;
  } finally {
    end();
  }
};
const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (...scope) {
  begin();
  const begun = transaction.apply(this, scope);
  for (const type of ["complete", "abort"]) begun.addEventListener(type, end);
  return begun;
};
const { request } = LockManager.prototype;
LockManager.prototype.request = function (...asked) {
  const run = asked.pop();
  begin();
  return request.call(this, ...asked, (lock) => {
    end();
    return run(lock);
  });
};
"""
"""How much is on its way, or not yet to be seen: answers, what is to be kept, and locks."""

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

LOOKED_FOR = """
globalThis.repeated = [];
const before = new Set();
const { querySelector } = Document.prototype;
Document.prototype.querySelector = function (selector) {
  if (before.has(selector)) repeated.push(selector);
  before.add(selector);
  return querySelector.call(this, selector);
};
"""
"""What the page looks for again in the whole document, which takes longer with more rows."""


MOTION = """
globalThis.steps = [];
const methods = { getBoundingClientRect: "measured", animate: "moved" };
for (const [method, step] of Object.entries(methods)) {
  const original = Element.prototype[method];
  Element.prototype[method] = function (...given) {
    steps.push(step);
    return original.apply(this, given);
  };
}
"""
"""What is done to elements, one after the other."""


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
    """How far things move that nobody moved.

    What a reader does may move things at once; each answer comes after that. Chromium itself
    excuses what follows an input within 500 ms, which is no time to count on here.
    """

    def __init__(self, todos: TodoPage) -> None:
        self._todos = todos
        todos.page.add_init_script(LATE)
        todos.page.add_init_script(SHIFTS)

    def of(self, action: Callable[[], object], end: str = "body", *, by_hand: bool = True) -> float:
        """Layout shift of an action and of all that follows from it, as Chromium scores it.

        It is over when there is what `end` selects.
        """
        action()
        at_once = self._shifted()
        self._todos.eventually(lambda: self._goes_on(end), False)
        later = self._shifted()
        return later if by_hand else at_once + later

    def _goes_on(self, end: str) -> bool:
        under_way = self._todos.page.evaluate("() => { letGo(); return underWay > 0 }")
        return under_way or not self._todos.page.locator(end).count()

    def _shifted(self) -> float:
        """Since the last time, once nothing glides any more."""
        still(self._todos.page)
        found: float = self._todos.page.evaluate(SHIFTED)
        return found


@pytest.mark.parametrize("size", VIEWPORTS)
def test_nothing_shifts_in_any_action(new_context: Any, api: Api, size: str) -> None:
    context = new_context(viewport=VIEWPORTS[size], reduced_motion="no-preference")
    todos = TodoPage(context.new_page(), api.url)
    page, shifts = todos.page, Shifts(todos)
    title, done = EXAMPLES[2][0], EXAMPLES[0][0]
    add_examples(api)

    def told(text: str) -> str:
        return f"[data-status]:has-text({json.dumps(text, ensure_ascii=False)})"

    def add(title: str) -> None:
        todos.new_title.press_sequentially(title)
        todos.button("Add").click()

    def undo(title: str) -> None:
        todos.undo.click()
        expect(todos.tick(title)).to_have_count(1)

    def retry() -> None:
        todos.button("Retry").click()
        expect(page.locator(".failure")).to_have_count(0)

    def break_() -> None:
        page.evaluate("() => { globalThis.broken = true }")

    loaded = "body:has([data-list][aria-busy=false] li):has([data-key-list] > *)"
    story: dict[str, tuple[Callable[[], object], str]] = {
        "load": (lambda: page.goto(todos.url), loaded),
        "add": (lambda: add("New"), told("Added “New”.")),
        "unfold": (todos.fold.click, "[data-fold][open]"),
        "reopen": (lambda: todos.tick(title).click(), told(f"Reopened “{title}”.")),
        "edit": (lambda: todos.edit("New").get_by_label("Title").fill("Newer"), "form.edit"),
        "save": (lambda: todos.press("Enter"), told("Saved “Newer”.")),
        "edit again": (lambda: todos.edit("Newer"), "form.edit"),
        "leave": (lambda: todos.press("Escape"), "body:not(:has(form.edit))"),
        "delete": (lambda: todos.delete("Newer"), told("Deleted “Newer”.")),
        "undo": (lambda: undo("Newer"), told("Restored “Newer”.")),
        "filter": (lambda: todos.link("Completed").click(), told("Completed: 1 shown.")),
        "unfilter": (lambda: todos.link("All").click(), told("All: 6 shown.")),
        "clear": (lambda: todos.button("Clear completed").click(), told(f"Deleted “{done}”.")),
        "undo clearing": (lambda: undo(done), told(f"Restored “{done}”.")),
        "open the help": (lambda: todos.press("?"), "dialog[open]"),
        "close the help": (lambda: todos.press("Escape"), "body:not(:has(dialog[open]))"),
        "lose the network": (lambda: context.set_offline(True), "[data-offline]:not([hidden])"),
        "find it again": (lambda: context.set_offline(False), "[data-offline][hidden]"),
        "break": (break_, "body"),
        "fail to complete": (lambda: todos.tick("Newer").click(), ".failure"),
        "retry": (retry, ".failure"),
        "discard": (lambda: todos.button("Discard").click(), "body:not(:has(.failure))"),
        "fail to add": (lambda: add("Failing"), ".failure"),
        "fail to read": (lambda: todos.link("Active").click(), "[data-state].failed"),
    }
    by_itself = {"load", "lose the network", "find it again"}
    found = {name: shifts.of(*step, by_hand=name not in by_itself) for name, step in story.items()}
    assert {name: value for name, value in found.items() if value > MOST_SHIFT} == {}


def test_a_shift_would_be_seen(page: Page, api: Api) -> None:
    api.add("One")
    shifts = Shifts(TodoPage(page, api.url))
    shifts.of(lambda: page.goto(api.url), "[data-key-list] > *")
    heading = "Object.assign(document.createElement('h1'), { textContent: 'Moved' })"
    move = f"document.body.prepend({heading})"
    late = f"() => {{ fetch('page.json').then(() => {move}) }}"

    def moved(script: str, by_hand: bool) -> bool:
        return shifts.of(lambda: page.evaluate(script), by_hand=by_hand) > 0

    assert [moved(f"() => {move}", by_hand) for by_hand in (True, False)] == [False, True]
    assert moved(late, by_hand=True)


@dataclass(frozen=True)
class Work:
    """What a browser does for an action."""

    rows: int
    """Of which something changed, or that were moved."""
    repeated: list[str]
    """What was looked for in the whole document, and had been found before."""
    runs: dict[str, int]
    """How often each function of the page was called, or the busiest of its blocks ran."""
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
    page.add_init_script(LOOKED_FOR)
    devtools = context.new_cdp_session(page)
    devtools.send("Profiler.enable")
    devtools.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
    todos = TodoPage(page, api.url).open()
    show_all(todos, rows)
    page.evaluate(CHANGED_ROWS)
    browser = context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["devtools.timeline"])

    def counted(name: str) -> tuple[int, list[str], dict[str, int]]:
        """What was done since the last time; the trace goes on under a name."""
        page.evaluate(FRAME)
        page.wait_for_function("() => !waiting")
        page.evaluate(FRAME)
        page.evaluate("(name) => console.timeStamp(name)", name)
        changed: int = page.evaluate(
            "() => { const { size } = changedRows; changedRows.clear(); return size }"
        )
        scripts = devtools.send("Profiler.takePreciseCoverage")["result"]
        return changed, page.evaluate("() => repeated.splice(0)"), dict(_runs(scripts))

    counted("start")
    done = {}
    for name, action in actions(todos, rows).items():
        action(0)
        done[name] = counted(f"after {name}")
    traced = _traced(json.loads(browser.stop_tracing())["traceEvents"])
    page.close()  # another page's trace would have its work, too
    return {name: Work(*done[name], *traced[f"after {name}"]) for name in done}


def _runs(scripts: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for script in scripts:
        file = script["url"].rpartition("/")[2]
        if file.endswith(".js"):
            for function in script["functions"]:
                ranges = function["ranges"]
                name = f"{file} {function['functionName']} {ranges[0]['startOffset']}"
                yield name, max(each["count"] for each in ranges)


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


def busier(few: Work, many: Work) -> dict[str, int]:
    """How much more often a function ran, of those that did so as if for each row."""
    more = {name: count - few.runs.get(name, 0) for name, count in many.runs.items()}
    return {name: count for name, count in more.items() if count > MOST_CALLS_MORE}


def test_with_500_rows_an_input_makes_no_more_work_than_with_40(new_context: Any, api: Api) -> None:
    few, many = [work_of(new_context(reduced_motion="reduce"), api, rows) for rows in (40, ROWS)]

    def more(what: str, most: int = 0) -> dict[str, int]:
        found = {
            name: getattr(work, what) - getattr(few[name], what) for name, work in many.items()
        }
        return {name: count for name, count in found.items() if count > most}

    assert more("rows") == {}
    assert {name: work.repeated for name, work in many.items() if work.repeated} == {}
    assert {name: found for name in many if (found := busier(few[name], many[name]))} == {}
    assert more("laid_out", MOST_PARTS_MORE) == {}
    assert more("styled", MOST_PARTS_MORE) == {}
    assert few["add"].rows > 0
    assert {name: work for name, work in many.items() if work.layouts > MOST_LAYOUTS} == {}


def test_no_row_is_measured_once_another_moves(new_context: Any, api: Api) -> None:
    """That would lay out the whole list again, and once more for each row in view."""
    api.fill(8)
    page = new_context(reduced_motion="no-preference").new_page()
    page.add_init_script(MOTION)
    todos = TodoPage(page, api.url).open()
    steps = todos.tick("To-do 7").evaluate("at => { steps.length = 0; at.click(); return steps }")
    assert "moved" in steps
    assert "measured" not in steps[steps.index("moved") :]
