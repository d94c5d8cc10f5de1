"""Parameters: what is asked for, what stays as it is, and what cannot go together."""

import json
from pathlib import Path

import pytest

from infra.aws.account import Account, StackError
from infra.aws.boundary import NAME
from infra.aws.stage import Stage
from infra.aws_arguments import LOG_DAYS
from infra.deploy.parameters import check, chosen
from infra.package import default_runtime
from tests.aws.stages import nothing
from tests.contracts import ROOT
from tests.contracts.closed import closed_file
from tests.deploy.templates import rendered

PROD = Stage("prod")
ONCE = {
    "Stage": "prod", "TableName": "Others", "CodeBucket": "old", "CodeKey": "old.zip",
    "Runtime": "python3.13", "Architecture": "x86_64", "SnapStart": "on", "Page": "off",
    "Origin": "https://example.com", "AlarmEmail": "me@example.com", "AccessLogs": "off",
    "LogRetentionDays": "365", "ThrottleRate": "900", "ThrottleBurst": "1000",
    "Boundary": "off", "PendingFilters": "{}", "SignUp": "open", "Mfa": "required",
    "KeyRate": "7", "KeyBurst": "8", "KeyQuota": "9", "Tracing": "on",
    "OwnKey": "on", "BudgetDollars": "25", "Firewall": "on", "DataEvents": "on",
    "Shards": "4", "OtherShards": "1",
}  # fmt: skip
MADE_ANEW = {"CodeBucket", "CodeKey", "PendingFilters", "OtherShards"}
"""What a deployment decides by itself."""

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


def parameters(account: Account, before: dict[str, str], told: list[str]) -> dict[str, str]:
    return chosen(account, PROD, {}, {"Boundary": "off", **before}, told.append)


def test_what_is_left_out_stays_as_it_was(account: Account, tmp_path: Path) -> None:
    every = rendered(path=closed_file(tmp_path / "closed.json", "person", "key"))["Parameters"]
    assert ONCE.keys() == every.keys(), "every parameter is tried here"
    now = parameters(account, ONCE, [])
    assert now == {name: value for name, value in ONCE.items() if name not in MADE_ANEW}


def test_what_is_asked_for_counts(account: Account) -> None:
    asked = {"ThrottleRate": "100", "Page": "on", "Runtime": "python3.14"}
    now = chosen(account, PROD, asked, ONCE, nothing)
    assert {name: now[name] for name in asked} == asked
    assert now["LogRetentionDays"] == "365"


def test_a_new_stage_has_the_python_that_deploys_it(account: Account) -> None:
    assert parameters(account, {}, [])["Runtime"] == default_runtime()


def test_the_days_that_logs_may_be_kept_are_those_of_the_template() -> None:
    assert [*LOG_DAYS] == rendered()["Parameters"]["LogRetentionDays"]["AllowedValues"]


# -- access logs -------------------------------------------------------------------------------


def set_log_role(account: Account, arn: str) -> None:
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    account.client("apigateway").update_account(patchOperations=[change])


@pytest.mark.parametrize("path", ["/", "/service-role/deep/"])
def test_access_logs_are_on_where_the_account_has_a_role_for_them(
    account: Account, path: str
) -> None:
    role = account.client("iam").create_role(
        RoleName="logs", Path=path, AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    set_log_role(account, role["Arn"])
    told: list[str] = []
    assert parameters(account, {}, told)["AccessLogs"] == "on"
    assert told == []


def test_an_account_without_a_role_is_told_what_to_do(account: Account) -> None:
    told: list[str] = []
    assert parameters(account, {}, told)["AccessLogs"] == "off"
    assert "logs stay off: this account lacks the role to write them" in told[0]


def test_a_role_that_does_not_exist_is_told(account: Account) -> None:
    set_log_role(account, f"arn:aws:iam::{account.id}:role/gone")
    told: list[str] = []
    assert parameters(account, {}, told)["AccessLogs"] == "off"
    assert f"arn:aws:iam::{account.id}:role/gone, does not exist" in told[0]


@pytest.mark.parametrize("before", ["on", "kept"])
def test_what_was_logged_is_kept_when_the_role_goes(account: Account, before: str) -> None:
    told: list[str] = []
    assert parameters(account, {"AccessLogs": before}, told)["AccessLogs"] == "kept"
    assert "logs go off" in told[0]
    assert "What they held until now is kept" in told[1]


# -- the boundary and traces -------------------------------------------------------------------

BOUNDARY = json.loads((ROOT / "infra" / "function-boundary.json").read_text("utf-8"))


def bound(account: Account, statements: list[dict[str, str]]) -> str:
    """Give the account a boundary; the answer is its ARN."""
    document = json.dumps({**BOUNDARY, "Statement": statements})
    made = account.client("iam").create_policy(PolicyName=NAME, PolicyDocument=document)
    return str(made["Policy"]["Arn"])


def test_a_boundary_that_is_older_than_traces_is_told_with_what_mends_it(account: Account) -> None:
    before = [each for each in BOUNDARY["Statement"] if each["Sid"] != "Traces"]
    arn = bound(account, before)
    told: list[str] = []
    assert chosen(account, PROD, {"Tracing": "on"}, {}, told.append)["Boundary"] == "on"
    (line,) = (each for each in told if NAME in each)
    assert f"--policy-document file://infra/function-boundary.json --policy-arn {arn}" in line
    account.client("iam").create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(BOUNDARY), SetAsDefault=True
    )
    told.clear()
    chosen(account, PROD, {}, {"Tracing": "on"}, told.append)
    assert not [each for each in told if NAME in each]


def test_who_wants_no_traces_hears_nothing_of_the_boundary(account: Account) -> None:
    bound(account, BOUNDARY["Statement"][:1])
    told: list[str] = []
    chosen(account, PROD, {}, {}, told.append)
    assert not [each for each in told if NAME in each]


# -- what cannot go together -------------------------------------------------------------------


def test_snap_start_wants_a_newer_python() -> None:
    with pytest.raises(StackError, match=r"Choose --runtime python3\.13"):
        check({"Runtime": "python3.11", "SnapStart": "on"})


def test_a_budget_has_to_tell_somebody() -> None:
    asked = {"Runtime": "python3.13", "BudgetDollars": "25"}
    with pytest.raises(StackError, match="Say --alarm-email ADDRESS"):
        check(asked)
    check({**asked, "AlarmEmail": "me@example.com"})
    check({**asked, "BudgetDollars": "0"})


def test_a_table_beyond_the_boundary_is_refused() -> None:
    parameters = {"Runtime": "python3.13", "TableName": "Orders", "Boundary": "on"}
    with pytest.raises(StackError, match="Choose --table-name TodoItems-Orders"):
        check(parameters)
    check({**parameters, "Boundary": "off"})
    check({**parameters, "TableName": "TodoItems-try"})


@pytest.mark.parametrize(
    "parameters",
    [{"Runtime": "python3.12", "SnapStart": "on"}, {"Runtime": "python3.11", "SnapStart": "off"}],
)
def test_other_parameters_go_together(parameters: dict[str, str]) -> None:
    check(parameters)
