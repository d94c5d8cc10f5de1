"""The time of a browser, which a test may move: Playwright's clock, as far as it is used."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.drivers.network import Response

PATH = "/test-clock.js"
_SCRIPT = Path(__file__).with_name("clock.js").read_text("utf-8")
_TAG = f'<head><script src="{PATH}"></script>'.encode()


class Clock:
    """One for all pages of a browser; `run` runs a script in each that is open."""

    def __init__(self, run: Callable[[str], object]) -> None:
        self._run = run
        self._offset = 0.0
        self._fixed: float | None = None
        self._paused: float | None = None
        self.installed = False

    def install(self, time: datetime | None = None) -> None:
        if time is not None:
            self._offset = (time - datetime.now(UTC)).total_seconds() * 1000
        if not self.installed:
            self._run(self.script)
        self.installed = True

    def set_fixed_time(self, time: datetime | str) -> None:
        at = datetime.fromisoformat(time) if isinstance(time, str) else time
        self._fixed = at.timestamp() * 1000
        self.install()
        self._run(f"testClock.fixed = {self._fixed}")

    def pause_at(self, time: datetime) -> None:
        self._paused = time.timestamp() * 1000 - self._offset
        self.install()
        self._run(f"testClock.paused = {self._paused}")

    def fast_forward(self, ticks: int | str) -> None:
        self._move("forward", ticks)

    def run_for(self, ticks: int | str) -> None:
        self._move("run", ticks)

    def _move(self, how: str, ticks: int | str) -> None:
        ms = _ms(ticks)
        self._offset += ms
        self._run(f"return testClock.{how}({ms})")

    @property
    def script(self) -> str:
        state = {"offset": self._offset, "fixed": self._fixed, "paused": self._paused}
        return _SCRIPT.replace("STATE", json.dumps(state))

    def bend(self, response: Response) -> Response:
        """A document loads the clock before anything else."""
        if not self.installed:
            return response
        if response.url.endswith(PATH):
            headers = [("content-type", "text/javascript")]
            return Response(response.request, 200, headers, self.script.encode())
        kind: Any = dict(response.headers).get("content-type", "")
        if not kind.startswith("text/html"):
            return response
        content = response.content.replace(b"<head>", _TAG, 1)
        headers = [each for each in response.headers if each[0].lower() != "etag"]
        return Response(response.request, response.status, headers, content)


def _ms(ticks: int | str) -> int:
    """Milliseconds, which may be written as `mm:ss`."""
    if isinstance(ticks, int):
        return ticks
    minutes, seconds = ticks.split(":")
    return (int(minutes) * 60 + int(seconds)) * 1000
