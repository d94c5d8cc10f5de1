"""`serve --reload` picks up a changed contract."""

import time
from pathlib import Path

from tests.contracts import TODOS
from tests.engines import free_port
from tests.servers import serve


def test_a_changed_contract_is_served_without_a_command(tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    contract.write_text(TODOS.read_text("utf-8"), "utf-8")
    store = f"sqlite:///{tmp_path}/items.db"
    with serve(contract, store, port=free_port(), options=("--reload",)) as server:
        assert server.get("/todos").status == 200
        contract.write_text(TODOS.read_text("utf-8").replace("/todos", "/chores"), "utf-8")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and server.output.count("served at") < 2:
            time.sleep(0.1)
        assert server.get("/chores").status == 200
        assert server.get("/todos").status == 404
        assert "A file has changed" in server.output
        assert server.stop() == 0
