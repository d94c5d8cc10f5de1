"""A failure in the log has the code of its cause, and the ids to follow it by."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.application import create_app
from service.proxy import create_handler
from service.stores import Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.contracts import TODOS, load
from tests.engines import aws_environment  # noqa: F401
from tests.stores.wire import client_of, refusing


def logged(store: Store) -> tuple[int, dict[str, Any], str]:
    """The status of a create that holds a canary, and its log line."""
    lines: list[str] = []
    client = Client(create_handler(create_app(load(TODOS), store), lines.append))
    status = client.post("/todos", {"title": "canary"}, idempotency_key="canary").status
    return status, json.loads(lines[0]), lines[0]


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 503), ("AccessDeniedException", 503), ("ValidationException", 500)],
)
def test_dynamodbs_code_is_in_the_log(code: str, status: int) -> None:
    with refusing(400, code) as endpoint, client_of(endpoint) as client:
        answered, line, text = logged(DynamoDBStore(client, "TodoItems", {}))
    assert answered == status
    assert line["failure"]["code"] == code
    assert "canary" not in text


@pytest.mark.usefixtures("aws_environment")
def test_an_answer_that_is_no_code_stays_out_of_the_log() -> None:
    with refusing(400, "A canary, and more") as endpoint, client_of(endpoint) as client:
        _, line, text = logged(DynamoDBStore(client, "TodoItems", {}))
    assert "code" not in line["failure"]
    assert "canary" not in text


def test_sqlites_code_is_in_the_log(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "items.db", load(TODOS).filters)
    with no_file_may_grow():
        answered, line, text = logged(store)
    store.close()
    assert answered == 503
    assert line["failure"]["code"] == "SQLITE_IOERR_WRITE"
    assert "canary" not in text


def test_lambdas_request_id_stands_beside_api_gateways(todos: Client, lines: list[str]) -> None:
    """AWS: Lambda context object, aws_request_id; it is in every line that Lambda writes."""
    event = todos.event("GET", "/todos", None, {})
    todos.handler(event, SimpleNamespace(aws_request_id="8f5bd6d8"))
    line = json.loads(lines[0])
    assert line["requestId"] == event["requestContext"]["requestId"]
    assert line["lambdaRequestId"] == "8f5bd6d8"


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
