"""The zip runs in a bare interpreter: the standard library and the zip, nothing else."""

import subprocess
from pathlib import Path

from tests.client import Client
from tests.engines import free_port
from tests.package.conftest import TABLE, RunZip, python


def test_the_zip_keeps_items_in_sqlite(run_zip: RunZip, tmp_path: Path) -> None:
    _follow_a_todo(run_zip({"STORE": f"sqlite:///{tmp_path}/items.db"}))


def test_the_zip_keeps_items_in_dynamodb(run_zip: RunZip, table: str) -> None:
    client = run_zip({"STORE": f"dynamodb:{TABLE}", "AWS_ENDPOINT_URL": table})
    _follow_a_todo(client)


def test_the_zip_tells_of_a_table_that_is_missing(run_zip: RunZip, table: str) -> None:
    client = run_zip({"STORE": "dynamodb:Nothing", "AWS_ENDPOINT_URL": table})
    assert client.get("/todos").status in (500, 503)


def test_the_zip_tells_of_a_dynamodb_that_is_gone(run_zip: RunZip) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    client = run_zip({"STORE": f"dynamodb:{TABLE}", "AWS_ENDPOINT_URL": endpoint})
    assert client.get("/todos").status == 503


def test_the_zip_tells_every_fault_of_a_request(run_zip: RunZip, tmp_path: Path) -> None:
    client = run_zip({"STORE": f"sqlite:///{tmp_path}/items.db"})
    reply = client.post("/todos", {"title": " ", "completed": "yes", "owner": "me"})
    assert reply.status == 400
    assert {each["pointer"] for each in reply.errors} == {"/title", "/completed", "/owner"}
    assert client.get("/todos?limit=0").status == 400
    assert client.get("/nothing").status == 404
    assert client.request("PATCH", "/todos").status == 405
    assert client.request("POST", "/todos", raw="{", headers={"Content-Type": "a/b"}).status == 415


def test_what_is_built_at_start_is_nothing_to_the_garbage_collector(
    task: Path, tmp_path: Path
) -> None:
    program = (
        "import gc, service.lambda_function as _; print(gc.isenabled(), gc.get_freeze_count())"
    )
    printed = subprocess.check_output(
        [python(), "-I", "-S", "-B", "-c", f"import sys; sys.path.insert(0, '.'); {program}"],
        cwd=task,
        env={"STORE": f"sqlite:///{tmp_path}/items.db"},
        text=True,
    )
    enabled, frozen = printed.split()
    assert enabled == "True"
    assert int(frozen) > 10_000


def _follow_a_todo(client: Client) -> None:
    created = client.post("/todos", {"title": "Learn AWS"}, Idempotency_Key="1")
    assert created.status == 201
    again = client.post("/todos", {"title": "Learn AWS"}, Idempotency_Key="1")
    assert again.json == created.json
    path = f"/todos/{created.json['id']}"
    assert client.get(path).json == created.json
    assert client.get(path, If_None_Match=created.headers["etag"]).status == 304
    changed = client.put(path, {"completed": True}, If_Match=created.headers["etag"])
    assert changed.json["completed"] is True
    assert client.put(path, {"completed": False}, If_Match='"stale"').status == 412
    assert client.get("/todos?completed=true&limit=1").json["items"] == [changed.json]
    assert client.delete(path).status == 204
    assert client.get(path).status == 404
