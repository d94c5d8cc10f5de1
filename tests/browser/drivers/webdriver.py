"""WebDriver (W3C) as far as it is needed: one session, and the commands that it takes."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What refers to an element (WebDriver, 12.2)."""

_SECONDS = 60
"""How long a browser may take for one command, however busy the machine is."""


class Hung(AssertionError):
    """The browser did not answer a command. It is killed, and takes no further ones."""


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
        self._hung = ""
        self.prompted: Callable[[], object] = lambda: self.post("/alert/dismiss")

    def begin(self, capabilities: Mapping[str, Any]) -> None:
        """Starts the browser. Raises Hung."""
        found = self.post("/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._path = f"/session/{found['sessionId']}"

    def end(self) -> None:
        with suppress(Refused, Hung):
            self.call("DELETE", "")
        self.kill()

    def kill(self) -> None:
        """Ends the driver, and whatever it has started, unless that is done."""
        self._connection.close()
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_SECONDS)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self.call("POST", path, body or {})

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One command, after a dialog if there is one; the answer is its value.

        Raises Refused and Hung.
        """
        while True:
            try:
                return self._call(method, path, body)
            except Refused as problem:
                if problem.code != "unexpected alert open":
                    raise
                self.prompted()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        content = None if body is None else json.dumps(body)
        value = json.loads(self._answer(method, self._path + path, content))["value"]
        if isinstance(value, dict) and "error" in value:
            raise Refused(value["error"], value["message"])
        return value

    def _answer(self, method: str, path: str, content: str | None) -> bytes:
        if self._hung:
            raise Hung(self._hung)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            self._connection.request(method, path, content, headers)
            return self._connection.getresponse().read()
        except (OSError, http.client.HTTPException) as problem:
            self._hung = f"The browser did not answer {method} {path}: {problem!r}"
            self.kill()
            raise Hung(self._hung) from problem

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script's `return`, once what it promises is there."""
        return self.post("/execute/sync", {"script": script, "args": arguments})

    def act(self, kind: str, *actions: Mapping[str, Any]) -> None:
        """Moves, presses and releases, by a pointer or a keyboard (WebDriver, 15)."""
        self.post("/actions", {"actions": [{"type": kind, "id": kind, "actions": actions}]})
