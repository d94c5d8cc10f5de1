"""Chromium, by Playwright."""

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser.drivers.hosts import PRINTER
from tests.browser.drivers.programs import Program, is_root

CHROMIUM = Program(
    title="Chromium",
    names=(
        *("chromium-headless-shell", "chromium", "chromium-browser"),
        *("google-chrome", "google-chrome-stable", "chrome"),
    ),
    packages=("chromium-headless-shell",),
    variable="CHROMIUM",
)
"""The shell goes first: with no windows of its own it takes far less CPU for a page."""
OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {PRINTER} 127.0.0.1",
)


def launch(playwright: Playwright) -> Browser:
    """A new browser, that the caller closes. Raises NoBrowser."""
    return playwright.chromium.launch(executable_path=CHROMIUM.path(), args=_options())


def launch_persistent(playwright: Playwright, folder: Path) -> BrowserContext:
    """A browser that keeps its profile in a folder. Raises NoBrowser."""
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM.path(), args=_options(), locale="en-GB"
    )


def empty(page: Page, origin: str) -> None:
    """What the browser keeps of an origin is gone."""
    page.goto("about:blank")
    everything = {"origin": origin, "storageTypes": "all"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", everything)


def _options() -> list[str]:
    """Root has no sandbox to offer."""
    return [*OPTIONS, *(["--no-sandbox"] if is_root() else [])]
