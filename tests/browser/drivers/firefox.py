"""Debian's Firefox, by Playwright over WebDriver BiDi, and by other ways what BiDi lacks."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser.drivers import bodies
from tests.browser.drivers.hosts import PRINTER
from tests.browser.drivers.programs import Program

FIREFOX = Program(title="Firefox", names=("firefox-esr",), packages=("firefox-esr",))
_BRIDGE = Path(__file__).with_name("firefox_bridge.py")

Preferences = dict[str, str | float | bool]

_PREFERENCES: dict[tuple[str, str], Preferences] = {
    ("color_scheme", "dark"): {"ui.systemUsesDarkTheme": 1},
    ("forced_colors", "active"): {
        "browser.display.document_color_use": 2,
        "ui.highlight": "#37006e",  # of Windows' light theme of high contrast
    },
    ("reduced_motion", "reduce"): {"ui.prefersReducedMotion": 1},
}
"""What a reader prefers, and how a Firefox is told so, all of it and before it starts."""


class Firefox:
    """A browser, and where a reader prefers something another that was started for that."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._usual = self._launch({})
        self._preferred: Preferences = {}
        self._other: Browser | None = None

    def new_context(self, **options: Any) -> BrowserContext:
        wanted: Preferences = {}
        for (name, value), preferences in _PREFERENCES.items():
            wanted |= preferences if options.get(name) == value else {}
        context = self._browser(wanted).new_context(**options)
        context.add_init_script(bodies.RECORD)
        return context

    def close(self) -> None:
        self._usual.close()
        if self._other:
            self._other.close()

    def _browser(self, wanted: Preferences) -> Browser:
        if not wanted:
            return self._usual
        if self._other is None or wanted != self._preferred:
            if self._other:
                self._other.close()
            self._preferred, self._other = wanted, self._launch(wanted)
        return self._other

    def _launch(self, preferences: Preferences) -> Browser:
        """Raises NoBrowser."""
        preferences = {"network.dns.localDomains": PRINTER, **preferences}
        return self._playwright.firefox.launch(firefox_user_prefs=preferences, **_how())


def launch_persistent(playwright: Playwright, folder: Path) -> BrowserContext:
    """A browser that keeps its profile in a folder. Raises NoBrowser."""
    context = playwright.firefox.launch_persistent_context(folder, locale="en-GB", **_how())
    context.add_init_script(bodies.RECORD)
    return context


def _how() -> dict[str, Any]:
    return {
        "channel": "moz-firefox",
        "executable_path": _BRIDGE,
        "env": {**os.environ, "FIREFOX": FIREFOX.path()},
    }
