"""The time of a browser, which a test may move: Playwright's clock, as far as it is used."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.browser.drivers.scripts import Scripts

_SCRIPT = Path(__file__).with_name("clock.js").read_text("utf-8")


class Clock:
    """One for all pages of a browser; `run` runs a script in each that is open.

    A window that is still empty has none: the first document of it brings it.
    """

    def __init__(self, run: Callable[[str], object], scripts: Scripts) -> None:
        self._run = run
        self._scripts = scripts
        self.reset()

    def reset(self) -> None:
        """The documents that come are on time, if their scripts are forgotten, too."""
        self._offset = 0.0
        self._fixed: float | None = None
        self._paused: float | None = None
        self._installed = False

    def install(self, time: datetime | None = None) -> None:
        if time is not None:
            self._offset = (time - datetime.now(UTC)).total_seconds() * 1000
        if not self._installed:
            self._run(self._script())
            self._scripts.add(self._script)
        self._installed = True

    def set_fixed_time(self, time: datetime | str) -> None:
        at = datetime.fromisoformat(time) if isinstance(time, str) else time
        self._fixed = at.timestamp() * 1000
        self.install()
        self._run(f"if (globalThis.testClock) testClock.fixed = {self._fixed}")

    def pause_at(self, time: datetime) -> None:
        self._paused = time.timestamp() * 1000 - self._offset
        self.install()
        self._run(f"if (globalThis.testClock) testClock.paused = {self._paused}")

    def fast_forward(self, ticks: int | str) -> None:
        self._move("forward", ticks)

    def run_for(self, ticks: int | str) -> None:
        self._move("run", ticks)

    def _move(self, how: str, ticks: int | str) -> None:
        ms = _ms(ticks)
        self._offset += ms
        self._run(f"return globalThis.testClock?.{how}({ms})")

    def _script(self) -> str:
        state = {"offset": self._offset, "fixed": self._fixed, "paused": self._paused}
        return _SCRIPT.replace("STATE", json.dumps(state))


def _ms(ticks: int | str) -> int:
    """Milliseconds, which may be written as `mm:ss`."""
    if isinstance(ticks, int):
        return ticks
    minutes, seconds = ticks.split(":")
    return (int(minutes) * 60 + int(seconds)) * 1000
