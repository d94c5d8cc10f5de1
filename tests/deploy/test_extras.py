"""Extras: what a stage has only when somebody asks for it, and what of it CloudFormation makes."""

from pathlib import Path

import pytest

from infra import prices
from infra.deploy.changes import left_behind
from tests.commands import call
from tests.contracts import ROOT
from tests.deploy.templates import EVERYTHING, PARAMETERS, Json, of_type, rendered, resolved


def made(**extras: str) -> dict[str, Json]:
    """The resources of a stage with these extras and no others."""
    parameters = {**PARAMETERS, **extras}
    return resolved(rendered(parameters), parameters)


# -- each says what it costs -------------------------------------------------------------------


@pytest.fixture(scope="module")
def help() -> str:
    """Of `todo-api deploy`, with its lines joined."""
    return " ".join(call("deploy", "--help", cwd=ROOT).stdout.split())


def priced(option: str, help: str) -> str:
    """What `--help` says of an option."""
    return help.rpartition(f" {option} ")[2].partition(" --")[0]


COSTS = {
    "--xray": [prices.TRACE * 1e6],
    "--kms": [prices.KEY],
    "--budget": [prices.BUDGET],
    "--waf": [prices.FIREWALL, prices.FIREWALL_REQUEST * 1e6],
    "--trail": [prices.DATA_EVENT * 1e5],
}


@pytest.mark.parametrize("option", COSTS)
def test_an_extra_says_what_it_costs(option: str, help: str) -> None:
    page = (Path(ROOT) / "docs" / "costs.md").read_text("utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith(f"| `{option}"))
    for dollars in COSTS[option]:
        assert f"{dollars:.2f}" in priced(option, help)
        assert f"{dollars:.2f}" in row


# -- tracing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "mode"), [("off", "PassThrough"), ("on", "Active")])
def test_requests_are_traced_where_it_is_asked_for(asked: str, mode: str) -> None:
    resources = made(Tracing=asked)
    (stage,) = of_type(resources, "ApiGateway::Stage").values()
    (function,) = of_type(resources, "Lambda::Function").values()
    assert (stage["TracingEnabled"], function["TracingConfig"]["Mode"]) == (asked == "on", mode)


def test_tracing_makes_another_version_of_the_function() -> None:
    """Lambda publishes its configuration with it."""
    traced, plain = (rendered({**EVERYTHING, "Tracing": each}) for each in ("on", "off"))
    assert traced["Resources"].keys() != plain["Resources"].keys()


# -- a key of one's own ------------------------------------------------------------------------


def test_items_and_logs_are_encrypted_with_a_key_of_the_accounts_own() -> None:
    resources = made(OwnKey="on", AccessLogs="on")
    (table,) = of_type(resources, "DynamoDB::Table").values()
    arn = "${EncryptionKey.Arn}"
    assert table["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": arn,
    }
    groups = of_type(resources, "Logs::LogGroup")
    assert {name: each["KmsKeyId"] for name, each in groups.items()} == {
        "ApiLogs": arn,
        "FunctionLogs": arn,
    }


def test_the_key_outlives_its_stack_and_is_rotated() -> None:
    resources = made(OwnKey="on")
    key, table = resources["EncryptionKey"], resources["Table"]
    assert key["DeletionPolicy"] == table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["UpdateReplacePolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["EnableKeyRotation"] is True


def test_without_it_nothing_knows_of_a_key() -> None:
    resources = made()
    assert "EncryptionKey" not in resources
    assert "EncryptionKey" not in str(resources)
    (table,) = of_type(resources, "DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": False}


@pytest.mark.parametrize(("asked", "told"), [("off", 1), ("on", 0)])
def test_who_takes_the_key_away_is_told_that_it_stays(asked: str, told: int) -> None:
    lines = [*left_behind({"EncryptionKeyId": "0a1b"}, {"OwnKey": asked})]
    assert len(lines) == told
    assert all("`aws kms schedule-key-deletion --key-id 0a1b`" in line for line in lines)
    assert [*left_behind({}, {"OwnKey": asked})] == []


# -- a trail -----------------------------------------------------------------------------------


def test_a_trail_records_the_use_of_the_table_until_logs_are_deleted() -> None:
    resources = made(DataEvents="on", LogRetentionDays="365")
    (trail,) = of_type(resources, "CloudTrail::Trail").values()
    assert (trail["TrailName"], trail["IsLogging"]) == ("todo-api-prod", True)
    assert trail["S3BucketName"] == "${TrailBucket}"
    (rule,) = resources["TrailBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == "365"


def test_the_policies_name_the_trail_that_is_made() -> None:
    """CloudTrail takes no bucket, and no key, whose policy does not let it in."""
    resources = made(DataEvents="on", OwnKey="on")
    arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/todo-api-prod"
    bucket = resources["TrailBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    key = resources["EncryptionKey"]["Properties"]["KeyPolicy"]["Statement"]
    let_in = [
        each["Condition"]["StringEquals"]["aws:SourceArn"]
        for each in (*bucket, *key)
        if each["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    ]
    assert let_in == [arn] * 3
    assert resources["Trail"]["DependsOn"] == "TrailBucketPolicy"


@pytest.mark.parametrize(("asked", "key"), [("on", "${EncryptionKey.Arn}"), ("off", None)])
def test_what_a_trail_records_is_encrypted_with_the_key_of_the_stage(
    asked: str, key: str | None
) -> None:
    (trail,) = of_type(made(DataEvents="on", OwnKey=asked), "CloudTrail::Trail").values()
    assert trail.get("KMSKeyId") == key


def test_without_it_nothing_is_recorded() -> None:
    assert not {name for name in made() if name.startswith("Trail")}


@pytest.mark.parametrize(("asked", "told"), [("off", 1), ("on", 0)])
def test_who_takes_the_trail_away_is_told_that_its_logs_stay(asked: str, told: int) -> None:
    lines = [*left_behind({"TrailBucket": "logs-1a2b"}, {"DataEvents": asked})]
    assert len(lines) == told
    assert all("`aws s3 rb --force s3://logs-1a2b`" in line for line in lines)


# -- a budget ----------------------------------------------------------------------------------


def test_a_budget_tells_the_address_of_the_alarms_of_what_is_spent_and_what_will_be() -> None:
    resources = made(BudgetDollars="25", AlarmEmail="me@example.com")
    (budget,) = of_type(resources, "Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": "25", "Unit": "USD"}
    told = {
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in budget["NotificationsWithSubscribers"]
        if each["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "me@example.com"}]
    }
    assert told == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}


def test_another_address_is_another_budget() -> None:
    """CloudFormation makes it before the old one goes, and AWS has none of a name twice."""
    names = {
        made(BudgetDollars="25", AlarmEmail=each)["Budget"]["Properties"]["Budget"]["BudgetName"]
        for each in ("me@example.com", "you@example.com")
    }
    assert len(names) == 2


@pytest.mark.parametrize("extras", [{"AlarmEmail": "me@example.com"}, {"BudgetDollars": "25"}])
def test_without_a_sum_or_an_address_there_is_no_budget(extras: dict[str, str]) -> None:
    assert of_type(made(**extras), "Budgets::Budget") == {}


# -- a firewall --------------------------------------------------------------------------------


def test_the_firewall_stands_before_the_stage_and_refuses() -> None:
    """One that only counts looks the same from everywhere but outside."""
    resources = made(Firewall="on")
    (association,) = of_type(resources, "WAFv2::WebACLAssociation").values()
    assert association["ResourceArn"].endswith("::/restapis/${Api}/stages/${ApiStage}")
    assert association["WebACLArn"] == "${WebAcl.Arn}"
    (acl,) = of_type(resources, "WAFv2::WebACL").values()
    first, *groups = acl["Rules"]
    assert first["Action"] == {"Block": {}}
    assert first["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert [each["OverrideAction"] for each in groups] == [{"None": {}}] * 3
    assert len(acl["Rules"]) == prices.FIREWALL - 5


def test_what_the_contract_allows_in_a_body_is_not_refused() -> None:
    (acl,) = of_type(made(Firewall="on"), "WAFv2::WebACL").values()
    common = acl["Rules"][-1]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in common["RuleActionOverrides"]}
    of_bodies = {"CrossSiteScripting", "EC2MetaDataSSRF", "GenericLFI", "GenericRFI"}
    assert counted >= {f"{name}_BODY" for name in (*of_bodies, "SizeRestrictions")}
    assert all(each["ActionToUse"] == {"Count": {}} for each in common["RuleActionOverrides"])


def test_a_firewall_keeps_nothing_that_people_send() -> None:
    (acl,) = of_type(made(Firewall="on"), "WAFv2::WebACL").values()
    for each in (acl, *acl["Rules"]):
        assert each["VisibilityConfig"]["SampledRequestsEnabled"] is False


def test_without_it_there_is_none() -> None:
    assert not {name for name in made() if name.startswith("WebAcl")}
