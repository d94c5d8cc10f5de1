"""Elements of a page as its reader names them, found anew whenever something is done to them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tests.browser.drivers.webdriver import ELEMENT, Refused, Session

FIND = Path(__file__).with_name("find.js").read_text("utf-8")
PATIENCE_SECONDS = 60

_USABLE = f"""{FIND}
const [at, ...more] = find(arguments[0]);
if (more.length) throw Error(`${{more.length + 1}} elements: ${{JSON.stringify(arguments[0])}}`);
if (!at || at.disabled || !at.getClientRects().length || !isSeen(at)) return null;
const moving = document.getAnimations().filter(({{ effect }}) => effect.target.contains(at));
await Promise.all(moving.map(({{ finished }}) => finished.catch(() => {{}})));
at.scrollIntoView({{ block: "nearest" }});
const box = at.getBoundingClientRect();
await new Promise(requestAnimationFrame);
const next = at.getBoundingClientRect();
return box.x === next.x && box.y === next.y ? at : null;
"""
_FILL = """
const [at, text] = arguments;
const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(at), "value");
at.focus();
set.call(at, text);
at.dispatchEvent(new Event("input", { bubbles: true }));
"""

_SELECT = """(at, value) => {
  at.value = [...at.options].find((each) => [each.value, each.label].includes(value)).value;
  for (const kind of ["input", "change"]) at.dispatchEvent(new Event(kind, { bubbles: true }));
}"""

Step = list[Any]


class Tab(Protocol):
    """What a locator needs of its page."""

    def session(self) -> Session: ...

    def run(self, script: str, *arguments: Any) -> Any: ...

    def press(self, keys: str) -> None: ...


class Finder:
    """What leads from one element, or a page, to others."""

    def __init__(self, tab: Tab, steps: list[Step]) -> None:
        self.tab = tab
        self.steps = steps

    def _to(self, *step: Any) -> "Locator":
        return Locator(self.tab, [*self.steps, [*step]])

    def locator(self, selector: str) -> "Locator":
        return self._to("css", selector)

    def get_by_role(
        self,
        role: str,
        *,
        name: str | None = None,
        exact: bool = False,
        checked: bool | None = None,
    ) -> "Locator":
        return self._to("role", role, name, exact, checked)

    def get_by_label(self, text: str, *, exact: bool = False) -> "Locator":
        return self._to("label", text, exact)

    def get_by_text(self, text: str, *, exact: bool = False) -> "Locator":
        return self._to("text", text, exact)


class Locator(Finder):
    """Playwright's, as far as it is used: an action waits until there is one element to take it."""

    def filter(self, *, has: "Locator") -> "Locator":
        return self._to("has", has.steps)

    def nth(self, index: int) -> "Locator":
        return self._to("nth", index)

    @property
    def first(self) -> "Locator":
        return self.nth(0)

    @property
    def last(self) -> "Locator":
        return self.nth(-1)

    def count(self) -> int:
        found: int = self.tab.run(f"{FIND} return find(arguments[0]).length", self.steps)
        return found

    def all(self) -> list["Locator"]:
        return [self.nth(index) for index in range(self.count())]

    # -- what is done to an element ----------------------------------------------------------------

    def click(self) -> None:
        self._use(lambda at: self.tab.session().post(f"/element/{at[ELEMENT]}/click"))

    def dblclick(self) -> None:
        self._point(*_PRESS, *_PRESS)

    def hover(self) -> None:
        self._point()

    def check(self) -> None:
        self._switch(True)

    def uncheck(self) -> None:
        self._switch(False)

    def focus(self) -> None:
        self.evaluate("(at) => at.focus()")

    def fill(self, text: str) -> None:
        self._use(lambda at: self.tab.run(_FILL, at, text))

    def press(self, keys: str) -> None:
        self.focus()
        self.tab.press(keys)

    def press_sequentially(self, text: str) -> None:
        self.focus()
        for letter in text:
            self.tab.press(letter)

    def select_option(self, value: str) -> None:
        self.evaluate(_SELECT, value)

    def scroll_into_view_if_needed(self) -> None:
        self._use(lambda at: at)

    def dispatch_event(self, kind: str, values: dict[str, Any] | None = None) -> None:
        made = f"new {'KeyboardEvent' if kind.startswith('key') else 'Event'}(kind, init)"
        init = {"bubbles": True, "cancelable": True, **(values or {})}
        self.evaluate(f"(at, [kind, init]) => at.dispatchEvent({made})", [kind, init])

    def evaluate(self, function: str, value: Any = None) -> Any:
        call = f"await ({function})(at, arguments[1])"
        script = f"{FIND} const [at] = find(arguments[0]); return at && [{call}]"
        found = self._until(lambda: self.tab.run(script, self.steps, value))
        return found[0]

    def evaluate_all(self, function: str) -> Any:
        script = f"{FIND} return ({function})(find(arguments[0]))"
        return self.tab.run(script, self.steps)

    def bounding_box(self) -> Any:
        return self.evaluate(
            "(at) => { const { x, y, width, height } = at.getBoundingClientRect();"
            " return { x, y, width, height } }"
        )

    def _switch(self, wanted: bool) -> None:
        if self.evaluate("(at) => at.checked") != wanted:
            self.click()
        assert self.evaluate("(at) => at.checked") == wanted

    def _point(self, *presses: dict[str, Any]) -> None:
        def point(at: Any) -> bool:
            move = {"type": "pointerMove", "origin": at, "x": 0, "y": 0, "duration": 0}
            self.tab.session().act("pointer", move, *presses)
            return True

        self._use(point)

    def _use(self, action: Callable[[Any], Any]) -> None:
        """Does something to the element once it can be done; what just moved is found anew."""

        def attempt() -> Any:
            try:
                at = self.tab.run(_USABLE, self.steps)
                return at and [action(at)]
            except Refused as problem:
                if problem.code in _PASSING:
                    return None
                raise

        self._until(attempt)

    def _until(self, attempt: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := attempt()):
            assert time.monotonic() < deadline, f"There is no such element: {self.steps}"
            time.sleep(0.02)
        return found


_PRESS = ({"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})
_PASSING = {
    "element click intercepted", "element not interactable", "no such element",
    "stale element reference",
}  # fmt: skip
