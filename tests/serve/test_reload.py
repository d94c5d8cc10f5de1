"""`serve --reload` picks up a changed contract, however an editor saves it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.commands import call
from tests.contracts import ACTIONS, TODOS
from tests.engines import free_port
from tests.servers import Server, serve


def save(contract: Path, path: str) -> None:
    """As most editors do: write another file, and put it in the place of the old one."""
    draft = contract.with_suffix(".draft")
    draft.write_text(TODOS.read_text("utf-8").replace("/todos", path), "utf-8")
    os.replace(draft, contract)


def is_watching(process: int) -> bool:
    """What changes before it does is not noticed. Only Linux tells whether it does."""
    files = Path("/proc", str(process), "fdinfo")
    if not files.is_dir():
        return True
    with suppress(FileNotFoundError):
        return any("inotify" in each.read_text() for each in files.iterdir())
    return False


def status(server: Server, path: str) -> int:
    """0 while it starts anew."""
    try:
        return server.get(path).status
    except OSError:
        return 0


def until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_changed_contract_is_served_without_a_command(tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    save(contract, "/todos")
    store = f"sqlite:///{tmp_path}/items.db"
    with serve(contract, store, port=free_port(), options=("--reload",)) as server:
        assert server.get("/todos").status == 200
        until(lambda: is_watching(server.process.pid))
        for path in ("/chores", "/errands"):
            save(contract, path)
            until(lambda: status(server, path) == 200)  # noqa: B023
            assert server.get("/todos").status == 404
        assert "A file has changed" in server.output
        assert server.stop() == 0


def test_a_changed_function_is_served_without_a_command(tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    contract.write_bytes(ACTIONS.read_bytes())
    functions = contract.with_suffix(".py")
    written = ACTIONS.with_suffix(".py").read_text("utf-8")
    functions.write_text(written)
    store = f"sqlite:///{tmp_path}/items.db"
    with serve(contract, store, port=free_port(), options=("--reload",)) as server:
        assert server.get("/health").json == {"status": "ok"}
        until(lambda: is_watching(server.process.pid))
        functions.write_text(written.replace('{"status": "ok"}', '{"status": 1}'))
        until(lambda: status(server, "/health") == 500)
        assert "health: answers 200 with /status" in server.output
        assert server.stop() == 0


def test_reloading_needs_a_contract_to_begin_with(tmp_path: Path) -> None:
    done = call("serve", "--reload", "--contract", "nowhere.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "There is no such file" in done.stderr


def test_a_watch_of_a_contract_that_is_broken_waits_for_the_next_change(tmp_path: Path) -> None:
    """And Ctrl-C ends it."""
    contract = tmp_path / "openapi.json"
    contract.write_text("{")
    command = [sys.executable, "-m", "infra", "deploy", "--stage", "dev", "--watch"]
    with subprocess.Popen(
        [*command, "--contract", str(contract)], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert "openapi.json" in process.stderr.readline()
        assert any("Waiting for the next change" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=300) == 0


def test_a_watch_is_not_for_prod(tmp_path: Path) -> None:
    done = call("deploy", "--watch", cwd=tmp_path)
    assert done.returncode == 2
    assert "add --stage dev" in done.stderr
