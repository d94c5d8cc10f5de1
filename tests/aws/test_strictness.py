"""The strict engine refuses what AWS refuses, in its words, and lets the rest pass."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.aws.account import Account
from infra.aws.cloudformation import Stack, StackFailed
from infra.aws.stage import Stage
from service.stores.layout import attribute_definitions, index_definitions, table_definition
from tests.aws.stages import put_up, stand_small
from tests.engines import Strictness

ROLE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


IMPATIENT = Config(retries={"total_max_attempts": 1})
"""botocore asks again for minutes what DynamoDB refuses as too much at once."""


class Table:
    """A table with one index, and changes of its indexes as DynamoDB takes them."""

    def __init__(self, strict: Strictness) -> None:
        self._strict = strict
        self.client: Any = boto3.Session().client("dynamodb", config=IMPATIENT)
        self.client.create_table(**table_definition("Things", {"things": {}}))

    def create(self, *names: str) -> None:
        changes = [{"Create": each} for each in index_definitions(names)]
        self.client.update_table(
            TableName="Things",
            AttributeDefinitions=attribute_definitions(names),
            GlobalSecondaryIndexUpdates=changes,
        )

    def delete(self, name: str) -> None:
        changes = [{"Delete": {"IndexName": name}}]
        self.client.update_table(TableName="Things", GlobalSecondaryIndexUpdates=changes)

    def statuses(self) -> dict[str, tuple[str, bool | None]]:
        found = self.client.describe_table(TableName="Things")["Table"]
        return {
            each["IndexName"]: (each["IndexStatus"], each.get("Backfilling"))
            for each in found["GlobalSecondaryIndexes"]
        }

    def settle(self) -> None:
        """Let what takes long end now."""
        self._strict.set(index_seconds=0)
        assert {status for status, _ in self.statuses().values()} == {"ACTIVE"}
        self._strict.set(index_seconds=3600)


@pytest.fixture
def account(strict_account: Account) -> Account:
    return strict_account


@pytest.fixture
def strict(strict: Strictness) -> Strictness:
    """An index takes longer than a test."""
    strict.set(index_seconds=3600)
    return strict


@pytest.fixture
def table(account: Account, strict: Strictness) -> Table:  # noqa: ARG001 - it chose the engine
    return Table(strict)


def refused(code: str, words: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


def query(table: Table, index: str) -> list[Any]:
    (definition,) = index_definitions([index])
    answer = table.client.query(
        TableName="Things",
        IndexName=index,
        KeyConditionExpression="#k = :k",
        ExpressionAttributeNames={"#k": definition["KeySchema"][0]["AttributeName"]},
        ExpressionAttributeValues={":k": {"S": "x"}},
    )
    return list(answer["Items"])


def test_a_new_index_is_built_for_a_while_and_cannot_be_read_meanwhile(table: Table) -> None:
    table.create("byTitle")
    assert table.statuses() == {"byCreated": ("ACTIVE", None), "byTitle": ("CREATING", False)}
    with refused("ValidationException", "Cannot read from backfilling .* index: byTitle"):
        query(table, "byTitle")
    query(table, "byCreated")
    table.settle()
    query(table, "byTitle")


@pytest.mark.parametrize("change", ["create", "delete"])
def test_a_second_change_of_an_index_is_refused_meanwhile(table: Table, change: str) -> None:
    table.create("byTitle")
    with refused("LimitExceededException", "Only 1 online index can be created or deleted"):
        getattr(table, change)("byCreated" if change == "delete" else "byOther")
    table.settle()
    table.create("byOther")


def test_two_indexes_at_once_are_refused(table: Table) -> None:
    with refused("LimitExceededException", "Only 1 online index"):
        table.create("byTitle", "byOther")


def test_a_removed_index_goes_for_a_while(table: Table) -> None:
    table.create("byTitle")
    table.settle()
    table.delete("byTitle")
    assert table.statuses()["byTitle"][0] == "DELETING"
    with refused("LimitExceededException", "Only 1 online index"):
        table.create("byOther")
    table.settle()
    assert table.statuses() == {"byCreated": ("ACTIVE", None)}


def test_a_table_whose_index_is_built_can_neither_be_changed_nor_deleted(table: Table) -> None:
    table.create("byTitle")
    with refused("ResourceInUseException", "Table is being updated: Things"):
        table.client.update_table(TableName="Things", DeletionProtectionEnabled=True)
    with refused("ResourceInUseException", "Table is being updated: Things"):
        table.client.delete_table(TableName="Things")


# -- CloudFormation ----------------------------------------------------------------------------


def with_indexes(account: Account, stage: Stage, *names: str) -> dict[str, Any]:
    """The stage's template, with these indexes of its table."""
    template = Stack(account, stage.stack).template()
    properties = template["Resources"]["Table"]["Properties"]
    properties["GlobalSecondaryIndexes"] = index_definitions(names)
    properties["AttributeDefinitions"] = attribute_definitions(names)
    return template


def indexes(account: Account, stage: Stage) -> dict[str, str]:
    found = account.client("dynamodb").describe_table(TableName=stage.table)["Table"]
    return {
        each["IndexName"]: each["IndexStatus"] for each in found.get("GlobalSecondaryIndexes", ())
    }


@pytest.mark.usefixtures("strict")
def test_cloudformation_does_not_wait_for_an_index(account: Account) -> None:
    stage = stand_small(account, "try")
    put_up(account, stage, with_indexes(account, stage, "byTitle"), {})
    assert indexes(account, stage) == {"byTitle": "CREATING"}
    with pytest.raises(StackFailed, match="Only 1 online index"):
        put_up(account, stage, with_indexes(account, stage, "byTitle", "byOther"), {})


def test_cloudformation_makes_one_index_an_update(account: Account) -> None:
    stage = stand_small(account, "try")
    with pytest.raises(StackFailed, match="more than one GSI creation or deletion"):
        put_up(account, stage, with_indexes(account, stage, "byTitle", "byOther"), {})


def test_an_update_that_fails_leaves_its_index_behind(account: Account, strict: Strictness) -> None:
    stage = stand_small(account, "try")
    strict.set(index_seconds=3600, index_fails=True)
    with pytest.raises(StackFailed, match="Rate exceeded"):
        put_up(account, stage, with_indexes(account, stage, "byTitle"), {})
    assert indexes(account, stage) == {"byTitle": "CREATING"}
    table = Stack(account, stage.stack).template()["Resources"]["Table"]
    assert "GlobalSecondaryIndexes" not in table["Properties"]


@pytest.mark.usefixtures("strict")
def test_an_update_that_is_rolled_back_leaves_its_index_behind(account: Account) -> None:
    stage = stand_small(account, "try")
    template = with_indexes(account, stage, "byTitle")
    address = {"TargetFunctionArn": "none", "AuthType": "NONE"}
    wrong = {"Type": "AWS::Lambda::Url", "DependsOn": "Table", "Properties": address}
    template["Resources"]["Wrong"] = wrong
    with pytest.raises(StackFailed, match="Wrong"):
        put_up(account, stage, template, {})
    assert (Stack(account, stage.stack).description() or {})["StackStatus"] == (
        "UPDATE_ROLLBACK_COMPLETE"
    )
    assert indexes(account, stage) == {"byTitle": "CREATING"}


def test_a_resource_whose_condition_begins_to_hold_is_a_change(account: Account) -> None:
    stage = stand_small(account, "try")
    template = Stack(account, stage.stack).template()
    template["Parameters"] = {"More": {"Type": "String"}}
    template["Conditions"] = {"More": {"Fn::Equals": [{"Ref": "More"}, "yes"]}}
    template["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic"}
    template["Resources"]["Another"] = {"Type": "AWS::SNS::Topic", "Condition": "More"}
    for value, topics in (("no", 1), ("yes", 2), ("no", 1)):
        put_up(account, stage, template, {"More": value})
        assert len(account.client("sns").list_topics()["Topics"]) == topics


def test_a_protected_table_stays_when_its_stack_is_rolled_back(account: Account) -> None:
    address = {"TargetFunctionArn": "none", "AuthType": "NONE"}
    wrong = {"Type": "AWS::Lambda::Url", "DependsOn": "Table", "Properties": address}
    with pytest.raises(StackFailed, match="Wrong"):
        stand_small(account, "try", Wrong=wrong)
    stack = Stack(account, "todo-api-try")
    assert (stack.description() or {})["StackStatus"] == "ROLLBACK_FAILED"
    assert account.client("dynamodb").list_tables()["TableNames"] == ["TodoItems-try"]


def test_an_account_that_is_not_verified_gets_no_distribution(
    account: Account, strict: Strictness
) -> None:
    strict.set(verified=False)
    config = {
        "CallerReference": "a", "Enabled": True, "Comment": "",
        "Origins": {"Quantity": 1, "Items": [{"Id": "a", "DomainName": "example.com"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "allow-all"},
    }  # fmt: skip
    with refused("AccessDenied", "Your account must be verified before you can add new"):
        account.client("cloudfront").create_distribution(DistributionConfig=config)
    properties = {"DistributionConfig": {"Enabled": True}}
    distribution = {"Type": "AWS::CloudFront::Distribution", "Properties": properties}
    with pytest.raises(StackFailed, match="must be verified"):
        stand_small(account, "try", Distribution=distribution)


def test_a_new_role_cannot_be_assumed_at_once(account: Account, strict: Strictness) -> None:
    strict.set(slow_roles=1)
    roles = account.client("iam")
    functions = account.client("lambda")

    def make(name: str) -> None:
        role = roles.create_role(RoleName=name, AssumeRolePolicyDocument=ROLE)["Role"]["Arn"]
        functions.create_function(
            FunctionName=name, Role=role, Runtime="python3.13", Handler="a.b",
            Code={"ZipFile": b"PK\5\6" + bytes(18)},
        )  # fmt: skip

    with refused("InvalidParameterValueException", "cannot be assumed by Lambda"):
        make("one")
    make("two")
    assert [each["FunctionName"] for each in functions.list_functions()["Functions"]] == ["two"]


def test_a_write_reaches_an_index_after_a_while(table: Table, strict: Strictness) -> None:
    """And the table at once."""
    strict.set(index_lag=60)
    item = {"id": {"S": "x"}, "_byCreated": {"S": "x"}, "_sort": {"S": "1"}}
    table.client.put_item(TableName="Things", Item=item)
    assert table.client.scan(TableName="Things")["Items"] == [item]
    assert query(table, "byCreated") == []
    table.client.delete_item(TableName="Things", Key={"id": {"S": "x"}})
    strict.set(index_lag=0)
    assert query(table, "byCreated") == []
    table.client.put_item(TableName="Things", Item={**item, "id": {"S": "y"}})
    assert len(query(table, "byCreated")) == 1
