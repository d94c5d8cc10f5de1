"""Functions behind the local gateway, as clients meet them, over each store."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.gateway.import_document import import_document
from infra.gateway.local import Gateway
from service.application import create_app
from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import Document, read
from service.contract.model import Contract
from service.loading import load
from service.proxy import create_handler
from service.stores import Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.sqlite import SQLiteStore
from tests.contracts import ACTIONS
from tests.engines import aws_environment, ministack, patient_client  # noqa: F401
from tests.gateway.client import GatewayClient

TABLE = "GatewayFunctions"


def rooted(file: Path) -> Contract:
    """The example, with its health at the root, and a header of its own."""
    data: Any = read(ACTIONS).data
    health = data["paths"].pop("/health")
    health["get"]["parameters"] = [
        {"name": "X-Probe", "in": "header", "schema": {"type": "string"}}
    ]
    data["paths"]["/"] = health
    file.write_text(json.dumps(data))
    file.with_suffix(".py").write_bytes(ACTIONS.with_suffix(".py").read_bytes())
    return bind(derive(Document(data)), load(file))


@pytest.fixture(params=["sqlite", "dynamodb"])
def client(
    request: pytest.FixtureRequest,
    ministack: str,  # noqa: F811
    tmp_path: Path,
) -> Iterator[GatewayClient]:
    contract = rooted(tmp_path / "api.json")
    with ExitStack() as stack:
        store: Store
        if request.param == "sqlite":
            store = stack.enter_context(
                closing(SQLiteStore(tmp_path / "items.db", contract.filters))
            )
        else:
            tables = stack.enter_context(closing(boto3.client("dynamodb", endpoint_url=ministack)))
            if TABLE not in tables.list_tables()["TableNames"]:
                tables.create_table(**table_definition(TABLE, contract.filters))
            store = DynamoDBStore(patient_client(ministack), TABLE, contract.filters)
        handler = create_handler(create_app(contract, store), lambda _: None)
        yield GatewayClient(Gateway(handler, import_document(contract), {}))


def post(client: GatewayClient, path: str, body: Any = None, **headers: str) -> Any:
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent = None if body is None else json.dumps(body).encode()
    typed = [] if body is None else [("Content-Type", "application/json")]
    return client.request("POST", path, [*typed, *fields], sent)


def test_a_function_may_stand_at_the_root(client: GatewayClient) -> None:
    assert client.request("GET", "/").json == {"status": "ok"}
    head = client.request("HEAD", "/")
    assert (head.status, head.headers["content-type"]) == (200, "application/json")
    assert post(client, "/").headers["allow"] == "GET, HEAD"


def test_a_page_of_another_origin_may_send_the_headers_of_a_function(
    client: GatewayClient,
) -> None:
    allowed = client.request("OPTIONS", "/").headers["access-control-allow-headers"]
    assert allowed.endswith(",Idempotency-Key,X-Probe")


def test_a_to_do_is_completed_once_and_cleared(client: GatewayClient) -> None:
    made = post(client, "/todos", {"title": "Learn AWS"})
    path = f"/todos/{made.json['id']}"
    assert post(client, f"{path}/complete", if_match='"stale"').status == 412
    done = post(client, f"{path}/complete", if_match=made.headers["etag"])
    assert (done.status, done.json["completed"]) == (200, True)
    assert done.json == client.request("GET", path).json
    assert done.headers["etag"] == client.request("GET", path).headers["etag"]
    assert post(client, f"{path}/complete").status == 409
    cleared = post(client, "/todos/clear").json
    assert cleared["cleared"] >= 1
    assert client.request("GET", path).status == 404
    assert post(client, f"{path}/complete").status == 404


def test_the_import_document_has_operations_that_functions_answer(tmp_path: Path) -> None:
    imported = import_document(rooted(tmp_path / "api.json"))
    assert {*imported["paths"]} == {
        "/", "/todos", "/todos/clear", "/todos/{id}", "/todos/{id}/complete",
    }  # fmt: skip
    for path, method in (("/", "get"), ("/todos/clear", "post")):
        integration = imported["paths"][path][method]["x-amazon-apigateway-integration"]
        assert integration["type"] == "aws_proxy"
