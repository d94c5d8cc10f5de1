"""Shards in the function's environment: none, and there is nothing of them, not even imported."""

import os
import subprocess
import sys

import pytest

from tests.contracts import TODOS

_SCRIPT = """
import json, sys
from service.lambda_function import built
store = built.store
print(json.dumps([
    type(store).__name__,
    list(getattr(store, "_shards", [])),
    sorted({"service.stores.sharded", "service.stores.shards"} & {*sys.modules}),
]))
"""


@pytest.mark.parametrize(
    ("environment", "store", "shards"),
    [
        ({}, "DynamoDBStore", "[]"),
        ({"SHARDS": "4", "OTHER_SHARDS": "1"}, "ShardedStore", "[4, 1]"),
        ({"OTHER_SHARDS": "4"}, "ShardedStore", "[1, 4]"),
    ],
)
def test_the_environment_says_which_shards_the_store_reads_and_writes(
    environment: dict[str, str], store: str, shards: str
) -> None:
    told = built(environment)
    assert told.startswith(f'["{store}", {shards}, ')
    if store == "DynamoDBStore":
        assert "service.stores.shard" not in told


def built(environment: dict[str, str]) -> str:
    """What a new process tells of its store."""
    settings = {
        "STORE": "dynamodb:Items",
        "CONTRACT": str(TODOS),
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    return subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
