"""The handler: what it takes, what it gives, and what it logs."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from service.application import create_app
from service.problems import MAX_BODY_BYTES
from service.proxy import NotAProxyEvent, create_handler
from service.stores import StoreUnavailable
from service.wsgi import run
from tests.client import Client
from tests.contracts import TODOS, load

HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "one"}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"version": "2.0", "rawPath": "/todos", "requestContext": {"http": {"method": "GET"}}},
        {"httpMethod": "GET", "path": "/todos", "requestContext": {"elb": {}}},
        {"path": "/todos", "requestContext": {}},
        {"httpMethod": "GET", "requestContext": {}},
        {"Records": [{"eventSource": "aws:sqs"}]},
    ],
)
def test_what_is_no_rest_proxy_event_gets_a_clear_error(todos: Client, event: Any) -> None:
    with pytest.raises(NotAProxyEvent, match="answers REST API proxy events"):
        todos.handler(event, None)


def test_an_event_with_the_least_that_api_gateway_sends_is_answered(todos: Client) -> None:
    answer = todos.handler({"httpMethod": "GET", "path": "/todos", "requestContext": {}}, None)
    assert int(answer["statusCode"]) == 200


@pytest.mark.parametrize("in_base64", [False, True])
@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 6_000_000])
def test_a_body_is_too_large_from_its_65537th_byte_on(
    todos: Client, size: int, in_base64: bool
) -> None:
    body = b'{"title":"x"' + b" " * (size - 13) + b"}"
    event = todos.event("POST", "/todos", body.decode(), HEADERS)
    if in_base64:
        event.update(body=base64.b64encode(body).decode(), isBase64Encoded=True)
    status = int(todos.handler(event, None)["statusCode"])
    assert status == (201 if size == MAX_BODY_BYTES else 413)


@pytest.mark.parametrize("in_base64", [False, True])
def test_of_a_body_that_is_too_large_no_more_is_read_than_shows_it(
    todos: Client, in_base64: bool
) -> None:
    sizes: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sizes.append(len((await receive())["body"]))
            await send({"type": "http.response.start", "status": 413, "headers": []})

    event = todos.event("POST", "/todos", " " * 6_000_000, HEADERS)
    if in_base64:
        event.update(body=base64.b64encode(b" " * 6_000_000).decode(), isBase64Encoded=True)
    assert int(create_handler(app, str)(event, None)["statusCode"]) == 413
    assert MAX_BODY_BYTES < sizes[0] <= 2 * MAX_BODY_BYTES


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": HEADERS, "multiValueHeaders": None},
        {"headers": HEADERS, "multiValueHeaders": {}},
        {"headers": None, "multiValueHeaders": {name: [HEADERS[name]] for name in HEADERS}},
        {"headers": {**HEADERS, "X-Forwarded-For": None}, "multiValueHeaders": None},
        {"multiValueHeaders": {**{name: [HEADERS[name]] for name in HEADERS}, "A": None}},
        {"multiValueHeaders": {**{name: [HEADERS[name]] for name in HEADERS}, "A": [None]}},
        {"headers": HEADERS, "queryStringParameters": {"limit": None}},
        {"headers": HEADERS, "multiValueQueryStringParameters": {"limit": None}},
    ],
    ids=str,
)
def test_an_event_may_have_nulls_as_the_test_console_sends_them(
    todos: Client, fields: dict[str, Any]
) -> None:
    """AWS: Use the API Gateway console to test a REST API method."""
    event = todos.event("POST", "/todos", '{"title":"x"}', HEADERS)
    answers = [todos.handler({**event, **fields}, None) for _ in range(2)]
    ids = {json.loads(answer["body"])["id"] for answer in answers}
    assert len(ids) == 1


def test_a_base64_body_is_the_same_as_a_plain_one(todos: Client) -> None:
    event = todos.event("POST", "/todos", None, {"Content-Type": "application/json"})
    event["body"] = base64.b64encode('{"title":"é"}'.encode()).decode()
    event["isBase64Encoded"] = True
    answer = todos.handler(event, None)
    assert json.loads(answer["body"])["title"] == "é"


def test_repeated_parameters_and_headers_arrive_as_they_were_sent(todos: Client) -> None:
    event = todos.event("GET", "/todos?limit=1&limit=2", None, {})
    answer = todos.handler(event, None)
    assert json.loads(answer["body"])["errors"][0]["detail"] == "is given twice"
    item = todos.post("/todos", {"title": "x"})
    event = todos.event("GET", "/todos/" + item.json["id"], None, {})
    event["multiValueHeaders"] = {"If-None-Match": ['"other"', item.headers["etag"]]}
    assert int(todos.handler(event, None)["statusCode"]) == 304


def test_one_request_is_one_line_of_json(todos: Client, lines: list[str]) -> None:
    todos.post("/todos", {"title": "canary"})
    todos.get("/nowhere")
    first, second = map(json.loads, lines)
    assert first == {
        "level": "INFO",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "operation": "createTodo",
        "status": 201,
        "durationMs": first["durationMs"],
        "coldStart": True,
    }
    assert 0 < first["durationMs"] < 60_000
    assert (second["operation"], second["status"], second["coldStart"]) == (None, 404, False)


@pytest.mark.parametrize("canary", ["a\r\nb", "\x1b[31m", "\u2028", '"}\n{"level":"x'])
def test_nothing_that_a_client_sends_breaks_or_enters_the_log(
    todos: Client, lines: list[str], canary: str
) -> None:
    todos.post("/todos", {"title": canary}, idempotency_key=canary, user_agent=canary)
    todos.get(f"/{canary}?{canary}={canary}")
    event = todos.event("GET", "/todos", None, {})
    event["requestContext"]["requestId"] = canary
    todos.handler(event, None)
    assert len("".join(lines).split("\n")) == 4
    assert canary not in "".join(lines[:2])
    assert json.loads(lines[2])["requestId"] == canary


class Broken:
    """A store whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise self.error

        return fail


def broken(error: Exception, lines: list[str]) -> Client:
    app = create_app(load(TODOS), Broken(error))
    return Client(create_handler(app, lines.append))


def test_a_fault_of_ours_is_a_500_and_its_trace_is_in_the_log_without_its_text() -> None:
    lines: list[str] = []
    reply = broken(ValueError("canary"), lines).post("/todos", {"title": "x"})
    assert reply.status == 500
    assert reply.json["type"] == "urn:problem-type:internal-error"
    assert "canary" not in reply.body + lines[0]
    line = json.loads(lines[0])
    assert line["level"] == "ERROR"
    assert line["failure"]["errors"] == ["ValueError"]
    assert any("create" in frame for frame in line["failure"]["trace"])


def test_an_unavailable_store_is_a_503_with_retry_after() -> None:
    lines: list[str] = []
    reply = broken(StoreUnavailable("throttled"), lines).get("/todos")
    assert reply.status == 503
    assert reply.headers["retry-after"] == "1"
    assert json.loads(lines[0])["failure"]["errors"] == ["StoreUnavailable"]


def test_many_threads_get_their_own_answers(
    todos: Client, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.stores.sqlite_file.WAIT_SECONDS", 600)  # if the machine pauses

    def create(number: int) -> str:
        title: str = todos.post("/todos", {"title": f"number {number}"}).json["title"]
        return title

    with ThreadPoolExecutor(16) as threads:
        titles = list(threads.map(create, range(200)))
    assert titles == [f"number {number}" for number in range(200)]
    assert len(lines) == 200


def test_an_application_that_waits_for_an_event_loop_fails_loudly() -> None:
    with pytest.raises(RuntimeError, match="waits for an event loop"):
        run(asyncio.sleep(0))


def test_with_one_origin_only_its_pages_may_read_the_answers() -> None:
    app = create_app(load(TODOS), Broken(StoreUnavailable()), "https://example.com")
    reply = Client(create_handler(app, lambda _: None)).get("/todos")
    assert reply.status == 503
    assert reply.headers["access-control-allow-origin"] == "https://example.com"
    assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in reply.headers
