"""The permissions boundary of the function's role: the most that it may ever be allowed.

An account may or may not have the boundary. Deployers who only have the policies in `infra/` can
create roles only under it: otherwise they could give a function every permission, and use it.
AWS: Permissions boundaries for IAM entities.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from infra.aws.account import Account, explained
from infra.console import Tell

NAME = "todo-api-boundary"
"""The policy's name, which the template and the deployer's policies have, too."""


def boundary(account: Account, before: str | None, tell: Tell) -> str:
    """`on` if the account has the boundary, else `off`, which is reported if it was not `before`.

    Raises StackError.
    """
    client = account.client("iam")
    with explained():
        try:
            client.get_policy(PolicyArn=_arn(account))
        except client.exceptions.NoSuchEntityException:
            if before != "off":
                tell(_MISSING)
            return "off"
    return "on"


def tell_if_untraced(account: Account, tell: Tell) -> None:
    """Say it if the account's boundary allows no traces: one that is older than them does not.

    Raises StackError.
    """
    client, arn = account.client("iam"), _arn(account)
    with explained():
        id = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        version = client.get_policy_version(PolicyArn=arn, VersionId=id)["PolicyVersion"]
    if not any(fnmatchcase(_TRACES, each) for each in _allowed(version["Document"])):
        tell(
            f"Beware: the function sends no traces, as the permissions boundary {NAME} of this"
            " account does not allow them. Have an administrator run `aws iam create-policy-version"
            f" --set-as-default --policy-document file://infra/function-boundary.json --policy-arn"
            f" {arn}`."
        )


def _arn(account: Account) -> str:
    return f"arn:{account.client('iam').meta.partition}:iam::{account.id}:policy/{NAME}"


def _allowed(document: dict[str, Any]) -> Iterator[str]:
    """The allowed actions, some with wildcards. IAM takes a single value for a list of one."""
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] == "Allow":
            actions = statement.get("Action", ())
            yield from [actions] if isinstance(actions, str) else actions


_TRACES = "xray:PutTraceSegments"

_MISSING = (
    f"The function's role gets no permissions boundary: this account has no policy {NAME}. An"
    " administrator needs none; for other deployers, docs/deployer.md explains how to create it."
)
