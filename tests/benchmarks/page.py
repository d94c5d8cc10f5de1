"""The page's times in a Chromium, each beside those of the least that a page could do instead.

A busy machine slows both, so what counts is how many times longer the page takes: the median of
some rounds, each held to itself.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import Api
from tests.browser.drivers import chromium
from tests.browser.inputs import ROWS, actions, show_all
from tests.browser.states import VIEWPORTS
from tests.browser.todo_page import TodoPage
from tests.servers import Server, serve

LISTED = 50

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
"""As Lighthouse has it: 150 ms, 1.6 Mbit/s down, 750 kbit/s up."""

SLOW_CPU = {"rate": 4}

MANY = 5_000
MANY_INPUTS = ("complete", "edit", "add", "delete")

SECTION = "The page"

MOST_OF_A_LIST, MOST_OF_AN_INPUT, MOST_AMONG_MANY = 4.0, 6.0, 12.0
"""Times the least. On a machine at rest that is about 1.2 s until the list, 100 ms until an input
is painted, and 200 ms among 5,000 rows."""


@dataclass
class Times:
    """Milliseconds of one thing, a pair a round: the page's, and the least's."""

    page: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(ours / least for ours, least in zip(self.page, self.least, strict=True))


WHEN_LISTED = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-rows] > li")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { globalThis.listed = performance.now() }));
}).observe(document, { childList: true, subtree: true });
"""
"""Notes when the first row is painted, in ms since the navigation began."""

LEAST_PAGE = """<!doctype html><title>Least</title><ul data-rows></ul><script type="module">
const { items } = await (await fetch("/todos?limit=50")).json();
for (const { title } of items) {
  const row = document.createElement("li");
  row.textContent = title;
  document.querySelector("ul").append(row);
}
</script>"""
"""One request, and a line for each to-do."""

WHEN_PAINTED = """
() => {
  globalThis.painted = [];
  globalThis.unpainted = 0;
  for (const type of ["pointerdown", "click", "keydown", "input", "change"]) {
    addEventListener(type, ({ timeStamp }) => {
      unpainted++;
      requestAnimationFrame(() => setTimeout(() => {
        unpainted--;
        painted.push(performance.now() - timeStamp);
      }));
    }, { capture: true });
  }
  const least = document.createElement("button");
  least.id = least.textContent = "least";
  least.style = "position: fixed; inset: 0 auto auto 0; z-index: 9";
  least.addEventListener("click", (event) => {
    event.stopPropagation();
    least.textContent += ".";
  });
  document.body.append(least);
}
"""
"""Notes how long each input waits for its paint, in ms; and a button that changes its own text."""


def measure_page(rounds: int) -> dict[str, Times]:
    with serve() as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        times = {
            "list": _list(browser, server, rounds),
            **_inputs(browser, server, rounds, ROWS),
            **{
                _among_many(name): each
                for name, each in _inputs(browser, server, rounds, MANY, MANY_INPUTS).items()
            },
        }
        browser.close()
    return times


def over_budget(times: Mapping[str, Times]) -> list[str]:
    """A sentence for each budget that is exceeded."""
    return [
        f"{name} of the page takes {each.ratio:.1f}x the least, at most {_most(name):.1f}x."
        for name, each in times.items()
        if each.ratio > _most(name)
    ]


def as_table(times: Mapping[str, Times]) -> Iterator[str]:
    yield "The page in Chromium, and the least that a page could do instead (median ms)"
    for name, each in times.items():
        yield (
            f"  {name:<24} {median(each.page):>6.0f} {median(each.least):>6.0f}"
            f"   {each.ratio:.1f}x (budget {_most(name):.1f}x)"
        )


def as_markdown(times: Mapping[str, Times]) -> Iterator[str]:
    """Lines of a table for docs/figures.md."""
    yield "| median ms | page | least | times the least |"
    yield "| --- | --- | --- | --- |"
    for name, each in times.items():
        ratio = f"{each.ratio:.1f} (at most {_most(name):.1f})"
        yield f"| {name} | {median(each.page):.0f} | {median(each.least):.0f} | {ratio} |"


def as_json(times: Mapping[str, Times]) -> list[dict[str, Any]]:
    return [
        {
            "case": name,
            "milliseconds": {"page": median(each.page), "least": median(each.least)},
            "ratio": each.ratio,
            "budget": _most(name),
        }
        for name, each in times.items()
    ]


def _most(name: str) -> float:
    if name in map(_among_many, MANY_INPUTS):
        return MOST_AMONG_MANY
    return MOST_OF_A_LIST if name == "list" else MOST_OF_AN_INPUT


def _among_many(name: str) -> str:
    return f"{name}, {MANY:,} rows"


def _list(browser: Browser, server: Server, rounds: int) -> Times:
    """From navigation to the first painted row, on slow 4G with a quarter of this CPU."""
    Api(server).fill(LISTED)
    times = Times()
    with _page(browser) as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW_4G)
        devtools.send("Emulation.setCPUThrottlingRate", SLOW_CPU)
        page.add_init_script(WHEN_LISTED)
        least = f"{server.url}/least"
        page.route(least, lambda route: route.fulfill(body=LEAST_PAGE, content_type="text/html"))

        def ms(url: str) -> float:
            devtools.send("Network.clearBrowserCache")
            page.goto(url)
            found: float = page.wait_for_function("() => globalThis.listed").json_value()
            return found

        for _ in range(rounds):
            times.least.append(ms(least))
            times.page.append(ms(server.url))
    return times


def _inputs(
    browser: Browser, server: Server, rounds: int, rows: int, names: Collection[str] = ()
) -> dict[str, Times]:
    """From each input to the frame that shows it; of all the actions, or of those named."""
    api = Api(server)
    api.clear()
    api.fill(rows)
    with _page(browser) as page:
        todos = TodoPage(page, server.url).open()
        show_all(todos, rows)
        page.evaluate(WHEN_PAINTED)
        done = {
            name: action
            for name, action in actions(todos, rows).items()
            if name in names or not names
        }
        times = {name: Times() for name in done}

        def ms(action: Callable[[], object]) -> float:
            page.evaluate("() => { painted.length = 0 }")
            action()
            page.wait_for_timeout(300)
            page.wait_for_function("() => !unpainted")
            found: float = page.evaluate("() => Math.max(...painted)")
            return found

        for number in range(rounds):
            for name, action in done.items():
                times[name].least.append(ms(page.locator("#least").click))
                times[name].page.append(ms(partial(action, number)))
    return times


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="en-GB", viewport=VIEWPORTS["phone"]) as context:  # type: ignore[arg-type]
        yield context.new_page()
