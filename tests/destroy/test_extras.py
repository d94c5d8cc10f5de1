"""Destroying a stage with extras: what goes with it, and what stays with its items."""

import json
from typing import Any

import pytest

from infra.aws.account import Account, StackError
from infra.aws.encryption import EncryptionKey
from infra.aws.outputs import outputs
from infra.aws.search import Search
from infra.aws.stage import Stage
from infra.deploy.current import surveyed
from infra.deploy.deployment import Deployment
from infra.deploy.pipeline import bring_up
from infra.deploy.states import State
from infra.destroy.destruction import destroy
from infra.destroy.inventory import inventory
from infra.destroy.resources import LISTS
from tests.aws.stages import nothing, physical_id, put_items, stand, stand_small
from tests.contracts import TODOS, load
from tests.deploy.templates import PARAMETERS, rendered
from tests.destroy.test_destruction import take_away

OF_TRY = {
    **PARAMETERS,
    "Stage": "try",
    "TableName": "TodoItems-try",
    "OwnKey": "on",
    "Architecture": "x86_64",
}


@pytest.fixture
def keyed(account: Account) -> Stage:
    """A stage whose table is encrypted with a key of its own."""
    return stand(account, "try", OwnKey="on")


def encrypt(account: Account, key: str) -> None:
    """As CloudFormation does; the engine's drops what a table is encrypted with."""
    arn = account.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    encrypted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    account.client("dynamodb").update_table(TableName="TodoItems-try", SSESpecification=encrypted)


def key_state(account: Account, key: str) -> str:
    return str(account.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def names(found: list[Any]) -> set[tuple[str, str]]:
    return {(each.kind, each.name) for each in found}


def test_the_key_goes_after_its_table_as_late_as_aws_lets_it(
    account: Account, keyed: Stage
) -> None:
    key = outputs(account, keyed)["EncryptionKeyId"]
    told: list[str] = []
    result = destroy(account, keyed, False, True, told.append)
    assert ("KMS key", key) in names(result.before)
    assert (result.left, inventory(account, keyed)) == ([], [])
    assert key_state(account, key) == "PendingDeletion"
    removed = [line.split()[1:] for line in told if line.startswith("  removed")]
    assert removed.index(["KMS", "key", key]) > removed.index(
        ["DynamoDB", "table", "TodoItems-try"]
    )
    assert any(f"AWS deletes the key {key} in 30 days" in line for line in told)


def test_the_key_is_kept_with_the_table_and_taken_over_with_it(
    account: Account, keyed: Stage
) -> None:
    key = outputs(account, keyed)["EncryptionKeyId"]
    encrypt(account, key)
    put_items(account, "TodoItems-try", 1)
    result = take_away(account, keyed, keep_data=True)
    assert names(result.kept) == {("DynamoDB table", "TodoItems-try"), ("KMS key", key)}
    assert (result.left, key_state(account, key)) == ([], "Enabled")
    deployment = Deployment(account, keyed, TODOS, load(TODOS), {}, agreed=True, tell=nothing)
    kept = surveyed(deployment, None, "TodoItems-try").kept
    assert kept
    assert kept.key == key
    assert str(kept) == f"table TodoItems-try, encrypted with the key {key}"
    deployment.artifacts.create()
    state = State(rendered(OF_TRY), OF_TRY, keyed.tags).data_only("Table", "EncryptionKey")
    proposed = deployment.propose(state, "IMPORT", kept.imports)
    assert proposed
    deployment.stack.execute(proposed, nothing)
    assert physical_id(account, keyed, "EncryptionKey") == key
    assert physical_id(account, keyed, "Table") == "TodoItems-try"


def test_a_key_that_is_about_to_go_is_told_with_what_keeps_it(
    account: Account, keyed: Stage
) -> None:
    key = outputs(account, keyed)["EncryptionKeyId"]
    encrypt(account, key)
    take_away(account, keyed, keep_data=True)
    EncryptionKey(account, key).delete(nothing)
    deployment = Deployment(account, keyed, TODOS, load(TODOS), {}, agreed=True, tell=nothing)
    with pytest.raises(StackError, match=f"cancel-key-deletion --key-id {key}"):
        surveyed(deployment, None, "TodoItems-try")


def test_a_table_that_was_kept_cannot_lose_its_key_at_once(account: Account, keyed: Stage) -> None:
    encrypt(account, outputs(account, keyed)["EncryptionKeyId"])
    take_away(account, keyed, keep_data=True)
    options = {"OwnKey": "off"}
    deployment = Deployment(account, keyed, TODOS, load(TODOS), options, agreed=True, tell=nothing)
    with pytest.raises(StackError, match="Deploy without --kms off"):
        bring_up(deployment)


def test_the_key_of_somebody_else_is_left_alone(account: Account) -> None:
    stage = stand(account, "try")
    arn = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    encrypt(account, arn)
    assert not EncryptionKey(account, arn).is_of(stage)
    assert take_away(account, stage).left == []
    assert key_state(account, arn) == "Enabled"


# -- a trail -----------------------------------------------------------------------------------


@pytest.fixture
def trailed(account: Account) -> Stage:
    """A small stage whose trail has recorded something."""
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    stage = stand_small(account, "try", TrailBucket=bucket)
    record(account, physical_id(account, stage, "TrailBucket"))
    return stage


def record(account: Account, bucket: str) -> None:
    """A file, as CloudTrail delivers them."""
    key = f"AWSLogs/{account.id}/CloudTrail/eu-central-1/2026/11/26/a.json.gz"
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=b"{}")


def test_what_a_trail_recorded_goes_after_the_stack(account: Account, trailed: Stage) -> None:
    """Until the stack is gone there may be no end of it, and CloudTrail writes a while longer."""
    bucket = physical_id(account, trailed, "TrailBucket")
    told: list[str] = []
    result = destroy(account, trailed, False, True, told.append)
    assert ("S3 bucket", bucket) in names(result.before)
    assert (result.left, inventory(account, trailed)) == ([], [])
    of_stack = [number for number, line in enumerate(told) if "delete complete" in line]
    (emptied,) = (
        number for number, line in enumerate(told) if line.split()[:2] == ["emptied", f"{bucket},"]
    )
    assert emptied > max(of_stack)


def test_what_arrives_while_a_stage_goes_is_left_and_goes_with_a_rerun(
    account: Account, trailed: Stage
) -> None:
    bucket = physical_id(account, trailed, "TrailBucket")

    def arrive(line: str) -> None:
        if "emptied" in line and bucket in line:
            record(account, bucket)

    result = destroy(account, trailed, False, True, arrive)
    assert names(result.left) == {("S3 bucket", bucket)}
    policy = json.loads(account.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    (closed,) = policy["Statement"]
    assert (closed["Effect"], closed["Principal"]) == ("Deny", "*")
    assert (closed["Action"], closed["Resource"]) == ("s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    assert take_away(account, trailed).left == inventory(account, trailed) == []


def test_what_a_trail_recorded_outlives_it(account: Account) -> None:
    """The engine sees no change in a condition alone, so more is changed."""
    stage = stand(account, "try", DataEvents="on")
    s3, bucket = account.client("s3"), outputs(account, stage)["TrailBucket"]
    record(account, bucket)
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    stand(account, "try", DataEvents="off", LogRetentionDays="60")
    assert "TrailBucket" not in outputs(account, stage)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == before
    result = take_away(account, stage)
    assert ("S3 bucket", bucket) in names(result.before)
    assert result.left == []


def test_the_trail_of_a_stage_is_found_by_its_name(account: Account) -> None:
    account.client("s3").create_bucket(
        Bucket=f"logs-{account.id}",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    for name in ("todo-api-try", "todo-api-try2"):
        account.client("cloudtrail").create_trail(Name=name, S3BucketName=f"logs-{account.id}")
    search = Search(account, Stage("try"))
    assert [*LISTS["trail"](search)] == []
    search.tagged.add(f"arn:aws:cloudtrail:eu-central-1:{account.id}:trail/any")
    (found,) = LISTS["trail"](search)
    assert (found.name, found.remove) == (
        "todo-api-try",
        "aws cloudtrail delete-trail --name todo-api-try",
    )


# -- what is found by its name -----------------------------------------------------------------


def test_the_budget_of_a_stage_is_found_by_its_name(account: Account) -> None:
    """The engine's CloudFormation makes none, and nobody looks before something tells of one."""
    for stage in ("try", "try2"):
        account.client("budgets").create_budget(
            AccountId=account.id,
            Budget={
                "BudgetName": f"todo-api-{stage}-eu-central-1-me@example.com",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": "25", "Unit": "USD"},
            },
        )
    search = Search(account, Stage("try"))
    assert [*LISTS["budget"](search)] == []
    search.tagged.add(f"arn:aws:budgets::{account.id}:budget/any")
    (found,) = LISTS["budget"](search)
    assert found.name == "todo-api-try-eu-central-1-me@example.com"
    assert found.remove.startswith(f"aws budgets delete-budget --account-id {account.id} ")


def test_the_firewall_of_a_stage_is_found_by_its_name(account: Account) -> None:
    shown = {
        "SampledRequestsEnabled": False,
        "CloudWatchMetricsEnabled": False,
        "MetricName": "a",
    }
    for name in ("todo-api-try", "todo-api-try2"):
        account.client("wafv2").create_web_acl(
            Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown
        )
    search = Search(account, Stage("try"))
    assert [*LISTS["web ACL"](search)] == []
    search.tagged.add(f"arn:aws:wafv2:eu-central-1:{account.id}:regional/webacl/any/1")
    assert [each.name for each in LISTS["web ACL"](search)] == ["todo-api-try"]
