"""The browser: found on this machine, or installed where that can be done, or asked for."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright

VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_INSTALL_SECONDS = 480


class NoBrowser(Exception):
    """There is no Chromium, and none can be installed from here; the message says what to run."""


def launch(playwright: Playwright, *more: str) -> Browser:
    """A new browser, that the caller closes, with `more` options. Raises NoBrowser."""
    return playwright.chromium.launch(executable_path=executable(), args=[*_options(), *more])


def launch_persistent(playwright: Playwright, folder: Path) -> BrowserContext:
    """A browser that keeps its profile in a folder. Raises NoBrowser."""
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=executable(), args=_options(), locale="en-GB"
    )


def _options() -> list[str]:
    """Root has no sandbox to offer."""
    return [*OPTIONS, *(["--no-sandbox"] if _is_root() else [])]


def executable() -> str:
    """Where Chromium is. Installs it if this is root on a Debian. Raises NoBrowser."""
    with _alone():
        return find() or _install()


def find() -> str | None:
    """The browser that CHROMIUM names, else the first on the path."""
    named = os.environ.get(VARIABLE)
    if named and not shutil.which(named):
        raise NoBrowser(f"{VARIABLE}={named} is no program. Name another, or unset it.")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def _install() -> str:
    if _is_root() and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("apt-get", "update"), INSTALL):
            subprocess.run(
                command, env=environ, capture_output=True, check=False, timeout=_INSTALL_SECONDS
            )
    found = find()
    if found is None:
        raise NoBrowser(
            "The page is tested in Chromium, and there is none. Install it:"
            f" sudo {' '.join(INSTALL)}"
            f" (or name a Chrome that is there: {VARIABLE}=/path/to/chrome make test)."
        )
    return found


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: two of them cannot install."""
    with (Path(tempfile.gettempdir()) / f"todo-api-chromium.{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
