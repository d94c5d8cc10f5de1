"""`todo-api prove` against a real server, and against one that is wrong."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.prove.exchanges import Answer, Request, Send
from tests.commands import call
from tests.contracts import CUSTOMERS, TODOS, load
from tests.engines import free_port
from tests.prove.deployments import TOO_MANY, deployed, listening
from tests.servers import COMMAND, Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(TODOS) as server:
        yield server


def test_a_server_of_the_contract_is_proven(server: Server, tmp_path: Path) -> None:
    """And nothing of it stays: neither items nor a journal."""
    ended = call(
        *("prove", server.url, "--contract", TODOS, "--seconds", "0", "--seed", "7", "--json"),
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
    ended = call("prove", server.url, "--contract", CUSTOMERS, "--seconds", "0", cwd=tmp_path)
    assert ended.returncode == 4
    assert "expected" in ended.stdout


def test_what_a_killed_proof_has_made_is_deleted_later(tmp_path: Path) -> None:
    """It dies while it waits for the answer to a create, and has made something before."""
    journal = tmp_path / "prove.jsonl"
    reached, goes_on = threading.Event(), threading.Event()

    def stopping(request: Request) -> Answer | None:
        if request.method == "POST" and not goes_on.is_set() and listed(send):
            reached.set()
            goes_on.wait(300)
            return TOO_MANY
        return send(request)

    with deployed(load(TODOS), tmp_path / "items.db") as send, listening(stopping) as url:
        arguments = ("prove", url, "--contract", TODOS, "--journal", journal)
        with subprocess.Popen(
            [COMMAND, *arguments, "--seconds", "600"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        ) as process:
            was_reached = reached.wait(300)
            process.kill()
        goes_on.set()
        assert was_reached
        assert listed(send)
        assert call(*arguments, "--clean", cwd=tmp_path).returncode == 0
        assert listed(send) == []
    assert not journal.exists()


def listed(send: Send) -> list[Any]:
    answer = send(Request("GET", "/todos", {}, None))
    assert answer is not None
    items: list[Any] = json.loads(answer.body)["items"]
    return items


def test_nobody_who_listens_is_told(tmp_path: Path) -> None:
    ended = call("prove", f"http://127.0.0.1:{free_port()}", "--contract", TODOS, cwd=tmp_path)
    assert ended.returncode == 3
    assert "Is it up?" in ended.stderr


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    assert call("prove", "openapi.yaml", cwd=tmp_path).returncode == 2
