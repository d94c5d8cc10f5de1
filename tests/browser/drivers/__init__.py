"""The browsers that the tests drive, all by one interface: the part of Playwright's that they use.

    chromium   Playwright's own, over the DevTools protocol
    firefox    Playwright's own, over WebDriver BiDi, with Debian's firefox-esr
    webkit     the same words over WebDriver, with Debian's MiniBrowser and a proxy for its network

`limits` names what a driver cannot do, by the tests that ask for it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser.drivers import chromium, firefox, webkit

PROGRAMS = {
    "chromium": (chromium.CHROMIUM,),
    "firefox": (firefox.FIREFOX,),
    "webkit": (webkit.DRIVER, webkit.DISPLAY),
}
ENGINES = tuple(PROGRAMS)
EMPTY = {"chromium": chromium.empty, "webkit": webkit.empty}
"""Lets a page forget what it keeps of an origin; Firefox's driver cannot."""


@contextmanager
def running(engine: str, playwright: Playwright) -> Iterator[Browser]:
    """A browser of that engine. Raises NoBrowser."""
    if engine == "webkit":
        with webkit.running() as found:
            yield cast(Browser, found)
        return
    browser = chromium.launch(playwright) if engine == "chromium" else firefox.Firefox(playwright)
    yield cast(Browser, browser)
    browser.close()


def launch_persistent(engine: str, playwright: Playwright, folder: Path) -> BrowserContext:
    """A browser that keeps its profile in a folder. Raises NoBrowser."""
    if engine == "firefox":
        return firefox.launch_persistent(playwright, folder)
    return chromium.launch_persistent(playwright, folder)


def install(engines: Iterable[str]) -> None:
    """Installs what these need and is not here. Raises NoBrowser."""
    for program in [each for engine in engines for each in PROGRAMS[engine]]:
        if not program.find():
            print(f"Installing: {' '.join(program.command)}", flush=True)  # noqa: T201
        program.path()
