"""Destroying a closed stage: its people and the keys of its applications."""

from collections import Counter
from pathlib import Path

import pytest

from infra.aws.account import Account
from infra.aws.outputs import outputs
from infra.aws.stage import Stage
from infra.callers.keys import Keys
from infra.callers.people import People
from infra.cli import main
from infra.destroy.destruction import destroy
from infra.destroy.inventory import inventory
from tests.aws.stages import stand
from tests.contracts.closed import closed_file
from tests.destroy.test_destruction import take_away


@pytest.fixture
def closed(account: Account, tmp_path: Path) -> Stage:
    """A stage for people with keys, and one of each."""
    stage = stand(account, "try", closed_file(tmp_path / "closed.json", "person", "key"))
    People(account, stage).invite("ann@example.com")
    Keys(account, stage).create("shop")
    return stage


def test_people_and_keys_go_with_their_stage(account: Account, closed: Stage) -> None:
    result = take_away(account, closed)
    was = Counter(each.kind for each in result.before)
    assert (was["user pool"], was["API key"], was["usage plan"]) == (1, 2, 1)
    assert result.left == inventory(account, closed) == []
    assert pools(account) == []
    gateway = account.client("apigateway")
    assert gateway.get_api_keys()["items"] == gateway.get_usage_plans()["items"] == []


def test_people_are_kept_with_the_items(account: Account, closed: Stage) -> None:
    pool = outputs(account, closed)["UserPoolId"]
    result = take_away(account, closed, keep_data=True)
    assert {each.kind for each in result.kept} == {"DynamoDB table", "user pool"}
    assert "(1 person" in " ".join(map(str, result.kept))
    assert (result.left, pools(account)) == ([], [pool])
    told: list[str] = []
    assert destroy(account, closed, False, True, told.append).left == []
    assert pools(account) == []


def test_destroying_says_what_becomes_of_the_people(
    account: Account,
    closed: Stage,  # noqa: ARG001
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["destroy", "--stage", "try"]) == 4
    assert "The identities of 1 person go with the user pool" in capsys.readouterr().err
    assert len(pools(account)) == 1


def test_the_people_of_somebody_else_are_left_alone(account: Account, closed: Stage) -> None:
    other = account.client("cognito-idp").create_user_pool(PoolName="todo-api-try")
    assert take_away(account, closed).left == []
    assert pools(account) == [other["UserPool"]["Id"]]


def pools(account: Account) -> list[str]:
    found = account.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    return [each["Id"] for each in found]
