"""WebDriver (W3C) as far as it is needed: one session, and the commands that it takes."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What refers to an element (WebDriver, 12.2)."""

_SECONDS = 60


class Refused(Exception):
    """The browser does not do what a command says, for now or at all; `code` is WebDriver's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Session:
    """A browser that a driver has started, and everything that is said to it.

    The driver leads a process group of its own.
    """

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        self._path = ""

    def begin(self, capabilities: Mapping[str, Any]) -> None:
        """Starts the browser. Raises TimeoutError if it hangs."""
        found = self.post("/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._path = f"/session/{found['sessionId']}"

    def end(self) -> None:
        self.call("DELETE", "")
        self.kill()

    def kill(self) -> None:
        """Ends the driver, and whatever it has started."""
        self._connection.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_SECONDS)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.call("POST", path, body or {})

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One command; the answer is its value. Raises Refused."""
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        self._connection.request(method, self._path + path, content, headers)
        value = json.loads(self._connection.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise Refused(value["error"], value["message"])
        return value

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script's `return`, once what it promises is there."""
        return self.post("/execute/sync", {"script": script, "args": arguments})

    def act(self, kind: str, *actions: Mapping[str, Any]) -> None:
        """Moves, presses and releases, by a pointer or a keyboard (WebDriver, 15)."""
        self.post("/actions", {"actions": [{"type": kind, "id": kind, "actions": actions}]})
