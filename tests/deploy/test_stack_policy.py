"""What CloudFormation calls in the deployer's name is what the deployer's policy allows it.

The engine of the tests lets CloudFormation's calls pass unasked, so the policy is held against the
permissions that AWS's resource schemas name.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra.aws.boundary import NAME
from tests.contracts.closed import closed_file
from tests.deploy import handlers
from tests.deploy.deployer_policy import BOUNDARY, EXTRAS, STACK, statements
from tests.deploy.evaluation import Request, decisions
from tests.deploy.policies import TRACED
from tests.deploy.templates import EVERYTHING, listed, of_type, rendered, resolved

with TemporaryDirectory() as folder:
    CLOSED = rendered(EVERYTHING, closed_file(Path(folder) / "closed.json", "person", "key"))
RESOURCES = resolved(CLOSED, EVERYTHING)
KINDS = sorted({each["Type"] for each in RESOURCES.values()})

EVERY = pytest.mark.parametrize("kind", KINDS)


def actions(*files: Any) -> set[str]:
    return {action for each in statements(*files) for action in listed(each["Action"])}


def needed(kind: str) -> set[str]:
    unused = set().union(*handlers.FOR_PROPERTIES.get(kind, {}).values())
    by_key = handlers.BY_KEY if kind in handlers.ENCRYPTED else set()
    return handlers.permissions(kind) - unused - by_key - handlers.NO_ACTIONS - handlers.DENIED


def test_the_schemas_are_those_that_were_looked_at() -> None:
    assert handlers.date().startswith(handlers.DATE)


@EVERY
def test_what_the_handlers_of_a_type_need_is_allowed(kind: str) -> None:
    granted = actions()
    missing = {each for each in needed(kind) if not any(fnmatchcase(each, g) for g in granted)}
    assert missing == set()


def test_what_is_allowed_is_needed_by_a_handler() -> None:
    every = set().union(*map(needed, KINDS))
    for_stack = {
        action
        for each in statements(STACK, EXTRAS)
        if each["Sid"].startswith("Stack")
        for action in listed(each["Action"])
    }
    unused = {each for each in for_stack if not any(fnmatchcase(n, each) for n in every)}
    assert unused == set()


@EVERY
def test_what_is_left_out_is_for_a_property_that_no_stage_has(kind: str) -> None:
    known = handlers.schema(kind)["properties"].keys() | {"UpdatePolicy"}
    for path, unneeded in handlers.FOR_PROPERTIES.get(kind, {}).items():
        assert path.split(".")[0] in known
        assert unneeded <= handlers.permissions(kind), path
        for name, resource in RESOURCES.items():
            if resource["Type"] == kind:
                assert not list(at(resource, path.split("."))), (name, path)
                assert not list(at(resource["Properties"], path.split("."))), (name, path)


def test_who_comes_through_the_table_is_allowed_by_the_key_itself() -> None:
    (key,) = of_type(RESOURCES, "KMS::Key").values()
    (items,) = (each for each in key["KeyPolicy"]["Statement"] if each["Sid"] == "Items")
    assert {*handlers.BY_KEY} <= {*items["Action"]}
    assert items["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": "111122223333",
            "kms:ViaService": "dynamodb.eu-central-1.amazonaws.com",
        }
    }


def at(node: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from at(each, path)
    elif not path:
        yield node
    elif isinstance(node, dict) and path[0] in node:
        yield from at(node[path[0]], path[1:])


# -- the boundary ------------------------------------------------------------------------------


def test_the_boundary_is_what_the_role_of_a_function_needs() -> None:
    allowed = {
        (action, service(action), resource)
        for each in statements(BOUNDARY)
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
    }
    (role,) = of_type(RESOURCES, "IAM::Role").values()
    asked = {
        action
        for policy in role["Policies"]
        for each in policy["PolicyDocument"]["Statement"]
        for action in listed(each["Action"])
    }
    assert {action for action, _, _ in allowed} == asked
    unnamed = {(action, resource) for action, _, resource in allowed if resource == "*"}
    assert unnamed == TRACED
    for _, of, resource in allowed - {(action, "xray", "*") for action, _ in TRACED}:
        assert resource.startswith(f"arn:*:{of}:*:*:")
        assert re.search(r":(table/TodoItems|log-group:todo-api-)\*", resource)


def service(action: str) -> str:
    return action.partition(":")[0]


def test_the_role_has_the_boundary_where_the_account_has_it() -> None:
    (bound,) = of_type(RESOURCES, "IAM::Role").values()
    (free,) = of_type(resolved(rendered()), "IAM::Role").values()
    assert bound["PermissionsBoundary"] == f"arn:aws:iam::111122223333:policy/{NAME}"
    assert "PermissionsBoundary" not in free


# -- what the policies come to -----------------------------------------------------------------

ROLE = "arn:aws:iam::111122223333:role/todo-api-prod-FunctionRole-1A2B"
API = "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3"
KEY = "arn:aws:apigateway:eu-central-1::/apikeys/a1b2c3"
POOL = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_a1b2c3"
BUDGET = "arn:aws:budgets::111122223333:budget/todo-api-prod-eu-central-1-me@example.com"
FIREWALL = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/todo-api-prod/0a1b2c"
TRAIL = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/todo-api-prod"
TRAIL_BUCKET = "arn:aws:s3:::todo-api-prod-trailbucket-1a2b"
ENCRYPTION = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c"
DISTRIBUTION = "arn:aws:cloudfront::111122223333:distribution/E1A2B3"
BY_CLOUDFORMATION = {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}
BOUND = {"iam:PermissionsBoundary": f"arn:aws:iam::111122223333:policy/{NAME}"}
OTHERS = {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/another"}
TAGGED = {"aws:ResourceTag/todo-api:stage": "prod"}

ROWS = [
    # to become an administrator by way of a function
    ("iam:CreateRole", ROLE, {**BY_CLOUDFORMATION}, False),
    ("iam:CreateRole", ROLE, {**BY_CLOUDFORMATION, **OTHERS}, False),
    ("iam:CreateRole", ROLE, {**BOUND}, False),
    ("iam:CreateRole", ROLE, {**BY_CLOUDFORMATION, **BOUND}, True),
    ("iam:PutRolePolicy", ROLE, {**BY_CLOUDFORMATION}, False),
    ("iam:PutRolePolicy", ROLE, {**BY_CLOUDFORMATION, **OTHERS}, False),
    ("iam:PutRolePolicy", ROLE, {**BY_CLOUDFORMATION, **BOUND}, True),
    ("iam:PutRolePermissionsBoundary", ROLE, {**BY_CLOUDFORMATION, **OTHERS}, False),
    ("iam:PutRolePermissionsBoundary", ROLE, {**BY_CLOUDFORMATION, **BOUND}, True),
    ("iam:DeleteRolePermissionsBoundary", ROLE, {**BY_CLOUDFORMATION, **BOUND}, False),
    ("iam:AttachRolePolicy", ROLE, {**BY_CLOUDFORMATION, **BOUND}, False),
    ("iam:CreatePolicyVersion", BOUND["iam:PermissionsBoundary"], {**BY_CLOUDFORMATION}, False),
    ("iam:PassRole", ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}, True),
    ("iam:PassRole", ROLE, {"iam:PassedToService": "cloudformation.amazonaws.com"}, False),
    ("iam:CreateRole", ROLE.replace("todo-api-", "admin-"), {**BY_CLOUDFORMATION, **BOUND}, False),
    # to change what is somebody else's
    ("apigateway:PUT", API, {**BY_CLOUDFORMATION}, False),
    ("apigateway:PUT", API, {**BY_CLOUDFORMATION, **TAGGED}, True),
    ("apigateway:PUT", API, {**TAGGED}, False),
    ("apigateway:DELETE", API + "/stages/prod", {**BY_CLOUDFORMATION}, False),
    ("apigateway:POST", API.removesuffix("/a1b2c3"), {**BY_CLOUDFORMATION}, True),
    ("cloudfront:UpdateDistribution", DISTRIBUTION, {**BY_CLOUDFORMATION}, False),
    ("cloudfront:UpdateDistribution", DISTRIBUTION, {**BY_CLOUDFORMATION, **TAGGED}, True),
    ("cognito-idp:AdminCreateUser", POOL, {}, False),
    ("cognito-idp:AdminCreateUser", POOL, {**TAGGED}, True),
    ("cognito-idp:AdminSetUserPassword", POOL, {**TAGGED}, False),
    ("cognito-idp:UpdateUserPoolClient", POOL, {**BY_CLOUDFORMATION}, False),
    ("cognito-idp:UpdateUserPoolClient", POOL, {**BY_CLOUDFORMATION, **TAGGED}, True),
    ("apigateway:GET", KEY, {}, False),
    ("apigateway:DELETE", KEY, {**TAGGED}, True),
    ("kms:PutKeyPolicy", ENCRYPTION, {**BY_CLOUDFORMATION}, False),
    ("kms:PutKeyPolicy", ENCRYPTION, {**TAGGED}, False),
    ("kms:PutKeyPolicy", ENCRYPTION, {**BY_CLOUDFORMATION, **TAGGED}, True),
    ("kms:ScheduleKeyDeletion", ENCRYPTION, {}, False),
    ("kms:ScheduleKeyDeletion", ENCRYPTION, {**TAGGED}, True),
    ("kms:Decrypt", ENCRYPTION, {**TAGGED}, False),
    ("kms:CreateGrant", ENCRYPTION, {**BY_CLOUDFORMATION, **TAGGED}, False),
    ("budgets:ModifyBudget", BUDGET, {}, False),
    ("budgets:ModifyBudget", BUDGET, {**BY_CLOUDFORMATION}, True),
    ("budgets:ModifyBudget", BUDGET.replace("todo-api-", ""), {**BY_CLOUDFORMATION}, False),
    ("wafv2:UpdateWebACL", FIREWALL, {}, False),
    ("wafv2:UpdateWebACL", FIREWALL, {**BY_CLOUDFORMATION}, True),
    ("wafv2:UpdateWebACL", FIREWALL.replace("todo-api-", ""), {**BY_CLOUDFORMATION}, False),
    ("cloudtrail:StopLogging", TRAIL, {}, False),
    ("cloudtrail:StopLogging", TRAIL, {**BY_CLOUDFORMATION}, True),
    ("cloudtrail:StopLogging", TRAIL.replace("todo-api-", ""), {**BY_CLOUDFORMATION}, False),
    ("cloudtrail:PutEventSelectors", TRAIL, {}, False),
    ("s3:PutLifecycleConfiguration", TRAIL_BUCKET, {}, False),
    ("s3:PutLifecycleConfiguration", TRAIL_BUCKET, {**BY_CLOUDFORMATION}, True),
    ("wafv2:DisassociateWebACL", API + "/stages/prod", {}, False),
    ("cloudfront:CreateInvalidation", DISTRIBUTION, {}, False),
    ("cloudfront:CreateInvalidation", DISTRIBUTION, {**TAGGED}, True),
]


def test_nobody_becomes_more_by_these_policies() -> None:
    """Evaluated by the engine that the tests deploy to."""
    requests = [Request(action, resource, keys) for action, resource, keys, _ in ROWS]
    told = decisions(statements(), requests)
    assert [*zip(ROWS, told, strict=True)] == [(row, row[3]) for row in ROWS]
