"""Local servers for tests: real processes of `todo-api serve`, each on a free port."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.contracts import TODOS

COMMAND = Path(sys.executable).parent / "todo-api"

_START_SECONDS = 180
_READY = re.compile(r"served at http://([\d.]+):(\d+)\n(?:.*\n)*?Stop it")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server. `output` and `errors` are what it has printed so far."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    host: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def output(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def errors(self) -> str:
        return (self.folder / "stderr").read_text()

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; `body` is sent as JSON, bytes as they are."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=300)
        try:
            return send(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(300)

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            found = _READY.search(self.output)
            if found:
                self.host, self.port = found[1], int(found[2])
                return
            time.sleep(0.02)
        raise RuntimeError(f"The server does not serve:\n{self.output}{self.errors}")


def send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection that stays open."""
    fields = {} if body is None else {"Content-Type": "application/json"}
    content = body if body is None or isinstance(body, bytes) else json.dumps(body)
    connection.request(method, path, content, {**fields, **(headers or {})})
    answer = connection.getresponse()
    names = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, names, answer.read())


@contextmanager
def serve(
    contract: Path = TODOS,
    store: str | None = None,
    *,
    port: int = 0,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Sequence[str] = ("--rate", "0"),
) -> Iterator[Server]:
    """A server that is up; it runs in a folder of its own, or in `cwd`, and ends with the block."""
    arguments: list[str | Path] = [COMMAND, "serve", "--contract", contract, "--port", str(port)]
    arguments += options
    if store is not None:
        arguments += ["--store", store]
    with TemporaryDirectory(prefix="serve-") as name:
        folder = Path(name)
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                arguments,
                cwd=cwd or folder,
                env={**os.environ, **(environ or {})},
                stdout=out,
                stderr=err,
            )
        try:
            server = Server(process, folder)
            server.wait_until_it_serves()
            yield server
        finally:
            process.kill()
            process.wait()


def run(
    *arguments: str | Path, cwd: Path, environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """`todo-api` with these arguments, run to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
