"""What a test expects of a page, and how long it waits for it, whoever drives the browser."""

import re
import time
from collections.abc import Callable
from typing import Any, cast

from playwright.sync_api import Expect
from playwright.sync_api import expect as playwright_expect

from tests.browser.drivers import aria
from tests.browser.drivers.locators import FIND, PATIENCE_SECONDS, Finder, Locator

_LOOK = f"""{FIND}
return find(arguments[0]).map((at) => {{
  const [what, name] = arguments[1];
  const box = at.getBoundingClientRect();
  return {{
    text: () => at.textContent,
    visible: () => Boolean(box.width && box.height && isSeen(at)),
    inside: () => box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    checked: () => at.checked,
    enabled: () => !at.disabled,
    focused: () => document.activeElement === at,
    value: () => at.value,
    attribute: () => at.getAttribute(name),
    css: () => getComputedStyle(at)[name],
    property: () => at[name],
    description: () => descriptionOf(at),
    there: () => true,
  }}[what]();
}});
"""

Wanted = str | re.Pattern[str]


class Expectation:
    """Of a locator: Playwright's assertions, as far as they are used."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator

    def to_have_text(self, wanted: Wanted | list[str]) -> None:
        if isinstance(wanted, list):
            self._all("text", wanted)
        else:
            self._one("text", lambda text: _fits(_plain(text), wanted))

    def to_contain_text(self, wanted: Wanted) -> None:
        found = wanted if isinstance(wanted, re.Pattern) else re.compile(re.escape(_plain(wanted)))
        self._one("text", lambda text: bool(found.search(_plain(text))))

    def to_be_visible(self, visible: bool = True) -> None:
        if visible:
            self._one("visible", bool)
        else:
            self.to_be_hidden()

    def to_be_hidden(self) -> None:
        self._wait("visible", lambda found: not any(found))

    def to_be_in_viewport(self) -> None:
        self._one("inside", bool)

    def to_be_checked(self) -> None:
        self._one("checked", bool)

    def not_to_be_checked(self) -> None:
        self._one("checked", lambda checked: not checked)

    def to_be_enabled(self) -> None:
        self._one("enabled", bool)

    def to_be_focused(self) -> None:
        self._one("focused", bool)

    def to_have_value(self, wanted: str) -> None:
        self._one("value", lambda value: value == wanted)

    def to_have_attribute(self, name: str, wanted: Wanted) -> None:
        self._one("attribute", lambda value: value is not None and _fits(value, wanted), name)

    def not_to_have_attribute(self, name: str, wanted: Wanted) -> None:
        self._one("attribute", lambda value: value is None or not _fits(value, wanted), name)

    def to_have_class(self, wanted: Wanted) -> None:
        self.to_have_attribute("class", wanted)

    def to_have_js_property(self, name: str, wanted: Any) -> None:
        self._one("property", lambda value: value == wanted, name)

    def to_have_css(self, name: str, wanted: str) -> None:
        self._one("css", lambda value: value == wanted, name)

    def to_have_accessible_description(self, wanted: Wanted) -> None:
        self._one("description", lambda value: _fits(value, wanted))

    def to_match_aria_snapshot(self, snapshot: str) -> None:
        wanted = aria.parts(snapshot)
        _wait(lambda: aria.told(self._locator), lambda found: aria.includes(found, wanted))

    def to_have_count(self, wanted: int) -> None:
        self._wait("there", lambda found: len(found) == wanted)

    def not_to_have_count(self, wanted: int) -> None:
        self._wait("there", lambda found: len(found) != wanted)

    def _all(self, what: str, wanted: list[str]) -> None:
        expected = [_plain(each) for each in wanted]
        self._wait(what, lambda found: [_plain(each) for each in found] == expected)

    def _one(self, what: str, fits: Callable[[Any], bool], name: str = "") -> None:
        self._wait(what, lambda found: len(found) == 1 and fits(found[0]), name)

    def _wait(self, what: str, fits: Callable[[list[Any]], bool], name: str = "") -> None:
        _wait(lambda: self._locator.tab.run(_LOOK, self._locator.steps, [what, name]), fits)


class PageExpectation:
    """Of a page."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def to_have_title(self, wanted: str) -> None:
        _wait(lambda: self._page.evaluate("document.title"), lambda title: title == wanted)

    def to_have_url(self, wanted: Wanted) -> None:
        _wait(lambda: self._page.url, lambda url: _fits(url, wanted))


def _wait(look: Callable[[], Any], fits: Callable[[Any], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fits(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def _plain(text: str) -> str:
    return re.sub(r"[\s\u200b]+", " ", text).strip()


def _fits(text: str, wanted: Wanted) -> bool:
    return bool(wanted.search(text)) if isinstance(wanted, re.Pattern) else text == _plain(wanted)


class _Expect:
    """Playwright's `expect` for what is Playwright's."""

    def __call__(self, actual: Any) -> Any:
        if isinstance(actual, Locator):
            return Expectation(actual)
        return PageExpectation(actual) if isinstance(actual, Finder) else playwright_expect(actual)

    def set_options(self, timeout: float) -> None:
        playwright_expect.set_options(timeout=timeout)


expect = cast(Expect, _Expect())
