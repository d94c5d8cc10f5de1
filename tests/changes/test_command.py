"""`todo-api diff`: where the old contract is found, what is told, and the exit code."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from infra.aws.account import Account
from infra.aws.stage import Stage
from infra.data import slug
from service.stores import OWNER, Position, Scope
from service.stores.dynamodb import DynamoDBStore
from service.stores.sqlite import SQLiteStore
from tests.aws.stages import stand
from tests.commands import call
from tests.contracts import TODOS, load
from tests.engines import patient_client

LONGER = ("maxLength: 200\n", "maxLength: 100\n")
"""Of a title, first in a contract: fewer titles are taken."""


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With the contract committed and then changed, so that it breaks clients."""
    (tmp_path / "openapi.yaml").write_bytes(TODOS.read_bytes())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "First")
    edit(tmp_path / "openapi.yaml", *LONGER)
    return tmp_path


def test_a_file_is_compared_with_what_git_has(repository: Path) -> None:
    ended = call("diff", "HEAD", "openapi.yaml", cwd=repository)
    assert ended.returncode == 4
    assert "breaks     POST /todos  request: the body: fewer values" in ended.stdout
    assert "Items that are kept" in ended.stdout
    assert "give the contract a new major version, or use --breaking" in ended.stdout


def test_what_may_break_clients_is_said_in_either_of_two_ways(repository: Path) -> None:
    assert call("diff", "HEAD", "openapi.yaml", "--breaking", cwd=repository).returncode == 0
    edit(repository / "openapi.yaml", "version: 1.0.0", "version: 2.0.0")
    assert call("diff", "HEAD", "openapi.yaml", cwd=repository).returncode == 0


def test_the_last_release_is_the_newest_tag_of_a_version(repository: Path) -> None:
    ended = call("diff", "release", "openapi.yaml", cwd=repository)
    assert (ended.returncode, ended.stdout) == (
        0,
        "There is no release yet: no tag like v1.2.0. Nothing was compared.\n",
    )
    git(repository, "tag", "v1.0.0")
    git(repository, "tag", "something-else")
    assert call("diff", "release", "openapi.yaml", cwd=repository).returncode == 4


def test_a_shallow_clone_says_that_it_knows_no_release(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v1.0.0")
    git(repository, "commit", "-qam", "Second")
    git(repository, "commit", "-q", "--allow-empty", "-m", "Third")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-tags", repository.as_uri(), str(clone))
    ended = call("diff", "release", "openapi.yaml", cwd=clone)
    assert ended.returncode == 0
    assert "shallow" in ended.stdout


@contextmanager
def published(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_contract_may_be_published_somewhere(repository: Path) -> None:
    with published(TODOS.parent) as address:
        url = f"{address}/{TODOS.name}"
        ended = call("diff", url, "openapi.yaml", "--json", cwd=repository)
        missing = call("diff", f"{address}/nothing.yaml", "openapi.yaml", cwd=repository)
    assert ended.returncode == 4
    told = json.loads(ended.stdout)
    assert told["breaking"]
    assert {each["effect"] for each in told["clients"]} == {"breaks"}
    assert missing.returncode == 3


def test_what_is_nowhere_is_told(repository: Path) -> None:
    ended = call("diff", "nonsense", "openapi.yaml", cwd=repository)
    assert ended.returncode == 3
    assert "neither a file nor a revision" in ended.stderr


def test_two_files_may_be_compared(repository: Path) -> None:
    assert call("diff", TODOS, "openapi.yaml", cwd=repository).returncode == 4
    assert call("diff", TODOS, TODOS, cwd=repository).returncode == 0


@pytest.fixture
def tighter(repository: Path) -> Path:
    """Every title is to be much shorter."""
    edit(repository / "openapi.yaml", LONGER[1], "maxLength: 10\n")
    return repository


def test_kept_items_in_the_file_of_serve_are_counted(tighter: Path) -> None:
    store = SQLiteStore(tighter / "data" / f"{slug(load(TODOS).title)}.db", {"todos": {}})
    for number, title in enumerate(("short", "much longer than ten")):
        values = {"id": str(UUID(int=number)), "title": title}
        store.create(Scope("todos", OWNER), Position(number, values["id"]), values, title, None)
    store.close()
    ended = call("diff", "HEAD", "openapi.yaml", "--count", "--breaking", cwd=tighter)
    assert ended.returncode == 4
    assert "/title must have at most 10 characters" in ended.stdout
    ended = call("diff", "HEAD", "openapi.yaml", "--count", "--json", cwd=tighter)
    counted = json.loads(ended.stdout)["counted"]["todos"]
    assert counted["looked_at"] == 2
    assert counted["reasons"]["/title must have at most 10 characters"] == 1


def test_items_that_are_nowhere_cannot_be_counted(tighter: Path) -> None:
    ended = call("diff", "HEAD", "openapi.yaml", "--count", cwd=tighter)
    assert ended.returncode == 3
    assert "There is no file" in ended.stderr
    other = tighter / "notes.db"
    other.write_text("Not a database, but long enough to look like something else.\n" * 20)
    where = ("--store", f"sqlite:///{other}")
    ended = call("diff", "HEAD", "openapi.yaml", "--count", *where, cwd=tighter)
    assert ended.returncode == 3
    assert "cannot be read" in ended.stderr


def test_where_no_bound_is_tighter_nothing_is_counted(repository: Path) -> None:
    ended = call("diff", TODOS, TODOS, "--count", cwd=repository)
    assert ended.returncode == 0
    assert "nothing to count" in ended.stdout


def test_a_contract_that_is_none_is_told(repository: Path) -> None:
    (repository / "broken.yaml").write_text("a: [")
    ended = call("diff", TODOS, "broken.yaml", cwd=repository)
    assert ended.returncode == 1
    assert "broken.yaml is not a contract" in ended.stderr


def test_a_stage_is_compared_and_its_items_are_counted_if_somebody_agrees(
    account: Account, tighter: Path
) -> None:
    stand(account, "try")
    store = DynamoDBStore(patient_client(), Stage("try").table, {"todos": {}})
    values = {"id": str(UUID(int=1)), "title": "much longer than ten"}
    store.create(Scope("todos", OWNER), Position(1, values["id"]), values, "t", None)
    words = ("diff", "stage:try", "openapi.yaml", "--breaking")
    assert "items may be kept that title (maxLength)" in call(*words, cwd=tighter).stdout
    declined = call(*words, "--count", cwd=tighter)
    assert declined.returncode == 4
    assert "about " in declined.stderr
    assert "read units" in declined.stderr
    assert "use --yes" in declined.stderr
    ended = call(*words, "--count", "--yes", cwd=tighter)
    assert "the contract refuses 1 of 1 item, such as 00000000" in ended.stdout
    where = ("--yes", "--store", "stage:try")
    local = call("diff", "HEAD", "openapi.yaml", "--count", *where, cwd=tighter)
    assert "the contract refuses 1 of 1 item" in local.stdout


def test_a_stage_that_is_not_there_is_told(account: Account, repository: Path) -> None:  # noqa: ARG001
    ended = call("diff", "stage:nowhere", "openapi.yaml", cwd=repository)
    assert ended.returncode == 3
    assert "There is no stage nowhere" in ended.stderr
    assert call("diff", "stage:No", "openapi.yaml", cwd=repository).returncode == 3
