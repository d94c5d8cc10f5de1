"""A server whose callers are services: curl signs, and whoever does not is refused."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.closed import closed_file
from tests.gateway.signing import HOST, REGION, ROLE, Request
from tests.gateway.test_signatures import SIGNATURES, TARGETS
from tests.servers import Server, serve

ITEM = {"title": "Größe ☕"}

NODE = Path(sys.prefix) / "node"
_AWS4FETCH = """
const { AwsClient } = require("aws4fetch");
const { options, requests } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const client = new AwsClient(options);
Promise.all(requests.map(async ([url, init]) => {
  const request = await client.sign(url, init);
  return [request.url, [...request.headers]];
})).then((signed) => console.log(JSON.stringify(signed)));
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    contract = closed_file(tmp_path_factory.mktemp("contract") / "services.json", "service")
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


def test_what_aws4fetch_signs_is_the_signers() -> None:
    """A client of browsers and workers."""
    item = {"method": "POST", "body": json.dumps(ITEM, ensure_ascii=False)}
    asked = [(f"http://{HOST}{target}", {"method": "GET"}) for target in TARGETS]
    asked.append((f"http://{HOST}/todos", item))
    options = {
        "accessKeyId": ROLE.access_key, "secretAccessKey": ROLE.secret,
        "sessionToken": ROLE.token, "service": "execute-api", "region": REGION,
    }  # fmt: skip
    done = subprocess.run(
        [NODE / "bin" / "node", "-e", _AWS4FETCH], cwd=NODE, check=True, capture_output=True,
        input=json.dumps({"options": options, "requests": asked}), text=True,
    )  # fmt: skip
    for (url, headers), (_, sent) in zip(json.loads(done.stdout), asked, strict=True):
        target = url.removeprefix(f"http://{HOST}")
        fields = [("Host", HOST), *map(tuple, headers)]
        request = Request(sent["method"], target, fields, sent.get("body", "").encode())
        assert SIGNATURES.signer(request.as_sent) is ROLE, target
