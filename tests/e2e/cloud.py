"""The commands as a user runs them, and the deployed API and page as a client sees them."""

import http.client
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from tests.contracts import ROOT

ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
"""The engine runs the function on this machine, so the zip has to fit it."""

COMMAND = str(Path(sys.prefix) / "bin" / "todo-api")


@dataclass(frozen=True)
class Cloud:
    """One engine, and the words of the command line that reach it."""

    endpoint: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, input: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [COMMAND, *words], cwd=ROOT, env=self.env, input=input or "", capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip

    def deploy(self, stage: str, contract: Path, *more: str) -> dict[str, Any]:
        """The result of a deployment that has to succeed."""
        done = self.run(*deploying(stage, contract), *more, "--json")
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def client(self, service: str) -> Any:
        session: Any = boto3
        return session.client(service, endpoint_url=self.endpoint)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "AWS_ENDPOINT_URL": self.endpoint, **self.environment}


def deploying(stage: str, contract: Path) -> list[str]:
    words = ["deploy", "--stage", stage, "--contract", str(contract), "--yes"]
    return [*words, "--architecture", ARCHITECTURE]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request. A host below `localhost` is this machine, as browsers and curl have it."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
    sent = {"Host": parts.netloc, **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    try:
        connection.request(method, target, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def every(url: str) -> list[dict[str, Any]]:
    """The items of all pages of a list."""
    found: list[dict[str, Any]] = []
    more = "&" if "?" in url else "?"
    page = ask("GET", f"{url}{more}limit=100").json
    while True:
        found += page["items"]
        if "next" not in page:
            return found
        page = ask("GET", f"{url}{more}limit=100&cursor={page['next']}").json
