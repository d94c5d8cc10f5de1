"""Filters on their way: the function writes their keys, and does not offer them yet."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import orjson
import pytest

from service.contract.document import read
from service.stores.client import create_client
from service.stores.layout import table_definition
from tests.contracts import TODOS
from tests.engines import aws_environment, ministack  # noqa: F401

COMPLETED = {"todos": {"completed": False}}
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def table(ministack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    name = f"Items-{uuid4().hex}"
    patient = boto3.client("dynamodb", endpoint_url=ministack)
    patient.create_table(**table_definition(name, COMPLETED))
    yield name
    patient.delete_table(TableName=name)


@pytest.fixture
def send(table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Calls of the handler for the to-do contract as it was before its filter."""
    document = read(TODOS).data
    parameters = document["paths"]["/todos"]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each.get("name") != "completed"]
    contract = tmp_path / "openapi.json"
    contract.write_bytes(orjson.dumps(document))
    environment = {"CONTRACT": str(contract), "STORE": f"dynamodb:{table}"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)  # the module builds a handler on import
    from service.lambda_function import build

    handler = build({**environment, "PENDING_FILTERS": json.dumps(COMPLETED)}).handler

    def call(method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        event = {
            "httpMethod": method,
            "path": path,
            "headers": {"Content-Type": "application/json"} if body is not None else {},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} or None,
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {"path": path, "requestId": "r", "stage": "prod"},
        }
        return handler(event, None)

    return call


def key_of(table: str, id: str) -> str:
    found = create_client().get_item(TableName=table, Key={"id": {"S": id}})["Item"]
    return found["_byCompleted"]["S"]


def test_a_create_writes_the_key_of_a_pending_filter(send: Send, table: str) -> None:
    made = json.loads(send("POST", "/todos", {"title": "one"})["body"])
    assert json.loads(key_of(table, made["id"])) == ["todos", "everyone", "completed", False]


def test_an_update_writes_the_key_of_a_pending_filter(send: Send, table: str) -> None:
    made = json.loads(send("POST", "/todos", {"title": "one"})["body"])
    send("PUT", f"/todos/{made['id']}", {"completed": True})
    assert json.loads(key_of(table, made["id"])) == ["todos", "everyone", "completed", True]


def test_a_pending_filter_is_refused_while_the_contract_does_not_offer_it(send: Send) -> None:
    assert send("GET", "/todos", completed="true")["statusCode"] == "400"
    assert send("GET", "/todos")["statusCode"] == "200"
