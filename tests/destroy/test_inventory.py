"""The inventory: what is a stage's, and what only looks like it."""

import pytest
from botocore.stub import Stubber

from infra.aws.account import Account, AccountUnavailable
from infra.aws.search import stages
from infra.aws.stage import REGION_TAG, TAG, Stage
from infra.destroy.inventory import comparison, inventory
from infra.destroy.resources import Found
from tests.aws.stages import stand_small

TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}'
)


def names(account: Account, stage: str = "prod") -> set[str]:
    return {each.name for each in inventory(account, Stage(stage))}


@pytest.mark.parametrize("name", ["todo-api-prod-Topic-A1", "todo-api-prod"])
def test_what_has_the_stages_name_is_found(account: Account, name: str) -> None:
    account.client("sns").create_topic(Name=name)
    assert names(account) == {name}


@pytest.mark.parametrize("name", ["todo-api-prod2-Topic-A1", "todo-api-prod2", "todo-api-pro-d"])
def test_what_has_the_name_of_another_stage_is_not(account: Account, name: str) -> None:
    account.client("sns").create_topic(Name=name)
    assert names(account) == set()


def test_what_carries_the_tag_is_found_whatever_its_name(account: Account) -> None:
    sns = account.client("sns")
    for stage in ("prod", "prod2"):
        sns.create_topic(Name=f"of-{stage}", Tags=[{"Key": TAG, "Value": stage}])
    assert names(account) == {"of-prod"}


def test_the_same_stage_in_another_region_is_another_one(account: Account) -> None:
    iam, cloudwatch = account.client("iam"), account.client("cloudwatch")
    for region in ("eu-central-1", "us-east-1"):
        iam.create_role(
            RoleName=f"todo-api-prod-Role-{region[0]}",
            AssumeRolePolicyDocument=TRUST,
            Tags=[{"Key": REGION_TAG, "Value": region}],
        )
        cloudwatch.put_dashboard(
            DashboardName=f"todo-api-prod-{region}", DashboardBody='{"widgets": []}'
        )
    assert names(account) == {"todo-api-prod-Role-e", "todo-api-prod-eu-central-1"}


def test_the_stages_with_a_stack_are_known(account: Account) -> None:
    assert stages(account) == []
    stand_small(account, "prod")
    stand_small(account, "try")
    assert stages(account) == ["prod", "try"]


def test_the_bucket_of_all_stages_can_be_no_stages_own() -> None:
    with pytest.raises(ValueError, match="'artifacts' is not a stage name"):
        Stage("artifacts")


def test_a_list_that_may_not_be_read_proves_nothing(account: Account) -> None:
    with Stubber(account.client("sns")) as stub:
        stub.add_client_error("list_topics", "AuthorizationError", "Not you.")
        with pytest.raises(AccountUnavailable, match=r"ListTopics: Not you\. The policies infra/"):
            inventory(account, Stage("prod"))


def test_before_and_after_stand_side_by_side() -> None:
    before = [Found("alarm", "a", ""), Found("alarm", "b", ""), Found("log group", "c", "")]
    lines = [line.split() for line in comparison(before, before[2:]).splitlines()]
    assert lines[0] == ["BEFORE", "AFTER"]
    assert ["alarm", "2", "0"] in lines
    assert ["log", "group", "1", "1"] in lines
    assert ["IAM", "role", "0", "0"] in lines
