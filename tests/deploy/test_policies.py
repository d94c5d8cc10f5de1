"""Faults of a template that no static tool tells: each is seeded, and found by one policy."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import ALL
from tests.deploy.policies import POLICIES, broken
from tests.deploy.templates import EVERYTHING, PARAMETERS, Json, rendered, resolved

Seed = Callable[[Json], Any]


@pytest.fixture(scope="module")
def template() -> Json:
    return rendered()


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@pytest.mark.parametrize("parameters", [PARAMETERS, EVERYTHING], ids=["least", "everything"])
def test_the_template_obeys_every_policy(path: Path, parameters: dict[str, str]) -> None:
    assert broken(resolved(rendered(parameters, path), parameters)) == {}


def properties(resources: Json, name: str) -> Json:
    found: Json = resources[name]["Properties"]
    return found


def proxied(resources: Json) -> Json:
    method: Json = resources["Api"]["Properties"]["Body"]["paths"]["/todos"]["post"]
    return method


def statement(resources: Json, name: str, n: int) -> Json:
    found: Json = resources[name]["Properties"]["PolicyDocument"]["Statement"][n]
    return found


def granted(resources: Json, n: int = 0) -> Json:
    role = resources["FunctionRole"]["Properties"]
    found: Json = role["Policies"][0]["PolicyDocument"]["Statement"][n]
    return found


def validators(resources: Json) -> Json:
    body = resources["Api"]["Properties"]["Body"]
    found: Json = body["x-amazon-apigateway-request-validators"]["body and parameters"]
    return found


def settings(resources: Json) -> Json:
    found: Json = resources["ApiStage"]["Properties"]["MethodSettings"][0]
    return found


def behaviour(resources: Json) -> Json:
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    found: Json = config["DefaultCacheBehavior"]
    return found


def equal(resources: Json) -> Json:
    """What lets CloudTrail write."""
    found: Json = statement(resources, "TrailBucketPolicy", 1)["Condition"]
    return found


def selected(resources: Json) -> list[Json]:
    (selector,) = resources["Trail"]["Properties"]["AdvancedEventSelectors"]
    found: list[Json] = selector["FieldSelectors"]
    return found


def without_hash(resources: Json, prefix: str) -> None:
    (name,) = (each for each in resources if each.startswith(prefix))
    resources[prefix] = resources.pop(name)


FAULTS: list[tuple[str, str, Seed]] = [
    (
        "body_is_whole",
        "a model is missing",
        lambda r: r["Api"]["Properties"]["Body"]["components"]["schemas"].clear(),
    ),
    (
        "body_is_whole",
        "a method has no integration",
        lambda r: proxied(r).pop("x-amazon-apigateway-integration"),
    ),
    (
        "integrations_call_the_alias_by_post",
        "Lambda is called by GET",
        lambda r: proxied(r)["x-amazon-apigateway-integration"].update(httpMethod="GET"),
    ),
    (
        "operations_are_validated",
        "an operation names no validator",
        lambda r: r["Api"]["Properties"]["Body"].pop("x-amazon-apigateway-request-validator"),
    ),
    (
        "operations_are_validated",
        "bodies are not validated",
        lambda r: validators(r).update(validateRequestBody=False),
    ),
    (
        "nothing_that_people_send_is_logged",
        "DataTrace is on",
        lambda r: settings(r).update(DataTraceEnabled=True),
    ),
    (
        "nothing_that_people_send_is_logged",
        "the access log holds a header",
        lambda r: r["ApiStage"]["Properties"].update(
            AccessLogSetting={"Format": "$context.requestOverride.header.authorization"}
        ),
    ),
    (
        "every_method_is_throttled",
        "one method only is throttled",
        lambda r: settings(r).update(HttpMethod="GET"),
    ),
    (
        "snapshots_have_hashes",
        "a changed document is never deployed",
        lambda r: without_hash(r, "ApiDeployment"),
    ),
    (
        "snapshots_have_hashes",
        "changed code is never published",
        lambda r: without_hash(r, "FunctionVersion"),
    ),
    (
        "function_ends_before_the_gateway",
        "the function takes longer than the gateway waits",
        lambda r: properties(r, "Function").update(Timeout=30),
    ),
    (
        "handler_is_there",
        "the module cannot be imported",
        lambda r: properties(r, "Function").update(Handler="service.function.handler"),
    ),
    (
        "handler_is_there",
        "the module has no such name",
        lambda r: properties(r, "Function").update(Handler="service.lambda_function.main"),
    ),
    (
        "only_this_api_may_invoke",
        "everybody may invoke",
        lambda r: properties(r, "InvokePermission").update(Principal="*"),
    ),
    (
        "only_this_api_may_invoke",
        "every API of everybody may invoke",
        lambda r: properties(r, "InvokePermission").pop("SourceArn"),
    ),
    (
        "only_this_api_may_invoke",
        "an account that gets the API's id may invoke",
        lambda r: properties(r, "InvokePermission").pop("SourceAccount"),
    ),
    (
        "logs_end",
        "logs are kept for ever",
        lambda r: properties(r, "FunctionLogs").pop("RetentionInDays"),
    ),
    (
        "logs_end",
        "Lambda makes its own log group",
        lambda r: properties(r, "Function")["LoggingConfig"].update(LogGroup="/aws/lambda/mine"),
    ),
    ("role_has_no_wildcard", "every action", lambda r: granted(r).update(Action="dynamodb:*")),
    ("role_has_no_wildcard", "every table", lambda r: granted(r).update(Resource="*")),
    (
        "role_names_real_actions",
        "an action that does not exist",
        lambda r: granted(r)["Action"].append("dynamodb:CreateItem"),
    ),
    (
        "role_allows_what_is_used",
        "an action that is not used",
        lambda r: granted(r)["Action"].append("dynamodb:BatchGetItem"),
    ),
    (
        "role_allows_what_is_used",
        "an action that is used is missing",
        lambda r: granted(r)["Action"].remove("dynamodb:PutItem"),
    ),
    (
        "role_allows_what_is_used",
        "lists of the table itself",
        lambda r: granted(r, 1).update(Resource="${Table.Arn}"),
    ),
    (
        "role_allows_what_is_used",
        "the function traces and may not",
        lambda r: properties(r, "Function").update(TracingConfig={"Mode": "Active"}),
    ),
    (
        "items_are_safe",
        "no point-in-time recovery",
        lambda r: properties(r, "Table").pop("PointInTimeRecoverySpecification"),
    ),
    (
        "items_are_safe",
        "no deletion protection",
        lambda r: properties(r, "Table").update(DeletionProtectionEnabled=False),
    ),
    (
        "items_are_safe",
        "the table goes with the stack",
        lambda r: r["Table"].update(DeletionPolicy="Delete"),
    ),
    (
        "items_are_safe",
        "the table stands in the way of a second attempt",
        lambda r: r["Table"].update(DeletionPolicy="Retain"),
    ),
    (
        "bucket_is_private",
        "everybody may read the bucket",
        lambda r: statement(r, "SiteBucketPolicy", 0).update(Principal="*"),
    ),
    (
        "bucket_is_private",
        "the bucket may become public",
        lambda r: properties(r, "SiteBucket")["PublicAccessBlockConfiguration"].update(
            RestrictPublicBuckets=False
        ),
    ),
    (
        "only_this_distribution_reads",
        "OAC without SourceArn",
        lambda r: statement(r, "SiteBucketPolicy", 0).pop("Condition"),
    ),
    (
        "plain_http_is_refused",
        "http",
        lambda r: behaviour(r).update(ViewerProtocolPolicy="allow-all"),
    ),
    (
        "plain_http_is_refused",
        "http to the bucket",
        lambda r: r["SiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"].pop(),
    ),
    (
        "plain_http_is_refused",
        "TLS 1.0",
        lambda r: properties(r, "Api").update(SecurityPolicy="TLS_1_0"),
    ),
    (
        "pages_have_security_headers",
        "the headers policy is not attached",
        lambda r: behaviour(r).pop("ResponseHeadersPolicyId"),
    ),
    (
        "pages_have_security_headers",
        "no HSTS",
        lambda r: properties(r, "SiteHeaders")["ResponseHeadersPolicyConfig"][
            "SecurityHeadersConfig"
        ].pop("StrictTransportSecurity"),
    ),
    (
        "pages_have_security_headers",
        "HSTS with preload",
        lambda r: properties(r, "SiteHeaders")["ResponseHeadersPolicyConfig"][
            "SecurityHeadersConfig"
        ]["StrictTransportSecurity"].update(Preload=True),
    ),
    (
        "plain_http_is_refused",
        "http to the bucket of the trail",
        lambda r: r["TrailBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"].pop(),
    ),
    (
        "only_this_trail_writes",
        "a bucket policy for CloudTrail without SourceArn",
        lambda r: equal(r)["StringEquals"].pop("aws:SourceArn"),
    ),
    (
        "only_this_trail_writes",
        "files that are not the account's",
        lambda r: equal(r)["StringEquals"].pop("s3:x-amz-acl"),
    ),
    (
        "trails_see_one_table",
        "a trail of all tables",
        lambda r: selected(r).pop(),
    ),
    (
        "trails_see_one_table",
        "a trail without digests",
        lambda r: properties(r, "Trail").update(EnableLogFileValidation=False),
    ),
    (
        "what_a_trail_saw_outlives_it",
        "the last files find no way into the bucket",
        lambda r: r["TrailBucketPolicy"].update(DeletionPolicy="Delete"),
    ),
    (
        "what_a_trail_saw_outlives_it",
        "files for ever",
        lambda r: properties(r, "TrailBucket").pop("LifecycleConfiguration"),
    ),
    (
        "alarms_reach_somebody_and_say_what_to_do",
        "an alarm without words",
        lambda r: properties(r, "LatencyAlarm").update(AlarmDescription="High latency"),
    ),
    (
        "alarms_reach_somebody_and_say_what_to_do",
        "an alarm that nobody hears",
        lambda r: properties(r, "LatencyAlarm").pop("AlarmActions"),
    ),
    (
        "alarms_reach_somebody_and_say_what_to_do",
        "an alarm is missing",
        lambda r: r.pop("FunctionErrorsAlarm"),
    ),
]


@pytest.mark.parametrize(
    ("policy", "seed"),
    [pytest.param(policy, seed, id=fault) for policy, fault, seed in FAULTS],
)
def test_a_fault_breaks_its_policy_and_no_other(template: Json, policy: str, seed: Seed) -> None:
    resources = resolved(copy.deepcopy(template), PARAMETERS | {"DataEvents": "on"})
    seed(resources)
    assert [*broken(resources)] == [policy]


def test_every_policy_can_fail() -> None:
    assert {policy for policy, *_ in FAULTS} == {policy.__name__ for policy in POLICIES}
