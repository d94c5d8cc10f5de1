"""When DynamoDB throttles, fails, hangs or loses an answer."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from service.stores import ItemMissing, Position, Scope, Store, StoreUnavailable, TokenStale
from service.stores.client import _CONNECT_SECONDS, _READ_SECONDS, create_client
from service.stores.dynamodb import DynamoDBStore
from tests.engines import free_port
from tests.stores.conftest import FILTERS, TABLE
from tests.stores.wire import Wire, client_of, hanging, refusing, relay

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("aws_environment")

ANN = Scope("todos", "ann")
MOST_SECONDS = 8
"""API Gateway gives up after 29."""

CALLS: dict[str, Callable[[Store], object]] = {
    "create": lambda store: store.create(ANN, Position(0, "1"), {}, "t1", None),
    "get": lambda store: store.get(ANN, "1"),
    "update": lambda store: store.update(ANN, "1", {}, "t1", None),
    "delete": lambda store: store.delete(ANN, "1", None),
    "list": lambda store: store.list(ANN, {}, 10, None),
}


@pytest.fixture
def wire(
    dynamodb: "DynamoDBClient",  # noqa: ARG001 - it made the table
    ministack: str,
) -> Iterator[Wire]:
    with relay(ministack) as wire:
        yield wire


@pytest.fixture
def fresh_store(wire: Wire) -> Iterator[DynamoDBStore]:
    """With a client of its own, and so with a whole retry quota."""
    with client_of(wire.endpoint) as client:
        yield DynamoDBStore(client, TABLE, FILTERS)


@pytest.mark.parametrize("name", CALLS)
def test_server_errors_are_an_outage(name: str) -> None:
    with refusing(500, "InternalServerError") as endpoint:
        told_unavailable_in_time(endpoint, CALLS[name], "InternalServerError")


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_throttling_is_an_outage(code: str) -> None:
    with refusing(400, code) as endpoint:
        told_unavailable_in_time(endpoint, CALLS["create"], code)


def test_a_pause_that_dynamodb_asks_for_is_left_to_the_caller() -> None:
    with refusing(400, "ThrottlingException", {"x-amz-retry-after": "60000"}) as endpoint:
        assert told_unavailable_in_time(endpoint, CALLS["create"], "Throttling") < 60


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_refused_credentials_are_an_outage(code: str) -> None:
    with refusing(400, code) as endpoint:
        told_unavailable_in_time(endpoint, CALLS["get"], code)


def test_a_bug_of_ours_is_not_told_as_an_outage() -> None:
    with (
        refusing(400, "ValidationException") as endpoint,
        client_of(endpoint) as client,
        pytest.raises(ClientError, match="ValidationException"),
    ):
        CALLS["update"](DynamoDBStore(client, TABLE, FILTERS))


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("name", CALLS)
def test_an_answer_that_is_no_json_is_an_outage(name: str, status: int) -> None:
    with refusing(status, "<html>Some proxy's page</html>") as endpoint:
        told_unavailable_in_time(endpoint, CALLS[name], "DynamoDB")


def test_a_hanging_engine_is_given_up() -> None:
    with hanging() as endpoint:
        told_unavailable_in_time(endpoint, CALLS["create"], "Read timeout", read_seconds=0.1)


def test_an_unreachable_engine_is_given_up() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    told_unavailable_in_time(endpoint, CALLS["get"], "Could not connect")


def test_an_empty_retry_quota_passes(wire: Wire, fresh_store: DynamoDBStore) -> None:
    wire.lose = 10**6
    for _ in range(60):
        with pytest.raises(StoreUnavailable):
            fresh_store.get(ANN, "1")
    assert 10**6 - wire.lose < 60 * 3  # the last of them were asked for once
    wire.lose = 0
    with pytest.raises(ItemMissing):
        fresh_store.get(ANN, "1")


@pytest.mark.parametrize("request_", [None, "fingerprint"])
def test_a_create_whose_answer_got_lost_is_a_success(
    wire: Wire, fresh_store: DynamoDBStore, id: str, request_: str | None
) -> None:
    wire.lose = 1
    item = fresh_store.create(ANN, Position(0, id), {"title": "Milk"}, "t1", request_)
    assert item.token == "t1"
    assert fresh_store.get(ANN, id) == item


def test_a_create_whose_answer_got_lost_shows_what_others_did_since(
    wire: Wire, fresh_store: DynamoDBStore, dynamodb_store: DynamoDBStore, id: str
) -> None:
    def update() -> None:
        dynamodb_store.update(ANN, id, {"title": "Tea"}, "t2", None)

    wire.lose, wire.meanwhile = 1, [update]
    item = fresh_store.create(ANN, Position(0, id), {"title": "Milk"}, "t1", None)
    assert (item.values["title"], item.token) == ("Tea", "t2")


@pytest.mark.parametrize(("expected", "unexpected"), [(["t1"], []), (None, ["t0"])])
def test_an_update_whose_answer_got_lost_is_a_success(
    wire: Wire,
    fresh_store: DynamoDBStore,
    id: str,
    expected: list[str] | None,
    unexpected: list[str],
) -> None:
    fresh_store.create(ANN, Position(0, id), {"title": "Milk", "size": 1}, "t1", None)
    wire.lose = 1
    item = fresh_store.update(ANN, id, {"title": "Tea"}, "t2", expected, unexpected)
    assert item.values == {"id": id, "title": "Tea", "size": 1}
    assert item.token == "t2"


@pytest.mark.parametrize(("expected", "unexpected"), [(["stale"], []), ([], []), (None, ["t1"])])
def test_an_update_that_was_refused_stays_refused_if_the_answer_got_lost(
    wire: Wire,
    fresh_store: DynamoDBStore,
    id: str,
    expected: list[str] | None,
    unexpected: list[str],
) -> None:
    fresh_store.create(ANN, Position(0, id), {}, "t1", None)
    wire.lose = 1
    with pytest.raises(TokenStale):
        fresh_store.update(ANN, id, {}, "t2", expected, unexpected)


@pytest.mark.parametrize(("expected", "unexpected"), [(None, []), (["t1"], []), (None, ["t0"])])
def test_a_delete_whose_answer_got_lost_is_a_success(
    wire: Wire,
    fresh_store: DynamoDBStore,
    id: str,
    expected: list[str] | None,
    unexpected: list[str],
) -> None:
    fresh_store.create(ANN, Position(0, id), {}, "t1", None)
    wire.lose = 1
    fresh_store.delete(ANN, id, expected, unexpected)
    with pytest.raises(ItemMissing):
        fresh_store.delete(ANN, id, expected, unexpected)


@pytest.fixture
def id() -> str:
    return uuid.uuid4().hex


class Clock:
    """Time that passes where the client waits: in each attempt as long as it lets it take."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def attempt(self, **_: object) -> None:
        self._now += _CONNECT_SECONDS + _READ_SECONDS


def told_unavailable_in_time(
    endpoint: str, call: Callable[[Store], object], text: str, read_seconds: float = 600
) -> float:
    """The seconds that it takes at most. The engine of the test may take `read_seconds` instead."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.stores.client._CONNECT_SECONDS", 600.0)
        patch.setattr("service.stores.client._READ_SECONDS", read_seconds)
        for module in ("service.stores.client", "botocore.endpoint"):
            patch.setattr(f"{module}.time", clock)
        with closing(create_client(endpoint)) as client:
            client.meta.events.register_first("before-send.dynamodb", clock.attempt)
            with pytest.raises(StoreUnavailable, match=text) as caught:
                call(DynamoDBStore(client, TABLE, FILTERS))
    assert caught.value.__cause__ is not None
    assert _READ_SECONDS < clock.monotonic() < MOST_SECONDS
    return clock.monotonic()
