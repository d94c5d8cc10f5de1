"""What the store does to its table, operation by operation, is what the role allows."""

import boto3
import pytest

from service.stores import Position, Scope
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from tests.engines import aws_environment, ministack, patient_client  # noqa: F401
from tests.least_privilege import MADE_BY_LAMBDA, difference, recorded, role_allows

TABLE = "LeastPrivilege"
ANN = Scope("todos", "ann")


@pytest.fixture(scope="module")
def store(ministack: str) -> DynamoDBStore:  # noqa: F811
    filters = {"todos": {"completed": None}}
    boto3.client("dynamodb", endpoint_url=ministack).create_table(
        **table_definition(TABLE, filters)
    )
    return DynamoDBStore(patient_client(ministack), TABLE, filters)


def test_every_operation_of_the_store_together_makes_the_calls_that_the_role_allows(
    store: DynamoDBStore,
) -> None:
    with recorded() as calls:
        store.create(ANN, Position(1, "one"), {"completed": False}, "token", "request")
        store.recall(ANN, "one", "request")
        store.get(ANN, "one")
        store.update(ANN, "one", {"completed": True}, "another", ["token"])
        store.list(ANN, {}, 10, None)
        store.list(ANN, {"completed": True}, 10, None)
        store.delete(ANN, "one", None)
    assert calls == role_allows()
    assert difference(calls, whole=True) == []


def test_the_store_has_no_operation_that_is_not_tried_above() -> None:
    public = {name for name in vars(DynamoDBStore) if not name.startswith("_")}
    assert public == {"create", "recall", "get", "update", "list", "delete"}


def test_a_call_that_is_not_made_is_told(store: DynamoDBStore) -> None:
    with recorded() as calls:
        store.list(ANN, {}, 10, None)
    told = difference(calls, whole=True)
    assert "dynamodb:PutItem on ${Table.Arn}: allowed, not done" in told
    assert difference(calls, whole=False) == []


def test_a_call_that_is_not_allowed_is_told() -> None:
    told = difference({("dynamodb:Scan", "${Table.Arn}")}, whole=False)
    assert told == ["dynamodb:Scan on ${Table.Arn}: done, not allowed"]


def test_calls_of_the_tests_themselves_do_not_count(ministack: str) -> None:  # noqa: F811
    with recorded() as calls:
        boto3.client("dynamodb", endpoint_url=ministack).list_tables()
    assert calls == set()


def test_what_lambda_itself_does_is_allowed_on_one_log_group() -> None:
    assert {end for _, end in MADE_BY_LAMBDA} == {"${FunctionLogs.Arn}"}
