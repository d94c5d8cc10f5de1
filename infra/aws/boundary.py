"""The permissions boundary of the function's role: the most that it may ever be allowed.

An account may or may not have the boundary. Deployers who only have the policies in `infra/` can
create roles only under it: otherwise they could give a function every permission, and use it.
AWS: Permissions boundaries for IAM entities.
"""

from infra.aws.account import Account, explained
from infra.console import Tell

NAME = "todo-api-boundary"
"""The policy's name, which the template and the deployer's policies have, too."""


def boundary(account: Account, before: str | None, tell: Tell) -> str:
    """`on` if the account has the boundary, else `off`, which is reported if it was not `before`.

    Raises StackError.
    """
    client = account.client("iam")
    arn = f"arn:{client.meta.partition}:iam::{account.id}:policy/{NAME}"
    with explained():
        try:
            client.get_policy(PolicyArn=arn)
        except client.exceptions.NoSuchEntityException:
            if before != "off":
                tell(_MISSING)
            return "off"
    return "on"


_MISSING = (
    f"The function's role gets no permissions boundary: this account has no policy {NAME}. An"
    " administrator needs none; for other deployers, docs/deployer.md explains how to create it."
)
