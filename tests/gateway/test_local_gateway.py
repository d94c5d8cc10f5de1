"""The local gateway does what API Gateway does with the same document.

Each test names the AWS page that it follows.
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.gateway import local
from infra.gateway.gateway_problems import GATEWAY_RESPONSES
from infra.gateway.import_document import import_document
from infra.gateway.imported import ImportedApi
from infra.gateway.local import Gateway
from infra.gateway.responses import GatewayResponses, Refusal
from infra.gateway.throttle import TokenBucket
from service.application import create_app
from service.contract.derivation import derive
from service.contract.document import Document, Place, read
from service.contract.schemas import Schema
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.closed import closed, response_place
from tests.contracts import LIBRARY, OPEN, TODOS, load
from tests.gateway.client import GatewayClient
from tests.servers import Answer

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
JSON = [("Content-Type", "application/json")]
DOCUMENT = import_document(load(TODOS))


def echo(event: Any, _: Any) -> Any:
    return {"statusCode": 200, "body": json.dumps(event)}


def client(handler: Any = echo, document: Any = None, **options: Any) -> GatewayClient:
    return GatewayClient(Gateway(handler, document or DOCUMENT, {}, **options))


def event(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture
def todos(tmp_path: Path) -> Iterator[GatewayClient]:
    """The gateway in front of the service itself."""
    contract = load(TODOS)
    store = SQLiteStore(tmp_path / "todos.db", contract.filters)
    yield client(create_handler(create_app(contract, store), lambda _: None))
    store.close()


def check_problem(answer: Answer, status: int, name: str) -> None:
    """A problem of the contract's own schema, that a page of another origin may read."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["type"] == f"urn:problem-type:{name}"
    assert answer.json["status"] == status
    assert not problem_schema(load(TODOS).document, answer.status).faults(answer.json)


def problem_schema(document: Document, status: int) -> Schema:
    place: Place = ("paths", next(iter(document.data["paths"])), "post", "responses")
    place = response_place(document, place, status)
    return Schema(closed(document), (*place, "content", "application/problem+json", "schema"))


# -- routing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/todos", "/todos", None),
        (f"/todos/{ID}", "/todos/{id}", {"id": ID}),
        ("/todos/a%20b", "/todos/{id}", {"id": "a%20b"}),
        ("/todos/a%2Fb", "/todos/{id}", {"id": "a%2Fb"}),
        ("/todos/%2Fb", "/todos/{id}", {"id": "%2Fb"}),
        ("/todos/b%2F", "/todos/{id}", {"id": "b%2F"}),
        ("/todos/%2F%2F", "/todos/{id}", {"id": "%2F%2F"}),
        ("/todo%73", "/todos", None),
        ("/todos/", "/todos", None),
        (f"/todos/{ID}/", "/todos/{id}", {"id": ID}),
    ],
)
def test_a_path_belongs_to_a_resource(path: str, resource: str, parameters: Any) -> None:
    """AWS: Input format of a Lambda function for proxy integration (resource, pathParameters)."""
    found = event(client().request("GET", path))
    assert (found["resource"], found["pathParameters"]) == (resource, parameters)
    assert found["path"] == path


def test_a_fixed_path_goes_before_one_with_a_variable() -> None:
    """AWS: Amazon API Gateway important notes (the most specific resource is chosen)."""
    document = json.loads(json.dumps(DOCUMENT))
    document["paths"]["/todos/stats"] = document["paths"]["/todos"]
    assert event(client(document=document).request("GET", "/todos/stats"))["pathParameters"] is None


@pytest.mark.parametrize(
    "path",
    ["/", "//", "/todo", "/todos//", f"/todos/{ID}/x", "/todos//1", "/todos%0a", "/todos%2F1"],
)
def test_an_unknown_path_is_a_404_problem(path: str) -> None:
    """AWS: Gateway response types (MISSING_AUTHENTICATION_TOKEN, for an unknown resource)."""
    check_problem(client().request("GET", path), 404, "no-such-path")


def test_below_a_base_path_a_resource_stays_the_same() -> None:
    """AWS: API mappings for REST APIs. Events: aws-powertools #576, awsgi #18."""
    gateway = client(base_path="/v1")
    found = event(gateway.request("GET", f"/v1/todos/{ID}"))
    assert (found["resource"], found["pathParameters"]) == ("/todos/{id}", {"id": ID})
    assert found["path"] == found["requestContext"]["path"] == f"/v1/todos/{ID}"
    for path in ("/todos", "/v1", "/v1/", "/v1todos", "/v2/todos"):
        check_problem(gateway.request("GET", path), 404, "no-such-path")


def test_a_method_that_api_gateway_does_not_know_is_told_like_an_unknown_path() -> None:
    """AWS: Gateway response types (MISSING_AUTHENTICATION_TOKEN, for an unknown resource)."""
    check_problem(client().request("TRACE", "/todos"), 404, "no-such-path")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
def test_any_other_method_reaches_the_service_unvalidated(method: str) -> None:
    """AWS: Lambda proxy integrations. So that the service's own 405 with Allow answers."""
    assert event(client().request(method, "/todos", JSON, b"{"))["httpMethod"] == method


# -- validators --------------------------------------------------------------------------------


def test_all_that_an_object_lacks_is_told_at_once() -> None:
    """As json-schema-validator does, of which AWS's texts are."""
    library = client(document=import_document(load(LIBRARY)))
    answer = library.request("POST", "/books", JSON, b"{}")
    told = 'object has missing required properties (["genre","name","pages"])'
    assert answer.json["detail"] == f"[{told}]"


def test_what_is_neither_null_nor_right_is_told() -> None:
    library = client(document=import_document(load(LIBRARY)))
    book = b'{"name": "x", "genre": "poetry", "pages": 1, "subtitle": 5}'
    told = "instance failed to match exactly one schema (matched 0 out of 2)"
    assert library.request("POST", "/books", JSON, book).json["detail"] == f"[{told}]"


def test_a_body_that_breaks_its_model_is_told_every_fault() -> None:
    """AWS: Request validation for REST APIs in API Gateway (400, BAD_REQUEST_BODY)."""
    answer = client().request("POST", "/todos", JSON, b'{"completed":1,"owner":"me"}')
    check_problem(answer, 400, "invalid-request")
    assert 'missing required properties (["title"])' in answer.json["detail"]
    assert 'not allowed by the schema: ["owner"]' in answer.json["detail"]
    assert 'does not match any allowed primitive type (allowed: ["boolean"])' in str(answer.json)
    assert "errors" not in answer.json


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"null", b"[]", b"\xff", b'{"title":""}', b'{"title":"' + b"x" * 201 + b'"}'),
        *(b'{"title":"\\u200b"}', b"1" * 5000, b"[" * 60_000),
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_what_is_no_such_body_does_not_wake_the_function(body: bytes) -> None:
    """AWS: Request validation for REST APIs in API Gateway (fails before the integration)."""
    check_problem(client().request("POST", "/todos", JSON, body), 400, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"title":%s1%s}' % (b"[" * depth, b"]" * depth) for depth in (300, 900, 9_000)),
        *(b'{"title":5,"x":"\\ud800"}', b'{"title":"\\ud83d"}', b'{"title":5,"\\ud800":1}'),
        *(b'{"title":NaN}', b'{"title":1e400}', b'{"title":%s}' % (b"1" * 4_000)),
        *(b"\xef\xbb\xbf{}", '{"title":"x","é":1}'.encode("utf-16")),
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)
def test_no_body_is_too_odd_for_the_gateway(
    todos: GatewayClient, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    """What its validator cannot look at, it leaves to the service."""
    assert todos.request("POST", "/todos", JSON, body).status == 400
    assert not caplog.records


def test_a_body_that_is_too_large_for_the_service_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """10 MB of JSON are not looked at while everybody else waits."""
    looked_at: list[int] = []
    monkeypatch.setattr(
        "infra.gateway.imported.json.loads", lambda text: looked_at.append(len(text))
    )
    body = b'{"x":[' + b"[]," * 3_000_000 + b"[]]}"
    gateway = client(lambda *_: {"statusCode": 413})
    assert gateway.request("POST", "/todos", JSON, body).status == 413
    assert looked_at == []


@pytest.mark.parametrize(
    "content_type", [[], [("Content-Type", "APPLICATION/JSON; charset=utf-8")], JSON]
)
def test_a_body_is_validated_whenever_it_counts_as_json(content_type: Any) -> None:
    """AWS: Method request behavior (no Content-Type counts as application/json)."""
    assert client().request("POST", "/todos", content_type, b"{}").status == 400


@pytest.mark.parametrize(
    "headers", [[("Content-Type", "text/plain")], [*JSON, ("Content-Encoding", "gzip")]]
)
def test_a_body_without_a_model_passes_to_the_service(headers: Any) -> None:
    """AWS: Request validation (a body is held against the model of its content type only)."""
    assert event(client().request("POST", "/todos", headers, b"{}"))["body"] == "{}"


def test_parameters_are_not_looked_into() -> None:
    """AWS: Request validation for REST APIs in API Gateway (presence and non-blank, no more)."""
    found = event(client().request("GET", "/todos?limit=many&zz=1"))
    assert found["queryStringParameters"] == {"limit": "many", "zz": "1"}


def required_if_match() -> Any:
    document = read(LIBRARY)
    document.data["paths"]["/books/{bookId}"]["put"]["parameters"][1]["required"] = True
    document.data["paths"]["/books"]["get"]["parameters"][2]["required"] = True
    return import_document(derive(document))


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_required_parameter_must_be_there_and_not_blank(value: str | None) -> None:
    """AWS: Request validation for REST APIs in API Gateway (BAD_REQUEST_PARAMETERS)."""
    gateway = client(document=required_if_match())
    headers = [*JSON, *([("If-Match", value)] if value is not None else [])]
    book = b'{"name":"x","genre":"poetry","pages":1}'
    answer = gateway.request("PUT", f"/books/{ID}", headers, book)
    check_problem(answer, 400, "invalid-request")
    query = "" if value is None else f"?genre={value.replace(' ', '+')}"
    check_problem(gateway.request("GET", f"/books{query}"), 400, "invalid-request")
    assert gateway.request("GET", "/books?genre=x").status == 200


# -- mocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/todos", "GET,HEAD,POST,OPTIONS"),
        (f"/todos/{ID}", "GET,HEAD,PUT,DELETE,OPTIONS"),
    ],
)
def test_a_preflight_is_answered_without_the_function(path: str, methods: str) -> None:
    """AWS: CORS for REST APIs in API Gateway; Mock integrations."""
    asked: list[Any] = []
    answer = client(lambda *event: asked.append(event)).request("OPTIONS", path)
    assert (answer.status, answer.body, asked) == (204, b"", [])
    assert answer.headers["access-control-allow-methods"] == methods
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "600"
    assert "content-length" not in answer.headers


def test_a_mock_takes_no_other_media_type() -> None:
    """AWS: Integration passthrough behaviors (NEVER: 415 for a type without a template)."""
    answer = client().request("OPTIONS", "/todos", [("Content-Type", "text/plain")], b"x")
    check_problem(answer, 415, "unsupported-media-type")


def test_one_allowed_origin_stands_in_every_answer_of_the_gateway() -> None:
    """AWS: CORS for REST APIs in API Gateway."""
    origin = "https://example.com"
    gateway = client(document=import_document(load(TODOS), origin))
    for answer in (gateway.request("OPTIONS", "/todos"), gateway.request("GET", "/nowhere")):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


# -- the integration ---------------------------------------------------------------------------


def raises(error: Exception) -> Any:
    def handler(*_: Any) -> None:
        raise error

    return handler


@pytest.mark.parametrize(
    "answer",
    [
        *(None, "x", {}, {"statusCode": "no"}, {"statusCode": 99}, {"statusCode": 200, "body": 1}),
        *({"statusCode": 200, "headers": 1}, {"statusCode": 200, "body": "x" * 6_300_000}),
        *({"statusCode": 200, "headers": {name: "x"}} for name in ("", "a b", "a:", "é", "a\r\nb")),
        *({"statusCode": 200, "headers": {"a": value}} for value in ("x\r\ny", "\0", "€")),
    ],
    ids=lambda answer: repr(answer)[:30],
)
def test_an_answer_that_is_none_is_a_502(answer: Any) -> None:
    """AWS: Output format of a Lambda function for proxy integration (502, malformed response)."""
    check_problem(client(lambda *_: answer).request("GET", "/todos"), 502, "bad-gateway")


def test_a_function_that_fails_is_a_502_that_leaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """AWS: Lambda proxy integrations, error handling (502)."""
    answer = client(raises(ValueError("secret"))).request("GET", "/todos")
    check_problem(answer, 502, "bad-gateway")
    assert b"secret" not in answer.body
    assert "secret" not in caplog.text.replace("raises(ValueError", "")


def test_a_status_code_may_be_a_string() -> None:
    """AWS: Output format of a Lambda function for proxy integration; aws-wsgi sends strings."""
    assert client(lambda *_: {"statusCode": "201"}).request("GET", "/todos").status == 201


def test_a_function_that_takes_too_long_is_a_504() -> None:
    """AWS: Quotas for REST APIs (integration timeout, 29 seconds)."""
    document = json.loads(json.dumps(DOCUMENT))
    proxy = document["paths"]["/todos"]["get"]["x-amazon-apigateway-integration"]
    assert ImportedApi(document).find("/todos")[0].methods["GET"].seconds == 29
    proxy["timeoutInMillis"] = 50
    release = threading.Event()
    gateway = client(lambda *_: release.wait(60), document)
    answer = gateway.request("GET", "/todos")  # while the function goes on
    release.set()
    check_problem(answer, 504, "gateway-timeout")
    assert answer.headers["retry-after"] == "1"


def test_a_body_over_10_mb_is_a_413() -> None:
    """AWS: Quotas for REST APIs (payload size); Gateway response types (REQUEST_TOO_LARGE)."""
    body = b"x" * (local.MAX_PAYLOAD_BYTES + 1)
    check_problem(client().request("POST", "/todos", JSON, body), 413, "content-too-large")


def test_a_fault_of_the_gateway_is_a_logged_problem(caplog: pytest.LogCaptureFixture) -> None:
    """AWS: Gateway response types (API_CONFIGURATION_ERROR, 500)."""
    stopped = TokenBucket(rate=1, burst=1, now=[0.0].pop)
    check_problem(client(throttle=stopped).request("GET", "/todos"), 500, "internal-error")
    assert "The gateway failed: IndexError" in caplog.text
    length = [("Content-Length", "secret")]
    check_problem(client().request("POST", "/todos", length), 500, "internal-error")
    assert "The gateway failed: ValueError" in caplog.text
    assert "secret" not in caplog.text


# -- the throttle ------------------------------------------------------------------------------


def test_a_request_over_the_throttle_is_a_429_that_says_when_to_come_back() -> None:
    """AWS: Throttle requests to your REST APIs (token bucket; 429 Too Many Requests)."""
    gateway = client(throttle=TokenBucket(rate=0.001, burst=2))
    assert [gateway.request("GET", "/todos").status for _ in range(2)] == [200, 200]
    answer = gateway.request("GET", "/todos")
    check_problem(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "1"


def test_a_bucket_fills_at_its_rate_and_no_further_than_its_burst() -> None:
    """AWS: Throttle requests to your REST APIs (rate and burst)."""
    now = [0.0]
    bucket = TokenBucket(rate=10, burst=3, now=lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.1
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] = 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_the_event_names_the_stage() -> None:
    """AWS: Input format of a Lambda function for proxy integration (requestContext.stage)."""
    assert event(client(stage="dev").request("GET", "/todos"))["requestContext"]["stage"] == "dev"


# -- gateway responses -------------------------------------------------------------------------


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
@pytest.mark.parametrize("type_", GATEWAY_RESPONSES)
def test_every_gateway_response_is_a_problem_of_the_contract(type_: str, path: Any) -> None:
    """AWS: Gateway response types for API Gateway.

    Whatever the validator's text holds, the body stays JSON.
    """
    contract = load(path)
    responses = GatewayResponses(import_document(contract))
    text = '[string "\\u0000\\n</script>" is not allowed (["a"])]'
    reply = responses.reply(Refusal(type_, text), "an-id")
    problem = json.loads(reply.body)
    assert not problem_schema(contract.document, reply.status).faults(problem)
    assert problem["status"] == reply.status
    assert (b"access-control-allow-origin", b"*") in reply.headers
    assert (b"content-type", b"application/problem+json") in reply.headers
    if type_ == "BAD_REQUEST_BODY":
        assert problem["detail"] == text


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_every_contract_can_be_read_back_from_its_document(path: Any) -> None:
    contract = load(path)
    api = ImportedApi(import_document(contract))
    for operation in contract.operations.values():
        resource, _ = api.find(operation.path.split("{")[0] + (ID if "{" in operation.path else ""))
        assert resource.path == operation.path
        assert operation.method.upper() in resource.methods


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * 6_280_000, 200),
        ("x" * 6_292_000, 502),
        ('"' * 3_200_000, 502),
        ("é" * 1_100_000, 502),
    ],
)
def test_an_answer_is_measured_as_lambda_sends_it(text: str, status: int) -> None:
    """AWS: Lambda quotas, invocation payload: 6 MB of JSON, in which the body is a string."""
    answer = {"statusCode": 200, "headers": {}, "body": text}
    assert client(lambda *_: answer).request("GET", "/todos").status == status
