"""The local gateway lets through whom API Gateway would, and tells the others as little."""

import asyncio
import json
import logging
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infra.gateway.import_document import import_document
from infra.gateway.keys import FILE, KeyFile, Keys, Plan
from infra.gateway.local import Gateway
from infra.gateway.throttle import TokenBucket
from service.application import create_app
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.contracts.closed import WAYS, closed_contract
from tests.gateway.client import Fields, GatewayClient
from tests.gateway.issuing import Issuer, hostile
from tests.gateway.signing import ROLE, USER, Request, not_signed, signed
from tests.gateway.signing import hostile as hostile_signatures
from tests.gateway.test_tokens import Clock
from tests.servers import Answer

ISSUER = Issuer()
ITEM = "/todos/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
JSON = ("Content-Type", "application/json")
DOCUMENTS = {names: import_document(closed_contract(*names)) for names in WAYS}

CALLS = [
    *(("GET", "/todos", None), ("HEAD", "/todos", None), ("POST", "/todos", b'{"title": "x"}')),
    *(("GET", ITEM, None), ("HEAD", ITEM, None), ("PUT", ITEM, b"{}"), ("DELETE", ITEM, None)),
]
"""Every operation."""


class Woken:
    """A handler that answers with its event, and remembers it."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, event: Any, _: Any) -> Any:
        self.events.append(event)
        return {"statusCode": 200, "body": json.dumps(event)}


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    """Of keys."""
    return KeyFile(tmp_path / FILE)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Closed(GatewayClient):
    """A gateway in front of a handler, whose callers have to be known."""

    def __init__(self, handler: Any, *names: str, keys: Keys | None = None, **more: Any) -> None:
        credentials = {each.access_key: each for each in (USER, ROLE)}
        super().__init__(
            Gateway(
                handler, DOCUMENTS[names], {},
                identity=ISSUER.identity, keys=keys, credentials=credentials, **more,
            )
        )  # fmt: skip

    def ask(
        self, method: str = "GET", target: str = "/todos", body: bytes | None = None, **sent: str
    ) -> Answer:
        """With these headers, `_` for a dash."""
        fields: Fields = [(name.replace("_", "-"), value) for name, value in sent.items()]
        return self.request(method, target, [JSON, *fields] if body else fields, body)

    def send_signed(self, request: Request) -> Answer:
        return self.request(request.method, request.target, request.headers, request.body)


def check_refusal(answer: Answer, status: int, name: str) -> None:
    """A problem that pages of other origins may read."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]
    if answer.body:
        assert answer.json["type"] == f"urn:problem-type:{name}"
        assert answer.json["status"] == status


# -- people ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_whoever_has_no_token_wakes_nothing(
    woken: Woken, method: str, target: str, body: bytes | None
) -> None:
    """HEAD is a method of its own at API Gateway, and as closed as GET."""
    answer = Closed(woken, "person").ask(method, target, body)
    check_refusal(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not woken.events


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_a_person_with_the_scope_is_let_through(
    woken: Woken, method: str, target: str, body: bytes | None
) -> None:
    scope = "todos/read" if method in ("GET", "HEAD") else "todos/write"
    closed = Closed(woken, "person")
    assert closed.ask(method, target, body, Authorization=bearer(scope)).status == 200
    assert len(woken.events) == 1
    other = "todos/write" if scope == "todos/read" else "todos/read"
    assert closed.ask(method, target, body, Authorization=bearer(other)).status == 401
    assert len(woken.events) == 1


def bearer(scope: str = "todos/read todos/write", person: str = "ann") -> str:
    return f"Bearer {ISSUER.token(person, scope)}"


def test_every_hostile_token_gets_the_same_answer_and_wakes_nothing(woken: Woken) -> None:
    """Which tells nobody what was wrong with it. Nothing that it names is fetched."""
    closed = Closed(woken, "person")
    nothing = closed.ask()
    sent = hostile(ISSUER)
    answers = {name: closed.ask(Authorization=value) for name, value in sent.items()}
    assert len(answers) > 90
    assert [name for name, answer in answers.items() if answer != nothing] == []
    assert not woken.events


def test_of_two_tokens_none_counts(woken: Woken) -> None:
    closed = Closed(woken, "person")
    twice = [("Authorization", bearer()), ("Authorization", bearer(person="ben"))]
    assert closed.request("GET", "/todos", twice) == closed.ask()
    assert not woken.events


def test_the_event_tells_who_signed_in_and_of_which_client(woken: Woken) -> None:
    """AWS: Input format of a Lambda function for proxy integration. As recorded, all claims are
    texts, and `authorizer` is there for nobody else."""
    Closed(woken, "person").ask(Authorization=bearer())
    (event,) = woken.events
    claims = event["requestContext"]["authorizer"]["claims"]
    assert claims["sub"] == ISSUER.claims("ann")["sub"]
    assert claims["client_id"] == event["stageVariables"]["client"] == "page"
    assert {type(value) for value in claims.values()} == {str}
    assert event["requestContext"]["identity"]["caller"] is None
    assert "apiKey" not in event["requestContext"]["identity"]


def test_one_of_the_scopes_is_enough_for_the_gateway(woken: Woken) -> None:
    """API Gateway takes any one: the service looks for all (AWS: Method, authorizationScopes)."""
    both = json.loads(json.dumps(DOCUMENTS["person",]))
    both["paths"]["/todos"]["get"]["security"] = [{"person": ["todos/read", "todos/write"]}]
    client = GatewayClient(Gateway(woken, both, {}, identity=ISSUER.identity))
    for scope in ("todos/read", "todos/write"):
        assert client.request("GET", "/todos", [("Authorization", bearer(scope))]).status == 200
    assert client.request("GET", "/todos", [("Authorization", bearer("x"))]).status == 401


@pytest.mark.parametrize("schemes", [{}, {"person": {"x-amazon-apigateway-authtype": "custom"}}])
def test_a_scheme_that_nobody_knows_is_not_served(woken: Woken, schemes: Any) -> None:
    """API Gateway would leave its methods open."""
    document = json.loads(json.dumps(DOCUMENTS["person",]))
    document["components"]["securitySchemes"] = schemes
    with pytest.raises(KeyError):
        Gateway(woken, document, {})


def test_without_an_identity_server_nobody_is_let_through(woken: Woken) -> None:
    client = GatewayClient(Gateway(woken, DOCUMENTS["person",], {}))
    assert client.request("GET", "/todos", [("Authorization", bearer())]).status == 401


def test_a_preflight_needs_no_token_and_allows_one(woken: Woken) -> None:
    for names in DOCUMENTS:
        answer = Closed(woken, *names).ask("OPTIONS")
        assert answer.status == 204
        allowed = answer.headers["access-control-allow-headers"].split(",")
        assert {"Authorization", "X-Api-Key", "X-Amz-Date", "X-Amz-Content-Sha256"} <= {*allowed}
    assert not woken.events


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
def test_strangers_do_not_wake_the_function_for_a_405(woken: Woken, method: str) -> None:
    """A method that a closed path does not declare is as closed: any of its scopes opens it."""
    closed = Closed(woken, "person")
    assert closed.ask(method).status == 401
    assert closed.ask(method, Authorization=bearer("todos/write")).status == 200
    assert closed.ask(method, Authorization=bearer("todos/read")).status == 200
    assert len(woken.events) == 2


def test_an_anonymous_bad_body_is_401_and_not_400(woken: Woken) -> None:
    closed = Closed(woken, "person")
    assert closed.ask("POST", body=b"{").status == 401
    assert closed.ask("POST", body=b"{", Authorization=bearer()).status == 400


def test_a_key_that_takes_long_to_fetch_keeps_nobody_waiting(woken: Woken) -> None:
    """Verifying happens in a thread."""
    reached, fetched = threading.Event(), threading.Event()

    def key_of(kid: str) -> Any:
        reached.set()
        assert fetched.wait(300)
        return ISSUER.identity.key_of(kid)

    slow = type(ISSUER.identity)(ISSUER.identity.issuer, ISSUER.identity.client, key_of)
    client = GatewayClient(Gateway(woken, DOCUMENTS["person",], {}, identity=slow))

    async def both() -> tuple[Answer, Answer]:
        first = asyncio.create_task(client.send("GET", "/todos", [("Authorization", bearer())]))
        await asyncio.to_thread(reached.wait, 300)
        second = await client.send("OPTIONS", "/todos")
        fetched.set()
        return await first, second

    first, second = asyncio.run(both())
    assert (first.status, second.status) == (200, 204)


# -- services ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_an_unsigned_request_wakes_nothing(
    woken: Woken, method: str, target: str, body: bytes | None
) -> None:
    answer = Closed(woken, "service").ask(method, target, body)
    check_refusal(answer, 403, "forbidden")
    assert answer.headers["www-authenticate"] == "AWS4-HMAC-SHA256"
    assert not woken.events


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_a_signed_request_is_let_through(
    woken: Woken, method: str, target: str, body: bytes | None
) -> None:
    closed = Closed(woken, "service")
    headers = [JSON] if body else []
    for credential in (USER, ROLE):
        request = signed(credential, method, target, headers, body)
        assert closed.send_signed(request).status == 200
    assert len(woken.events) == 2


def test_every_bad_signature_gets_the_same_answer_and_wakes_nothing(woken: Woken) -> None:
    closed = Closed(woken, "service")
    for method, body in (("GET", None), ("POST", b'{"title": "x"}')):
        headers = [JSON] if body else []
        sent = hostile_signatures(USER, method, "/todos", headers, body)
        answers = {name: closed.send_signed(each) for name, each in sent.items()}
        first = answers["another secret"]
        check_refusal(first, 403, "forbidden")
        assert [name for name, answer in answers.items() if answer != first] == []
    assert not woken.events


def test_an_authorization_that_is_no_signature_is_403(woken: Woken) -> None:
    """It has the type DEFAULT_4XX, whose status is that of all types that have none."""
    closed = Closed(woken, "service")
    for request in not_signed(signed(USER)).values():
        check_refusal(closed.send_signed(request), 403, "forbidden")
    assert not woken.events


def test_an_unknown_path_and_an_unsigned_request_are_told_alike(woken: Woken) -> None:
    """API Gateway answers both with MISSING_AUTHENTICATION_TOKEN: the text names both causes."""
    closed = Closed(woken, "service")
    unknown, unsigned = closed.ask(target="/nowhere"), closed.ask()
    assert unknown == unsigned
    assert "no such path" in unknown.json["detail"]
    assert "sign the request" in unknown.json["detail"]
    for names in {*DOCUMENTS} - {("service",), ("service", "key")}:
        answer = Closed(woken, *names).ask(target="/nowhere")
        check_refusal(answer, 404, "no-such-path")


def test_the_event_tells_which_service_signed(woken: Woken) -> None:
    """AWS: IAM identifiers; of a role's session the caller has both, with a colon."""
    closed = Closed(woken, "service")
    for credential in (USER, ROLE):
        closed.send_signed(signed(credential))
    user, role = (each["requestContext"]["identity"] for each in woken.events)
    assert (user["caller"], user["user"], user["accessKey"]) == (
        "AIDAUSER",
        "AIDAUSER",
        "LOCALUSER",
    )
    assert user["userArn"] == "arn:aws:iam::000000000000:user/AIDAUSER"
    assert role["caller"] == role["user"] == "AROAROLE:nightly"
    assert role["userArn"] == "arn:aws:sts::000000000000:assumed-role/AROAROLE/nightly"
    assert {each["cognitoIdentityId"] for each in (user, role)} == {None}
    assert all("authorizer" not in each["requestContext"] for each in woken.events)


# -- applications ------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "target", "body"), CALLS)
def test_an_application_needs_a_key_that_counts(
    woken: Woken, file: KeyFile, method: str, target: str, body: bytes | None
) -> None:
    value = file.create("billing")
    closed = Closed(woken, "key", keys=Keys(file.path))
    refused = [
        closed.ask(method, target, body),
        *(
            closed.ask(method, target, body, X_Api_Key=each)
            for each in ("", "x", value[:-1], f"{value} ")
        ),
    ]
    for answer in refused:
        check_refusal(answer, 403, "forbidden")
        assert answer == refused[0]
        assert "www-authenticate" not in answer.headers
    assert not woken.events
    assert closed.ask(method, target, body, X_Api_Key=value).status == 200
    (event,) = woken.events
    identity = event["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (value, file.read()[0].id)
    assert "authorizer" not in event["requestContext"]


def test_of_two_keys_none_counts(woken: Woken, file: KeyFile) -> None:
    value = file.create("billing")
    twice = [("X-Api-Key", value), ("X-Api-Key", value)]
    closed = Closed(woken, "key", keys=Keys(file.path))
    assert closed.request("GET", "/todos", twice).status == 403


def test_keys_begin_and_end_while_the_gateway_runs(woken: Woken, file: KeyFile) -> None:
    closed = Closed(woken, "key", keys=Keys(file.path))
    assert closed.ask(X_Api_Key="x").status == 403
    one, other = file.create("one"), file.create("other")
    assert closed.ask(X_Api_Key=one).status == closed.ask(X_Api_Key=other).status == 200
    file.revoke("one")
    assert closed.ask(X_Api_Key=one).status == 403
    assert closed.ask(X_Api_Key=other).status == 200


def test_a_plan_lets_so_many_requests_through_at_once(
    woken: Woken, file: KeyFile, clock: Clock
) -> None:
    """Each key has its own share; a client that waits as it is told comes through."""
    one, other = file.create("one"), file.create("other")
    closed = Closed(woken, "key", keys=Keys(file.path, Plan(rate=1, burst=2), clock))
    statuses = [closed.ask(X_Api_Key=one).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    throttled = closed.ask(X_Api_Key=one)
    check_refusal(throttled, 429, "too-many-requests")
    assert closed.ask(X_Api_Key=other).status == 200
    clock.now += int(throttled.headers["retry-after"])
    assert closed.ask(X_Api_Key=one).status == 200


def test_a_quota_lasts_until_the_month_ends_and_says_no_time(
    woken: Woken, file: KeyFile, clock: Clock
) -> None:
    """No template knows when that is. What was throttled does not count."""
    value = file.create("one")
    clock.now = 1_795_996_800.0  # 2026-11-30T00:00:00Z
    plan = Plan(rate=1, burst=1, quota=2)
    closed = Closed(woken, "key", keys=Keys(file.path, plan, clock))
    assert [closed.ask(X_Api_Key=value).status for _ in range(3)] == [200, 429, 429]
    clock.now += 1
    assert closed.ask(X_Api_Key=value).status == 200
    clock.now += 1
    answer = closed.ask(X_Api_Key=value)
    check_refusal(answer, 429, "quota-exceeded")
    assert "retry-after" not in answer.headers
    clock.now += 86_400
    assert closed.ask(X_Api_Key=value).status == 200


# -- the order ---------------------------------------------------------------------------------


def test_each_is_asked_after_the_one_before(woken: Woken, file: KeyFile, clock: Clock) -> None:
    """Stage, token, key, throttle, quota, body: the first that refuses answers."""
    value = file.create("one")
    stage = TokenBucket(1, 5, clock)
    plan = Plan(rate=0.1, burst=1, quota=1)
    closed = Closed(woken, "person", "key", keys=Keys(file.path, plan, clock), throttle=stage)
    token = bearer()

    def status(**sent: str) -> int:
        return closed.ask("POST", body=b"{", **sent).status

    assert status(X_Api_Key=value) == 401
    assert status(Authorization=token) == 403
    assert status(Authorization=token, X_Api_Key=value) == 400
    assert status(Authorization=token, X_Api_Key=value) == 429
    assert status(Authorization=token) == 403
    throttled = closed.ask("POST")
    check_refusal(throttled, 429, "too-many-requests")
    clock.now += 11
    answer = closed.ask("POST", body=b"{", Authorization=token, X_Api_Key=value)
    check_refusal(answer, 429, "quota-exceeded")
    assert not woken.events


def test_a_service_may_need_a_key_beside_its_signature(woken: Woken, file: KeyFile) -> None:
    value = file.create("one")
    closed = Closed(woken, "service", "key", keys=Keys(file.path))
    request = signed(USER)
    assert closed.send_signed(request).status == 403
    assert closed.send_signed(request.with_header("X-Api-Key", value)).status == 200
    assert closed.ask(X_Api_Key=value).status == 403
    identity = woken.events[0]["requestContext"]["identity"]
    assert (identity["caller"], identity["apiKey"]) == ("AIDAUSER", value)


# -- what stays in here ------------------------------------------------------------------------


def test_no_token_key_signature_or_name_is_ever_logged(
    tmp_path: Path, file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of those that are let through, nor of those that are not, nor when it fails."""
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    contract = closed_contract("person", "key")
    value = file.create("canary-application")
    token = ISSUER.token("canary-person", email="canary@example.com")
    with closing(SQLiteStore(tmp_path / "todos.db", contract.filters)) as store:
        handler = create_handler(create_app(contract, store), lines.append)

        def failing(event: Any, context: Any) -> Any:
            if event["httpMethod"] == "DELETE":
                raise RuntimeError(json.dumps(event))
            return handler(event, context)

        closed = Closed(failing, "person", "key", keys=Keys(file.path))
        for method, target, body in CALLS:
            closed.ask(method, target, body, Authorization=f"Bearer {token}", X_Api_Key=value)
            closed.ask(
                method, target, body, Authorization=f"Bearer {token}x", X_Api_Key="canary-key"
            )
    written = "".join(lines) + caplog.text
    assert "The handler failed" in written
    assert '"operation":"listTodos"' in written
    for secret in (token, token[-40:], value, "canary"):
        assert secret not in written
