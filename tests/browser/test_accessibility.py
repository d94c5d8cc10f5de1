"""axe-core on every state, and what it cannot see: targets, controls' contrast, reflow, RTL."""

from typing import Any

import pytest

from tests.browser.accessibility import (
    OF_COLOURS,
    OVERFLOW,
    SMALL_TARGETS,
    axe,
    is_accessible,
)
from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.states import EXAMPLES, SCHEMES, STATES, VIEWPORTS, examples, paint, still
from tests.browser.todo_page import TodoPage

CONTRAST = """
(pairs) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backdrop = (at) => {
    for (; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (!/rgba\\(.*, 0\\)/.test(backgroundColor)) return backgroundColor;
    }
  };
  const style = (selector, property) => {
    const [element, pseudo] = selector.split("::");
    return getComputedStyle(document.querySelector(element), pseudo && `::${pseudo}`)[property];
  };
  return pairs.map(([selector, property, behind]) => {
    const ground = behind.includes("::") ? style(behind, "backgroundColor")
      : backdrop(document.querySelector(selector.split("::")[0]).closest(behind));
    const [one, other] = [style(selector, property), ground].map(luminance).sort().reverse();
    return [selector, property, (one + 0.05) / (other + 0.05)];
  });
}
"""

PLACES = """
(direction) => {
  document.dir = direction;
  const { clientWidth } = document.documentElement;
  const found = {};
  const names = ["h1", "button", "nav a", "input", "textarea", "select", "[data-reading]", "dt"];
  for (const name of names) {
    for (const at of document.querySelectorAll(name)) {
      if (!at.checkVisibility()) continue;
      const { left, right, top } = at.getBoundingClientRect();
      const start = direction === "ltr" ? left : clientWidth - right;
      (found[name] ??= []).push([start, top].map(Math.round));
    }
  }
  document.dir = "ltr";
  return found;
}
"""
"""How far the parts of the page are from where a line begins, and from above."""

EDGE = """
(selector) => {
  const [element, pseudo] = selector.split("::");
  const style = getComputedStyle(document.querySelector(element), pseudo && `::${pseudo}`);
  return `${style.borderBottomWidth} ${style.borderBottomStyle}`;
}
"""

CHECK = "at => getComputedStyle(at, '::after').content"


@pytest.mark.parametrize("state", STATES)
def test_a_state_has_nothing_that_axe_finds(todos: TodoPage, api: Api, state: str) -> None:
    STATES[state](todos, api)
    is_accessible(todos.page)


def test_axe_would_find_something(todos: TodoPage) -> None:
    todos.open().page.evaluate(
        "() => { const at = document.createElement('button'); document.body.append(at) }"
    )
    assert any(each.startswith("button-name") for each in axe(todos.page))


def test_axe_would_find_a_colour_that_cannot_be_told(todos: TodoPage) -> None:
    todos.open().page.evaluate(
        "() => { const at = document.createElement('p'); document.querySelector('main').append(at);"
        " at.textContent = 'Pale'; at.style.cssText = 'color: #777; background: #888' }"
    )
    assert any(each.startswith("color-contrast") for each in axe(todos.page, OF_COLOURS))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_controls_stand_out_from_what_is_around_them(
    todos: TodoPage, api: Api, scheme: str
) -> None:
    examples(todos, api)
    todos.new_title.focus()
    paint(todos.page, scheme)
    done = "[data-done] .tick"
    pairs = [
        [".card [name=description]", "borderTopColor", ".card"],
        [".card [name=title]", "outlineColor", ".card"],
        [".card .strong", "backgroundColor", ".card"],
        ["li:not([data-done]) .tick::before", "borderTopColor", "ul"],
        [f"{done}::before", "backgroundColor", "ul"],
        [f"{done}::after", "borderRightColor", f"{done}::before"],
        ["[data-part=edit]", "color", "ul"],
        ["[data-part=delete]", "color", "ul"],
        ["[data-open-help]", "color", "body"],
    ]
    for selector, name, ratio in todos.page.evaluate(CONTRAST, pairs):
        assert ratio >= 3, (selector, name, ratio)


@pytest.mark.parametrize("state", ["list", "conflict", "editing", "undo", "help"])
def test_at_320_px_nothing_scrolls_sideways(todos: TodoPage, api: Api, state: str) -> None:
    todos.page.set_viewport_size({"width": 320, "height": 640})
    STATES[state](todos, api)
    still(todos.page)
    assert todos.page.evaluate(OVERFLOW) == []
    assert todos.page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_text_of_twice_the_size_fits(todos: TodoPage, api: Api, width: int) -> None:
    page = todos.page
    page.set_viewport_size({"width": width, "height": 800})
    examples(todos, api)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    todos.edit("Find a birthday present for Grace")
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate(
        "() => [...document.querySelectorAll('button, [data-title], nav a')]"
        ".filter((at) => at.scrollWidth > at.clientWidth + 1 && at.checkVisibility())"
        ".map((at) => at.outerHTML)"
    ) == []  # fmt: skip


@pytest.mark.parametrize("state", ["list", "editing", "conflict", "undo", "help"])
def test_from_right_to_left_everything_is_mirrored(todos: TodoPage, api: Api, state: str) -> None:
    """What is so many pixels from the left is as many from the right, in a desktop and a phone."""
    STATES[state](todos, api)
    for viewport in VIEWPORTS.values():
        todos.page.set_viewport_size(viewport)  # type: ignore[arg-type]
        still(todos.page)
        left, right = [todos.page.evaluate(PLACES, direction) for direction in ("ltr", "rtl")]
        assert {"h1", "button", "input", "[data-reading]"} <= left.keys()
        for name, places in left.items():
            assert right[name] == [pytest.approx(place, abs=1) for place in places], name
        assert todos.page.evaluate(OVERFLOW) == []


def test_a_text_has_the_direction_of_its_language(todos: TodoPage, api: Api) -> None:
    api.add("לקנות חלב")
    todos.open()
    title = todos.page.locator("[data-rows] [data-title]")
    assert title.evaluate("at => getComputedStyle(at).direction") == "rtl"


@pytest.mark.parametrize("less", [True, False])
def test_rows_glide_except_for_whoever_wants_less_motion(
    new_context: Any, api: Api, less: bool
) -> None:
    context = new_context(reduced_motion="reduce" if less else "no-preference")
    todos = TodoPage(context.new_page(), api.url)
    examples(todos, api)
    still(todos.page)
    glides = todos.button("Delete “Book a table for Friday”").evaluate(
        "at => { at.click(); return document.getAnimations()"
        ".filter((each) => each.effect.target.matches('li, details, .foot')).length }"
    )
    assert glides == (0 if less else 3)
    expect(todos.page.locator("[data-clock]")).to_be_visible(visible=not less)


def test_with_forced_colours_everything_keeps_an_edge(new_context: Any, api: Api) -> None:
    todos = TodoPage(new_context(forced_colors="active").new_page(), api.url)
    examples(todos, api)
    todos.fold.click()
    todos.delete(EXAMPLES[3][0])
    todos.new_title.focus()
    edges = {
        ".card": "body",
        "[data-rows]": "body",
        "[data-undo]": "body",
        ".card .strong": ".card",
        ".card [name=title]": ".card",
        "[data-find]": "body",
        "nav [aria-current]": "body",
        "li:not([data-done]) .tick::before": "ul",
        "[data-done] .tick::before": "ul",
        "[data-done] .tick::after": "ul",
    }
    pairs = [[selector, "borderBottomColor", behind] for selector, behind in edges.items()]
    others = [
        [".card [name=title]", "outlineColor", ".card"],
        ["[data-part=edit] svg", "stroke", "ul"],
        ["[data-part=delete] svg", "stroke", "ul"],
    ]
    for selector, name, ratio in todos.page.evaluate(CONTRAST, [*pairs, *others]):
        assert ratio >= 3, (selector, name, ratio)
    assert [each for each in edges if todos.page.evaluate(EDGE, each) == "0px none"] == []
    todos.press("Shift+Tab", "?")
    dialog = todos.page.get_by_role("dialog")
    assert dialog.evaluate("at => getComputedStyle(at).borderTopStyle") == "solid"


def test_with_forced_colours_what_is_chosen_can_be_told(new_context: Any, api: Api) -> None:
    todos = TodoPage(new_context(forced_colors="active").new_page(), api.url)
    examples(todos, api)
    current, other = todos.link("All"), todos.link("Active")
    color = "at => getComputedStyle(at).borderTopColor"
    assert current.evaluate(color) != other.evaluate(color)
    done = todos.page.locator("[data-done] .tick").first
    open_ = todos.page.locator("li:not([data-done]) .tick").first
    assert done.evaluate(CHECK) == '""'
    assert open_.evaluate(CHECK) == "none"


def test_what_has_the_focus_is_never_behind_the_undo_bar(todos: TodoPage, api: Api) -> None:
    api.fill(30)
    todos.open().delete("To-do 29")
    todos.undo_bar.hover()  # so that it stays
    for number in range(28, 15, -1):
        todos.tick(f"To-do {number}").focus()
        box, bar = todos.tick(f"To-do {number}").bounding_box(), todos.undo_bar.bounding_box()
        assert box is not None
        assert bar is not None
        assert box["y"] + box["height"] <= bar["y"]
