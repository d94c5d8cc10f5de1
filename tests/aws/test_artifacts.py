"""The artifact bucket: private, and written to only where that changes something."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts, address
from infra.aws.stage import Stage


@contextmanager
def heard(account: Account) -> Iterator[list[str]]:
    """The operations that are asked of S3 meanwhile."""
    operations: list[str] = []
    events = account.client("s3").meta.events
    events.register("before-call.s3", lambda model, **_: operations.append(model.name), "heard")
    try:
        yield operations
    finally:
        events.unregister("before-call.s3", unique_id="heard")


@pytest.fixture
def artifacts(account: Account) -> Artifacts:
    found = Artifacts(account, Stage("try"))
    found.create()
    return found


def test_a_bucket_that_is_as_it_should_be_is_only_looked_at(
    account: Account, artifacts: Artifacts
) -> None:
    with heard(account) as operations:
        artifacts.create()
    assert operations
    assert [each for each in operations if not each.startswith(("Get", "Head"))] == []


@pytest.mark.parametrize("loosen", ["delete_public_access_block", "delete_bucket_policy"])
def test_a_bucket_that_somebody_opened_is_closed_again(
    account: Account, artifacts: Artifacts, loosen: str
) -> None:
    client: Any = account.client("s3")
    getattr(client, loosen)(Bucket=artifacts.bucket)
    artifacts.create()
    blocks = client.get_public_access_block(Bucket=artifacts.bucket)
    assert all(blocks["PublicAccessBlockConfiguration"].values())
    (statement,) = json.loads(client.get_bucket_policy(Bucket=artifacts.bucket)["Policy"])[
        "Statement"
    ]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("region", "partition", "host"),
    [
        ("eu-central-1", "aws", "b.s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "b.s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "aws-eusc", "b.s3.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_every_partition_has_its_host_names(region: str, partition: str, host: str) -> None:
    assert address("b", "k", region, partition) == f"https://{host}/k"
