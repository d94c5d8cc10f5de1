"""Destroying: from whatever state, to nothing, or to what is told."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.aws.account import Account, StackError
from infra.aws.artifacts import Artifacts
from infra.aws.buckets import Bucket
from infra.aws.cloudformation import Stack, StackFailed
from infra.aws.stage import Stage
from infra.aws.tables import Table
from infra.cli import main
from infra.destroy.destruction import Result, destroy
from infra.destroy.inventory import inventory
from tests.aws.stages import (
    bucket_of,
    nothing,
    physical_id,
    put_items,
    put_up,
    stand,
    stand_small,
    tables,
)

DEFINITION: dict[str, Any] = {
    "TableName": "TodoItems",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def take_away(account: Account, stage: Stage, keep_data: bool = False) -> Result:
    return destroy(account, stage, keep_data, True, nothing)


def test_nothing_of_a_whole_stage_is_left(account: Account) -> None:
    stage = stand(account, "prod")
    group = f"/aws/lambda/{physical_id(account, stage, 'Function')}"
    account.client("logs").create_log_group(logGroupName=group)
    account.client("s3").put_object(Bucket=bucket_of(account, stage), Key="index.html", Body=b"a")
    result = take_away(account, stage)
    kinds = {each.kind for each in result.before}
    assert kinds >= {"CloudFormation stack", "REST API", "Lambda function", "IAM role", "log group"}
    assert kinds >= {"DynamoDB table", "S3 bucket", "distribution", "alarm", "artifact bucket"}
    assert result.left == inventory(account, stage) == []
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert tables(account) == []
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("apigateway").get_rest_apis()["items"] == []
    assert account.client("logs").describe_log_groups()["logGroups"] == []


def test_destroying_nothing_says_so(account: Account) -> None:
    stand_small(account, "other")
    told: list[str] = []
    result = destroy(account, Stage("gone"), False, False, told.append)
    assert result.before == result.left == []
    assert "There is nothing to destroy of stage gone" in told[0]
    assert "other" in told[1]


def test_a_kept_table_stays_as_it_is_and_is_found_again(account: Account) -> None:
    stage = stand_small(account, "try")
    put_items(account, "TodoItems-try", 2)
    result = take_away(account, stage, keep_data=True)
    assert [each.name for each in result.kept] == ["TodoItems-try"]
    assert result.left == []
    table = Table(account, "TodoItems-try")
    assert (table.description() or {})["DeletionProtectionEnabled"]
    assert stage.tags[0] in table.tags()
    assert table.items() == "2 items"
    told: list[str] = []
    assert destroy(account, stage, False, True, told.append).left == []
    assert any("TodoItems-try  (2 items, protected)" in line for line in told)
    assert tables(account) == []


def test_a_table_that_another_one_replaced_goes_too(account: Account) -> None:
    stage = stand_small(account, "try")
    template = Stack(account, stage.stack).template()
    template["Resources"]["Table"]["Properties"]["TableName"] = "Other"
    put_up(account, stage, template, {})
    assert tables(account) == ["Other", "TodoItems-try"]
    take_away(account, stage)
    assert tables(account) == []


def test_a_table_of_somebody_else_is_left_alone(account: Account) -> None:
    stand_small(account, "try")
    stage = Stage("prod")
    put_up(account, stage, {"Resources": {"SiteBucket": {"Type": "AWS::S3::Bucket"}}}, {})
    account.client("dynamodb").create_table(**DEFINITION)
    assert take_away(account, stage).left == []
    assert tables(account) == ["TodoItems", "TodoItems-try"]


def test_one_of_two_stages_goes_and_the_other_one_stays_untouched(
    account: Account,
) -> None:
    going, staying = stand_small(account, "prod"), stand_small(account, "prod2")
    put_items(account, "TodoItems-prod2", 5)
    account.client("s3").put_object(Bucket=bucket_of(account, staying), Key="a", Body=b"a")
    before = inventory(account, staying)
    assert take_away(account, going).left == []
    after = [each for each in inventory(account, staying) if each.kind != "artifact bucket"]
    assert after == before


def test_all_versions_and_delete_markers_of_one_stage_go(account: Account) -> None:
    stage, staying = stand_small(account, "prod"), stand_small(account, "prod2")
    bucket = Bucket(account, Artifacts(account, stage).bucket)
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    for key in ("prod/a", "prod2/a"):
        for body in (b"one", b"two"):
            s3.put_object(Bucket=bucket.name, Key=key, Body=body)
        s3.delete_object(Bucket=bucket.name, Key=key)
    assert take_away(account, stage).left == []
    assert (bucket.count("prod/"), bucket.count("prod2/a")) == (0, 3)
    assert take_away(account, staying).left == []
    assert s3.list_buckets()["Buckets"] == []


def test_it_may_die_at_any_step_and_a_rerun_goes_on(account: Account) -> None:
    stage = stand_small(account, "try")
    account.client("s3").put_object(Bucket=bucket_of(account, stage), Key="a", Body=b"a")
    before = ("This will be", "emptied", "delete complete")
    for step in (*before, "DynamoDB table T", "artifacts s3"):
        with pytest.raises(KeyboardInterrupt):
            destroy(account, stage, False, True, Mortal(step))
        assert ("TodoItems-try" in tables(account)) == (step in before)
    assert take_away(account, stage).left == inventory(account, stage) == []
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_a_kept_table_survives_a_run_that_died(account: Account) -> None:
    stage = stand_small(account, "try")
    with pytest.raises(KeyboardInterrupt):
        destroy(account, stage, True, True, Mortal("delete complete"))
    assert take_away(account, stage, keep_data=True).left == []
    assert tables(account) == ["TodoItems-try"]


class Mortal:
    """Listens until a line has a word in it; then Ctrl-C."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, line: str) -> None:
        if self.word in line:
            raise KeyboardInterrupt


def test_a_stack_that_waits_for_a_decision_goes(account: Account) -> None:
    stage = Stage("try")
    artifacts = Artifacts(account, stage)
    artifacts.create()
    stack = Stack(account, stage.stack)
    url = artifacts.put_template(b'{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    assert stack.propose("CREATE", url, {}, stage.tags)
    assert (stack.description() or {})["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert take_away(account, stage).left == []
    assert stack.description() is None


def test_a_stack_whose_creation_failed_goes(account: Account) -> None:
    stage = Stage("try")
    address = {"TargetFunctionArn": "none", "AuthType": "NONE"}
    wrong = {"Type": "AWS::Lambda::Url", "DependsOn": "Table", "Properties": address}
    with pytest.raises(StackFailed, match="Wrong"):
        stand_small(account, "try", Wrong=wrong)
    assert (Stack(account, stage.stack).description() or {})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert take_away(account, stage).left == []
    assert account.client("s3").list_buckets()["Buckets"] == tables(account) == []


def test_a_stack_that_cannot_be_deleted_is_told_and_a_rerun_heals(account: Account) -> None:
    stage = stand_small(account, "try", Images={"Type": "AWS::ECR::Repository"})
    images, name = account.client("ecr"), physical_id(account, stage, "Images")
    images.put_image(repositoryName=name, imageManifest="{}", imageTag="by-hand")
    with pytest.raises(StackFailed) as failure:
        take_away(account, stage)
    assert "Images (AWS::ECR::Repository) is DELETE_FAILED" in str(failure.value)
    assert "todo-api destroy --stage try" in str(failure.value)
    assert tables(account) == ["TodoItems-try"]
    images.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "by-hand"}])
    result = take_away(account, stage)
    assert result.left == []
    assert "CloudFormation stack   todo-api-try  (delete failed)" in map(str, result.before)
    assert f"repository/{name}  (by its tag alone)" in " ".join(map(str, result.before))


def test_a_protected_stack_is_told_with_the_remedy(account: Account) -> None:
    stage = stand_small(account, "try")
    cloudformation = account.client("cloudformation")
    cloudformation.update_termination_protection(
        EnableTerminationProtection=True, StackName=stage.stack
    )
    with pytest.raises(StackError, match="--no-enable-termination-protection"):
        take_away(account, stage)
    assert Stack(account, stage.stack).description()


def test_log_groups_that_came_back_go(account: Account) -> None:
    """A function's last lines may come in after its log group has gone."""
    stage = stand(account, "try")
    late = {
        physical_id(account, stage, "FunctionLogs"),
        f"/aws/lambda/{physical_id(account, stage, 'Function')}",
        f"API-Gateway-Execution-Logs_{physical_id(account, stage, 'Api')}/try",
    }
    assert take_away(account, stage).left == []
    logs = account.client("logs")
    for name in [*late, "/aws/lambda/todo-api-try2-Function", "API-Gateway-Execution-Logs_a/try"]:
        logs.create_log_group(logGroupName=name)
    result = take_away(account, stage)
    assert {each.name for each in result.before} == late
    assert result.left == []
    assert len(logs.describe_log_groups()["logGroups"]) == 2


# -- the command -------------------------------------------------------------------------------


def test_what_is_left_is_told_with_what_removes_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_small(account, "try")
    account.client("sns").create_topic(Name="todo-api-try-by-hand")
    assert main(["destroy", "--stage", "try", "--yes"]) == 4
    said = capsys.readouterr().out
    assert "LEFT: SNS topic" in said
    assert f"aws sns delete-topic --topic-arn arn:aws:sns:eu-central-1:{account.id}:todo" in said
    assert "--region eu-central-1" in said


def test_the_proof_is_printed(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    stand_small(account, "try")
    assert main(["destroy", "--stage", "try", "--yes"]) == 0
    said = capsys.readouterr().out
    assert ["DynamoDB", "table", "1", "0"] in [line.split() for line in said.splitlines()]
    assert "Nothing of stage try is left." in said
    assert main(["destroy", "--stage", "try"]) == 0
    again = capsys.readouterr()
    assert again.out == ""
    assert "There is nothing to destroy of stage try" in again.err


def test_the_proof_is_json_for_programs(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_small(account, "try")
    assert main(["destroy", "--stage", "try", "--yes", "--keep-data", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["stage"], said["region"], said["left"]) == ("try", "eu-central-1", [])
    assert [each["name"] for each in said["kept"]] == ["TodoItems-try"]
    assert "CloudFormation stack" in [each["kind"] for each in said["before"]]


def test_nothing_goes_unless_the_stages_name_is_typed(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_small(account, "try")
    assert main(["destroy", "--stage", "try"]) == 4
    assert (
        "There is no terminal to ask on. To agree beforehand, use --yes." in capsys.readouterr().err
    )
    with typing("prod\n", monkeypatch):
        assert main(["destroy", "--stage", "try"]) == 4
    assert "Nothing was destroyed" in capsys.readouterr().err
    assert tables(account) == ["TodoItems-try"]
    with typing("try\n", monkeypatch):
        assert main(["destroy", "--stage", "try"]) == 0
    assert tables(account) == []


@contextmanager
def typing(text: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Someone at a terminal."""
    keyboard, terminal = os.openpty()
    try:
        os.write(keyboard, text.encode())
        with open(terminal) as stdin, monkeypatch.context() as patch:
            patch.setattr("sys.stdin", stdin)
            yield
    finally:
        os.close(keyboard)
