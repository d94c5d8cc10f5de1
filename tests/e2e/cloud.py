"""The commands as a user runs them, and the deployed API and page as a client sees them.

The engine speaks TLS and asks IAM about every call: about those of the commands, and about those of
the function, which it runs under the role of the template.
"""

import http.client
import json
import os
import platform
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3

from tests.contracts import ROOT

ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
"""The engine runs the function on this machine, so the zip has to fit it."""

COMMAND = str(Path(sys.prefix) / "bin" / "todo-api")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Cloud:
    """One engine, and how the commands and a client reach it."""

    endpoint: str
    certificate: Path | None = None
    """Of an engine that speaks TLS."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    """Whose they are that the commands have: those of the account's root, if it says nothing."""

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [COMMAND, *words], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def typing(self, *lines: str, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """A command with somebody at the terminal, who has typed all answers already."""
        keyboard, terminal = os.openpty()
        try:
            os.write(keyboard, "".join(f"{line}\n" for line in lines).encode())
            return subprocess.run(
                [COMMAND, *words], cwd=ROOT, env=self.env, stdin=terminal,
                capture_output=True, text=True, timeout=600, check=False,
            )  # fmt: skip
        finally:
            os.close(keyboard)
            os.close(terminal)

    @contextmanager
    def started(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """A command that runs; what it tells can be read from `stderr`."""
        with subprocess.Popen(
            [COMMAND, *words], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()

    def deploy(self, stage: str, contract: Path, *more: str) -> dict[str, Any]:
        """The result of a deployment that has to succeed."""
        done = self.run(*deploying(stage, contract), *more, "--json")
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def outputs(self, stage: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.run("outputs", "--stage", stage, "--json").stdout)
        return found

    def client(self, service: str) -> Any:
        """As the account's root, who may everything."""
        session: Any = boto3
        verify = str(self.certificate) if self.certificate else None
        return session.client(service, endpoint_url=self.endpoint, verify=verify)

    def ask(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request. A host below `localhost` is this machine, as browsers and curl have it."""
        if body is None:
            return self.send(method, url, None, headers or {})
        sent = {**(headers or {}), "Content-Type": "application/json"}
        return self.send(method, url, json.dumps(body), sent)

    def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        """As a page sends a form."""
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", url, urlencode(form), sent)

    def send(
        self, method: str, url: str, body: str | bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """The same with the body as it is."""
        parts = urlsplit(url)
        connection = self._connection(parts.port)
        target = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
        sent = {"Host": parts.netloc, **headers}
        try:
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def every(self, url: str) -> list[dict[str, Any]]:
        """The items of all pages of a list."""
        found: list[dict[str, Any]] = []
        first = f"{url}{'&' if '?' in url else '?'}limit=100"
        page = self.ask("GET", first).json
        while True:
            found += page["items"]
            if "next" not in page:
                return found
            page = self.ask("GET", f"{first}&cursor={page['next']}").json

    def keys(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Bucket and key of what the artifact bucket holds below a prefix."""
        s3 = self.client("s3")
        (bucket,) = (b["Name"] for b in s3.list_buckets()["Buckets"] if "artifacts" in b["Name"])
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            yield from ((bucket, each["Key"]) for each in page.get("Contents", ()))

    def _connection(self, port: int | None) -> http.client.HTTPConnection:
        if self.certificate is None:
            return http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        context = ssl.create_default_context(cafile=str(self.certificate))
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=context)

    @property
    def env(self) -> dict[str, str]:
        names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        trust = dict.fromkeys(names, str(self.certificate)) if self.certificate else {}
        return {**os.environ, "AWS_ENDPOINT_URL": self.endpoint, **trust, **self.credentials}


def deploying(stage: str, contract: Path) -> list[str]:
    words = ["deploy", "--stage", stage, "--contract", str(contract), "--yes"]
    return [*words, "--architecture", ARCHITECTURE]
