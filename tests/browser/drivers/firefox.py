"""Debian's Firefox, by Playwright over WebDriver BiDi."""

import os
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests.browser.drivers.programs import Program

FIREFOX = Program(title="Firefox", names=("firefox-esr",), packages=("firefox-esr",))
_BRIDGE = Path(__file__).with_name("firefox_bridge.py")


def launch(playwright: Playwright) -> Browser:
    """A new browser, that the caller closes. Raises NoBrowser."""
    return playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=_BRIDGE,
        env={**os.environ, "FIREFOX": FIREFOX.path()},
    )
