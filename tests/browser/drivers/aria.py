"""What the engine itself tells a screen reader, by role and name, held against a snapshot.

Playwright makes states and texts of the document alone, alike in every engine: Chromium's run
holds those.
"""

import re
from typing import Any

from tests.browser.drivers.locators import FIND, Locator
from tests.browser.drivers.webdriver import ELEMENT, Refused

Part = tuple[str, str | None]
"""A role, and a name where it matters."""

_LINE = re.compile(r"- '?(\w+)(?: \"([^\"]*)\")?")
_NO_ELEMENTS = {"text", "option"}
"""Texts, and what a closed select shows none of."""

_GONE = {"stale element reference", "unknown error"}
"""What is said of an element that another has taken the place of meanwhile."""

_ALL = f"""{FIND}
return find(arguments[0]).flatMap((root) => [root, ...root.querySelectorAll("*")]).filter(isSeen);
"""


def parts(snapshot: str) -> list[Part]:
    """The parts that a snapshot names, from above."""
    found = [_LINE.match(line.strip()) for line in snapshot.splitlines()]
    return [(line[1], line[2]) for line in found if line and line[1] not in _NO_ELEMENTS]


def told(locator: Locator) -> list[Part]:
    """The parts that the engine tells of, or none if they are being replaced at the moment."""
    session = locator.tab.session()

    def part(element: dict[str, Any]) -> Part:
        at = f"/element/{element[ELEMENT]}"
        return session.get(f"{at}/computedrole"), session.get(f"{at}/computedlabel")

    try:
        return [part(each) for each in locator.tab.run(_ALL, locator.steps)]
    except Refused as problem:
        if problem.code not in _GONE:
            raise
        return []


def includes(found: list[Part], wanted: list[Part]) -> bool:
    """Whether all that is wanted is there, in its order; there may be more, as in Playwright."""
    rest = iter(found)
    return all(any(_fits(each, part) for each in rest) for part in wanted)


def _fits(found: Part, wanted: Part) -> bool:
    """WebKit tells of a select as a button, whose name has what is chosen behind its label."""
    if wanted[0] == "combobox":
        return found[0] == "button" and str(found[1]).startswith(wanted[1] or "")
    return found[0] == wanted[0] and wanted[1] in (None, found[1])
