"""What functions ask for is in the zip, whole, and no stand-in takes its place."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from zipfile import ZipFile

import pytest

from infra.package import More, Package, default_runtime, package
from infra.package.libraries import LOCK
from tests.benchmarks.packaged import MAKING, this_architecture
from tests.client import Client
from tests.contracts import TODOS, load
from tests.package.conftest import LAMBDA, python, run
from tests.stores.wire import serving

HTTPX = ("anyio", "certifi", "h11", "httpcore", "httpx", "idna", "typing-extensions")

CALLS = """
import sys
sys.path.insert(0, ".")
import service.lambda_function
import botocore.session, httpx
print(httpx.get(sys.argv[1], trust_env=False).text)
s3 = botocore.session.get_session().create_client("s3", endpoint_url=sys.argv[2])
place = {"LocationConstraint": "eu-central-1"}
s3.create_bucket(Bucket="a-bucket", CreateBucketConfiguration=place)
print([each["Name"] for each in s3.list_buckets()["Buckets"]])
"""


def packaged(name: str, more: More) -> Package:
    """In a folder of its own: one keeps the libraries of its last zip alone."""
    return package(load(TODOS), default_runtime(), this_architecture(), MAKING / name, more)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip whose functions use httpx, unpacked."""
    folder = tmp_path_factory.mktemp("more")
    listed = folder / "openapi.txt"
    entries = re.findall(r"^[a-z][^\n]*(?:\n .*)*\n", LOCK.read_text("utf-8"), re.MULTILINE)
    listed.write_text("".join(each for each in entries if each.partition("==")[0] in HTTPX))
    made = packaged("httpx", More(listed))
    with ZipFile(made.path) as archive:
        archive.extractall(folder / "task")
    return folder / "task"


@pytest.fixture
def page() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from afar")

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as endpoint:
        yield endpoint


def test_functions_may_call_s3_and_use_httpx(
    task: Path, page: str, ministack: str, tmp_path: Path
) -> None:
    printed = subprocess.check_output(
        [python(), "-I", "-S", "-B", "-c", CALLS, page, ministack],
        cwd=task,
        env={**LAMBDA, "STORE": f"sqlite:///{tmp_path}/items.db"},
        text=True,
    )
    assert printed.splitlines() == ["from afar", "['a-bucket']"]


def test_the_service_answers_beside_them(task: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        store = {"STORE": f"sqlite:///{tmp_path}/items.db"}
        client: Client = run(stack, [python(), "-I", "-S", "-B"], task, store)
        assert client.post("/todos", {"title": "Milk"}).status == 201


def test_another_service_of_aws_alone_brings_all_of_botocores_data() -> None:
    made = packaged("services", More(services=True))
    with ZipFile(made.path) as archive:
        names = {*archive.namelist()}
    assert "botocore/data/s3/2006-03-01/service-2.json.gz" in names
    assert "botocore/data/dynamodb/2012-08-10/service-2.json.gz" in names
    assert "botocore/amazon-roots.pem" in names
    assert "httpx.py" in names
