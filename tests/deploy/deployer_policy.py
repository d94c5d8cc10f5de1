"""The deployer's policies: what they allow, and what the commands and CloudFormation ask of it.

Statements whose Sid begins with `Commands` are for what the commands themselves call; those with
`Stack`, in a file of their own, for what CloudFormation calls in the deployer's name. A third file
has both for what extras take.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session

from tests.contracts import ROOT
from tests.deploy.templates import listed

COMMANDS = ROOT / "infra" / "deployer-policy.json"
STACK = ROOT / "infra" / "deployer-stack-policy.json"
EXTRAS = ROOT / "infra" / "deployer-extras-policy.json"
BOUNDARY = ROOT / "infra" / "function-boundary.json"
FILES = (COMMANDS, STACK, EXTRAS, BOUNDARY)

Statement = dict[str, Any]


class Difference(NamedTuple):
    """Actions of IAM in alphabetical order."""

    missing: list[str]
    """Called, and not allowed."""
    unused: list[str]
    """Allowed to the commands, and not called."""


def allowed(calls: Iterable[tuple[str, str]]) -> Difference:
    """Hold calls against the policy: pairs of a service and an operation, as botocore names them.

    For example `("s3", "HeadBucket")`. Raises KeyError for a service that botocore lacks.
    """
    made = {action for service, operation in calls for action in actions(service, operation)}
    granted = {
        action for statement in statements(COMMANDS) for action in listed(statement["Action"])
    }
    return Difference(sorted(made - granted), sorted(granted - made))


def statements(*files: Path) -> list[Statement]:
    """Those of some of the files, or of all that a deployer may have."""
    return [
        statement
        for file in files or (COMMANDS, STACK, EXTRAS)
        for statement in json.loads(file.read_text("utf-8"))["Statement"]
    ]


def actions(service: str, operation: str) -> Iterator[str]:
    """What IAM asks for before an operation.

    AWS: Service Authorization Reference; of S3 also "Required permissions for S3 API operations".
    """
    if service == "apigateway":
        yield f"apigateway:{_http_method(operation)}"
    elif service == "s3":
        yield from (f"s3:{name}" for name in _OF_S3.get(operation, (operation,)))
    else:
        yield f"{_PREFIXES.get(service, service)}:{operation}"


_PREFIXES = {"resourcegroupstaggingapi": "tag"}

_OF_S3: dict[str, tuple[str, ...]] = {
    "DeleteObjects": ("DeleteObject", "DeleteObjectVersion"),
    "GetPublicAccessBlock": ("GetBucketPublicAccessBlock",),
    "HeadBucket": ("ListBucket",),
    "HeadObject": ("GetObject",),
    "ListBuckets": ("ListAllMyBuckets",),
    "ListObjectVersions": ("ListBucketVersions",),
    "ListObjectsV2": ("ListBucket",),
    "PutPublicAccessBlock": ("PutBucketPublicAccessBlock",),
}


@cache
def _http_method(operation: str) -> str:
    model = botocore.session.get_session().get_service_model("apigateway")
    method: str = model.operation_model(operation).http["method"]
    return method
