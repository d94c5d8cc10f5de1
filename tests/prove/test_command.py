"""`todo-api prove` against a real server, and against one that is wrong."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import call
from tests.contracts import CUSTOMERS, TODOS
from tests.engines import free_port
from tests.servers import COMMAND, Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(TODOS) as server:
        yield server


def test_a_server_of_the_contract_is_proven(server: Server, tmp_path: Path) -> None:
    """And nothing of it stays: neither items nor a journal."""
    ended = call(
        *("prove", server.url, "--contract", TODOS, "--seconds", "2", "--seed", "7", "--json"),
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout
    told = json.loads(ended.stdout)
    assert told["kept"]
    assert told["seed"] == 7
    assert told["requests"] > 50
    assert server.get("/todos").json == {"items": [], "count": 0}
    assert not list(tmp_path.rglob("*.jsonl"))


def test_a_server_of_another_contract_is_not(server: Server, tmp_path: Path) -> None:
    ended = call("prove", server.url, "--contract", CUSTOMERS, "--seconds", "2", cwd=tmp_path)
    assert ended.returncode == 4
    assert "expected" in ended.stdout


def test_what_a_killed_proof_has_made_is_deleted_later(server: Server, tmp_path: Path) -> None:
    """But for a create without a key that was under way: nothing tells what it made."""
    process = subprocess.Popen(
        [
            *(str(COMMAND), "prove", server.url, "--contract", str(TODOS)),
            *("--journal", str(tmp_path / "prove.jsonl"), "--seconds", "600"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    journal = tmp_path / "prove.jsonl"
    try:
        while not journal.exists() or "made" not in journal.read_text():
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    ended = call(
        *("prove", server.url, "--contract", TODOS, "--journal", journal, "--clean"), cwd=tmp_path
    )
    assert ended.returncode == 0
    assert not journal.exists()
    assert server.get("/todos").json["count"] <= 1


def test_nobody_who_listens_is_told(tmp_path: Path) -> None:
    ended = call("prove", f"http://127.0.0.1:{free_port()}", "--contract", TODOS, cwd=tmp_path)
    assert ended.returncode == 3
    assert "Is it up?" in ended.stderr


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    assert call("prove", "openapi.yaml", cwd=tmp_path).returncode == 2
