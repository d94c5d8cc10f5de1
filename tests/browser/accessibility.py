"""What axe-core finds in a page as it is, and what axe cannot see: targets, and what overflows."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

from tests.browser.states import SCHEMES, VIEWPORTS, paint

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that find otherwise in another colour scheme."""

SMALL_TARGETS = """
() => [...document.querySelectorAll("button, nav a, textarea, input[data-part], label:has(input)")]
  .filter((at) => at.checkVisibility())
  .map((at) => [at.outerHTML.slice(0, 80), at.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 44 || height < 44)
  .map(([what, { width, height }]) => `${what} ${width}x${height}`)
"""

OVERFLOW = """
() => {
  const right = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((at) => at.checkVisibility() && !at.closest(".unseen"))
    .filter((at) => {
      const box = at.getBoundingClientRect();
      return box.width && (box.right > right + 1 || box.left < -1);
    })
    .map((at) => at.outerHTML.slice(0, 80));
}
"""


def is_accessible(page: Page) -> None:
    """Asserts that nothing is found against a page in any size or colour scheme."""
    for size, viewport in VIEWPORTS.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme, rules in zip(SCHEMES, (None, OF_COLOURS), strict=True):
            paint(page, scheme)
            assert axe(page, rules) == [], (page.url, size, scheme)
        assert page.evaluate(SMALL_TARGETS) == [], (page.url, size)
        assert page.evaluate(OVERFLOW) == [], (page.url, size)


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core has against the page as it is, by all its rules or these."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {AXE} }}")
    result: Any = page.evaluate(
        "(rules) => axe.run({ runOnly: rules, resultTypes: ['violations'] })", rules or TAGS
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
