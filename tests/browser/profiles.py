"""A browser with a profile on the disk, that a test may kill whole."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Playwright

from tests.browser import drivers

_GONE_SECONDS = 60


class Profile:
    """What a browser keeps on this disk, and the processes that use it at the moment."""

    def __init__(self, engine: str, playwright: Playwright, folder: Path) -> None:
        self._engine = engine
        self._playwright = playwright
        self._folder = folder
        self._context: BrowserContext | None = None

    def start(self) -> BrowserContext:
        self._context = drivers.launch_persistent(self._engine, self._playwright, self._folder)
        self._context.set_default_timeout(60_000)
        return self._context

    def end(self) -> None:
        """As a reader would, who closes the last window."""
        assert self._context is not None
        self._context.close()
        self._context = None

    def kill(self) -> None:
        """SIGKILL to every process of the browser at once, as if the battery were taken out."""
        processes = self._processes()
        assert processes
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + _GONE_SECONDS
        while self._processes() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._context is not None:
            with suppress(Error):
                self._context.close()
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self._folder / name).unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        """The browser, and all that descends from it."""
        parents = {
            int(each.name): _parent(each) for each in Path("/proc").iterdir() if each.name.isdigit()
        }
        found = [each for each in parents if self._is_browser(each)]
        for each in found:
            found += [child for child, parent in parents.items() if parent == each]
        return found

    def _is_browser(self, process: int) -> bool:
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        named = (f"--user-data-dir={self._folder}", str(self._folder))
        return any(each.encode() in words for each in named)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


@contextmanager
def profile(engine: str, playwright: Playwright, folder: Path) -> Iterator[Profile]:
    found = Profile(engine, playwright, folder)
    try:
        yield found
    finally:
        with suppress(AssertionError):
            found.kill()
