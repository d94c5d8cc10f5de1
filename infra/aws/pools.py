"""The people of a stage: their user pool, its owner, and its deletion."""

from collections.abc import Iterator
from typing import Any

from infra.aws.account import Account, explained, gone_is_fine
from infra.aws.stage import Stage
from infra.console import Tell

MOST_A_PAGE = 60
"""AWS: ListUsers and ListUserPools of Amazon Cognito user pools."""

_COUNTED_PAGES = 20

_SAID_AGAIN = ("AutoVerifiedAttributes", "MfaConfiguration", "UserAttributeUpdateSettings")


class Pool:
    """A user pool of the account, whether it exists or not."""

    def __init__(self, account: Account, id: str) -> None:
        self.id = id
        self._client = account.client("cognito-idp")

    def description(self) -> dict[str, Any] | None:
        """The pool as DescribeUserPool returns it; None if there is no such pool."""
        with gone_is_fine():
            found: dict[str, Any] = self._client.describe_user_pool(UserPoolId=self.id)["UserPool"]
            return found
        return None

    def is_of(self, stage: Stage) -> bool:
        """Whether it has the stage's tag."""
        (tag,) = stage.tags
        tags = (self.description() or {}).get("UserPoolTags", {})
        return bool(tags.get(tag["Key"]) == tag["Value"])

    def people(self) -> Iterator[dict[str, Any]]:
        """The people as ListUsers returns them. Raises StackError."""
        with gone_is_fine():
            for page in self._pages():
                yield from page["Users"]

    def count(self) -> str:
        """The number of people, in words: counted, or an estimate if there are many."""
        counted = 0
        with gone_is_fine():
            for number, page in enumerate(self._pages(), start=1):
                counted += len(page["Users"])
                if number == _COUNTED_PAGES and "PaginationToken" in page:
                    guess = (self.description() or {}).get("EstimatedNumberOfUsers", 0)
                    return f"about {max(guess, counted):,} people"
        return "1 person" if counted == 1 else f"{counted:,} people"

    def discard(self, stage: Stage, tell: Tell) -> None:
        """Delete the empty pool of the stage that a failed first deployment has left.

        CloudFormation cannot, as the pool is already protected. A pool with people is left alone.
        """
        if self.is_of(stage) and next(self.people(), None) is None:
            self.delete()
            tell(f"  {'removed':18} user pool {self.id}, which was empty")

    def delete(self) -> None:
        """Remove its protection and delete it, with a domain if it has one. Raises StackError.

        An update resets everything that it does not state to its default, and these have to agree
        with each other (ekristen/aws-nuke #477).
        """
        found = self.description()
        if not found:
            return
        with gone_is_fine():
            if found.get("DeletionProtection") == "ACTIVE":
                said = {name: found[name] for name in _SAID_AGAIN if name in found}
                self._client.update_user_pool(
                    UserPoolId=self.id, DeletionProtection="INACTIVE", **said
                )
            if found.get("Domain"):
                self._client.delete_user_pool_domain(UserPoolId=self.id, Domain=found["Domain"])
            self._client.delete_user_pool(UserPoolId=self.id)

    def _pages(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_users")
        return iter(pages.paginate(UserPoolId=self.id, Limit=MOST_A_PAGE))


def pools_of(account: Account, stage: Stage) -> list[Pool]:
    """The pools that have the stage's tag and the name from its stack. Raises StackError."""
    with explained():
        pages = account.client("cognito-idp").get_paginator("list_user_pools")
        named = [
            Pool(account, each["Id"])
            for page in pages.paginate(MaxResults=MOST_A_PAGE)
            for each in page["UserPools"]
            if each["Name"] == stage.stack
        ]
    return [each for each in named if each.is_of(stage)]
