"""The engines that tests run against: started on this machine, stopped at the end.

A test module or conftest imports the fixtures that it needs:

    from tests.engines import aws_environment, ministack  # noqa: F401

`strict_ministack` and `guarded_ministack` refuse what `tests/strict_ministack.py` tells; with
MINISTACK_STRICT=off in the environment they forgive it, as ministack does by itself.
"""

import json
import os
import random
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from service.stores import Filters
from service.stores.client import create_client
from service.stores.dynamodb import DynamoDBStore
from service.stores.sharded import ShardedStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PYTHON = Path(sys.prefix) / "ministack" / "bin" / "python"
_FORGIVING = ["-m", "ministack"]
_STRICT = ["-P", str(Path(__file__).with_name("strict_ministack.py"))]
_START_SECONDS = 180
_FOREIGN = ("AWS_", "REQUESTS_CA_BUNDLE")
_UNVERIFIED = ssl._create_unverified_context()  # noqa: S323 - its certificate is yet to be made


@pytest.fixture(scope="session")
def aws_environment() -> Iterator[None]:
    with aws_credentials():
        yield


@contextmanager
def aws_credentials() -> Iterator[None]:
    """Those that no AWS account knows, and nothing of the developer's own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def ministack(
    aws_environment: None,  # noqa: ARG001 - the process inherits it
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The endpoint of a ministack of this test process's own (one for each xdist worker)."""
    with running(tmp_path_factory.mktemp("ministack")) as endpoint:
        yield endpoint


class Strictness:
    """How strict the engines of `strict_ministack.py` are, which may change while they run."""

    USUAL: ClassVar[dict[str, float | bool]] = {
        "index_seconds": 1, "index_lag": 0, "index_fails": False, "slow_roles": 0,
        "verified": True,
    }  # fmt: skip

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set()

    def set(self, **more: float | bool) -> None:
        """The usual, but for what is said here."""
        written = self.file.with_suffix(".new")
        written.write_text(json.dumps({**self.USUAL, **more}))
        written.replace(self.file)  # so that an engine reads the one or the other


@pytest.fixture(scope="session")
def strictness(tmp_path_factory: pytest.TempPathFactory) -> Strictness:
    return Strictness(tmp_path_factory.mktemp("strictness") / "strictness.json")


@pytest.fixture(scope="session")
def strict_ministack(
    aws_environment: None,  # noqa: ARG001 - the process inherits it
    strictness: Strictness,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The endpoint of a ministack that refuses what AWS refuses."""
    with running(tmp_path_factory.mktemp("ministack"), "http", {}, strictness) as endpoint:
        yield endpoint


@pytest.fixture
def strict(strictness: Strictness) -> Iterator[Strictness]:
    """What a test may make stricter than usual; afterwards it is as before."""
    if _is_off():
        pytest.skip("MINISTACK_STRICT=off")
    yield strictness
    strictness.set()


@dataclass(frozen=True)
class Guarded:
    """A strict ministack that speaks TLS and asks IAM about every call, as AWS does."""

    endpoint: str
    certificate: Path


@pytest.fixture(scope="session")
def guarded_ministack(
    aws_environment: None,  # noqa: ARG001 - the process inherits it
    strictness: Strictness,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("ministack")
    certificate = folder / "ministack-tls" / "server.crt"
    # The functions that it runs inherit the bundle, and call it in turn.
    guards = {"AUTH": "true", "USE_SSL": "1", "AWS_CA_BUNDLE": str(certificate)}
    with running(folder, "https", guards, strictness) as endpoint:
        yield Guarded(endpoint, certificate)


@contextmanager
def running(
    folder: Path,
    scheme: str = "http",
    guards: Mapping[str, str] | None = None,
    strictness: Strictness | None = None,
) -> Iterator[str]:
    """The endpoint of an engine that keeps its files in that folder."""
    port = free_port()
    environment = {**_environment(folder, port), **(guards or {})}
    if strictness and not _is_off():
        environment["MINISTACK_STRICT"] = str(strictness.file)
        command = [str(_PYTHON), *_STRICT]
    else:
        command = [str(_PYTHON), *_FORGIVING]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_it_answers(process, f"{scheme}://127.0.0.1:{port}", folder / "log")
        yield f"{scheme}://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_off() -> bool:
    return os.environ.get("MINISTACK_STRICT") == "off"


@contextmanager
def patience() -> Iterator[None]:
    """Clients that are made and used meanwhile wait as long as a busy machine may take.

    They ask once where the service gives up after 1.5 seconds, and asks again; and if they have to
    ask again, they do so at once.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_CONNECT_SECONDS", "_READ_SECONDS", "_LAST_RETRY_SECONDS"):
            patch.setattr(f"service.stores.client.{name}", 600.0)
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
        yield


def patient_client(endpoint: str | None = None, region: str | None = None) -> "DynamoDBClient":
    """The service's own, but for its patience."""
    with patience():
        return create_client(endpoint, region)


def patient_store(
    client: "DynamoDBClient", table: str, filters: Filters, *shards: int, **more: Any
) -> DynamoDBStore:
    """The service's own for these numbers of shards, but for its patience with a second round."""
    if shards == (1,):
        return DynamoDBStore(client, table, filters, **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.stores.sharded._LAST_ROUND_SECONDS", 60.0)
        return ShardedStore(client, table, filters, shards=shards, **more)


def free_port() -> int:
    """One that stays free until a test uses it, or for good.

    It is none of those that the kernel gives away to whoever asks for any (32768 to 60999), so
    that no other test can have it meanwhile; each process looks for its own from another one on.
    """
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("There is no free port.")


_PORTS = iter(random.SystemRandom().sample(range(16_384, 32_768), 16_384))


def _environment(folder: Path, port: int) -> dict[str, str]:
    """The names are those of `ministack/app.py`; the two listeners open ports of their own."""
    return {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", endpoint: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(
                f"{endpoint}/_ministack/health", timeout=30, context=_UNVERIFIED
            ).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            _load_tables(endpoint)
            return
    raise RuntimeError(f"ministack does not answer:\n{log.read_text()[-2000:]}")


def _load_tables(endpoint: str) -> None:
    """The engine loads what it knows of tables with the first call, which takes it seconds.

    The service's client does not wait that long, so the first call is made here. An engine that
    asks IAM refuses it, having loaded what it takes.
    """
    first = urllib.request.Request(
        f"{endpoint}/", data=b"{}", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    )
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(first, timeout=_START_SECONDS, context=_UNVERIFIED).close()
