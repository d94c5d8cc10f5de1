"""The browsers that the tests drive, all by one interface: the part of Playwright's that they use.

    chromium   Playwright's own, over the DevTools protocol
    firefox    Playwright's own, over WebDriver BiDi, with Debian's firefox-esr
    webkit     the same words over WebDriver, with Debian's MiniBrowser and a proxy for its network

`limits` names what a driver cannot do, by the tests that ask for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from playwright.sync_api import Browser, Playwright

from tests.browser.drivers import chromium, firefox, webkit

ENGINES = ("chromium", "firefox", "webkit")


@contextmanager
def running(engine: str, playwright: Playwright) -> Iterator[Browser]:
    """A browser of that engine. Raises NoBrowser."""
    if engine == "webkit":
        with webkit.running() as found:
            yield cast(Browser, found)
        return
    browser = {"chromium": chromium, "firefox": firefox}[engine].launch(playwright)
    yield browser
    browser.close()
