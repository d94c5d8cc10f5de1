"""A server whose callers are services: curl signs, and whoever does not is refused."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.securing import secured
from tests.servers import Server, serve

ITEM = {"title": "Größe ☕"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    contract = tmp_path_factory.mktemp("contract") / "services.json"
    contract.write_text(json.dumps(secured("service").document.data))
    with serve(contract, options=[]) as server:
        yield server


def curl(server: Server, target: str, *arguments: str, secret: str = "") -> tuple[int, str]:
    """Status and body. curl neither sorts a query nor encodes a path twice, as clients of AWS do:
    uuids and queries in order do with it."""
    kept = json.loads((server.folder / "data" / "credentials.json").read_text())
    user = f"{kept['accessKeyId']}:{secret or kept['secretAccessKey']}"
    done = subprocess.run(
        [
            "curl", "-sS", "--aws-sigv4", "aws:amz:local:execute-api", "--user", user,
            "-w", "\n%{http_code}", *arguments, f"{server.url}{target}",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def test_curl_signs_as_a_service_of_this_machine(server: Server) -> None:
    assert "sign with the credentials in data/credentials.json" in server.output
    json_type = ("-H", "Content-Type: application/json")
    status, body = curl(server, "/todos", *json_type, "-d", json.dumps(ITEM, ensure_ascii=False))
    assert (status, json.loads(body)["title"]) == (201, ITEM["title"])
    id_ = json.loads(body)["id"]
    assert curl(server, f"/todos/{id_}")[0] == 200
    status, body = curl(server, "/todos?completed=false&limit=2")
    assert [each["id"] for each in json.loads(body)["items"]] == [id_]
    assert curl(server, f"/todos/{id_}", "-X", "DELETE")[0] == 204


def test_another_secret_and_none_are_refused(server: Server) -> None:
    assert curl(server, "/todos", secret="guessed")[0] == 403
    answer = server.get("/todos")
    assert (answer.status, answer.headers["www-authenticate"]) == (403, "AWS4-HMAC-SHA256")


def test_no_secret_is_in_what_the_server_prints(server: Server) -> None:
    curl(server, "/todos")
    kept = json.loads((server.folder / "data" / "credentials.json").read_text())
    for secret in (kept["secretAccessKey"], kept["accessKeyId"]):
        assert secret not in server.output + server.errors


def test_the_secrets_are_their_owners_alone(server: Server) -> None:
    path: Path = server.folder / "data" / "credentials.json"
    assert path.stat().st_mode & 0o777 == 0o600
