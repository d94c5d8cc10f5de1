"""One zip for this machine, made once; and it running, in a Python that sees nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import boto3
import pytest

from infra.package import Package, default_runtime, package
from infra.package.runtimes import interpreter
from service.stores.layout import table_definition
from tests.benchmarks.packaged import MAKING, this_architecture
from tests.client import Client
from tests.contracts import ROOT, TODOS, load
from tests.engines import aws_environment, ministack  # noqa: F401

TABLE = "TodoItems"

RunZip = Callable[[Mapping[str, str]], Client]
RunTask = Callable[[Path, Mapping[str, str]], Client]

_DRIVER = """
import json, os, sys
answers, sys.stdout = sys.stdout, sys.stderr
sys.path.insert(0, ".")
if os.environ["STORE"].startswith("dynamodb:"):
    from service.stores import client
    client._CONNECT_SECONDS = client._READ_SECONDS = 600
from service.lambda_function import handler
for event in sys.stdin:
    print(json.dumps(handler(json.loads(event), None)), file=answers, flush=True)
"""
"""What Lambda's runtime does: events in, answers out, the log apart. The engine may take its time,
as it shares a machine with other tests."""


LAMBDA = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
}
"""AWS: Using Lambda environment variables (those that Lambda sets, and the client reads)."""


@pytest.fixture(scope="session")
def made() -> Package:
    """The zip of the to-do contract for this machine."""
    return package(load(TODOS), default_runtime(), this_architecture(), MAKING)


@pytest.fixture(scope="session")
def contents(made: Package) -> dict[str, bytes]:
    """What is in the zip, by name."""
    with ZipFile(made.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def task(made: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, unpacked as Lambda does it."""
    folder = tmp_path_factory.mktemp("task")
    with ZipFile(made.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def table(ministack: str) -> str:  # noqa: F811
    """The endpoint of a ministack that has the table."""
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as client:
        client.create_table(**table_definition(TABLE, load(TODOS).filters))
    return ministack


@pytest.fixture
def run_zip(task: Path) -> Iterator[RunZip]:
    """A client of the zip's handler: it runs bare, with an environment like Lambda's."""
    with ExitStack() as stack:
        yield lambda environ: run(stack, [python(), "-I", "-S", "-B"], task, environ)


@pytest.fixture
def run_task() -> Iterator[RunTask]:
    """A client of the handler of a zip that was unpacked into some folder."""
    with ExitStack() as stack:
        yield lambda task, environ: run(stack, [python(), "-I", "-S", "-B"], task, environ)


@pytest.fixture
def run_unpacked() -> Iterator[RunZip]:
    """A client of the handler as it stands in this repository, with every library whole."""
    with ExitStack() as stack:
        contract = {"CONTRACT": str(TODOS)}
        yield lambda environ: run(
            stack, [sys.executable, "-W", "ignore"], ROOT, {**contract, **environ}
        )


def run(
    stack: ExitStack, interpreter: list[Path | str], folder: Path, environ: Mapping[str, str]
) -> Client:
    process = stack.enter_context(
        subprocess.Popen(
            [*interpreter, "-c", _DRIVER],
            cwd=folder,
            env={**LAMBDA, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    stack.callback(process.kill)
    return Client(lambda event, _: _ask(process, event))


def python() -> Path:
    """The interpreter itself: a venv's would know the way to the venv's libraries."""
    return Path(os.path.realpath(interpreter(default_runtime())))


def _ask(process: "subprocess.Popen[str]", event: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    print(json.dumps(event), file=process.stdin, flush=True)
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer
