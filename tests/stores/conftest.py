"""The two stores, each on its real engine, with the same filters."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from service.stores import Filters, Store
from service.stores.dynamodb import DynamoDBStore
from service.stores.layout import table_definition
from service.stores.sqlite import SQLiteStore
from tests.engines import aws_environment, ministack, patient_client  # noqa: F401

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "TodoItems"
FILTERS: Filters = {
    "todos": {"completed": False, "priority": None, "colour": "none"},
    "customers": {"completed": None},
}


@pytest.fixture(scope="session")
def dynamodb(ministack: str) -> "Iterator[DynamoDBClient]":  # noqa: F811
    """A client of a ministack that has the table."""
    # With time to spare: the service's own client would repeat a slow CreateTable, and hear
    # that the table exists.
    with closing(boto3.client("dynamodb", endpoint_url=ministack)) as patient:
        patient.create_table(**table_definition(TABLE, FILTERS))
    with closing(patient_client(ministack)) as client:
        yield client


@pytest.fixture
def dynamodb_store(dynamodb: "DynamoDBClient") -> DynamoDBStore:
    return DynamoDBStore(dynamodb, TABLE, FILTERS)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "items.db", FILTERS)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found
