"""A table of a stage: its items, its owner, and its deletion."""

from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, code, explained, gone_is_fine
from infra.aws.pauses import pauses
from infra.aws.stage import Stage
from infra.console import Tell

_COUNTED_PAGES = 10
"""The most pages that are counted, of 1 MB each: counting reads items, which costs money."""


class Table:
    """A table of the account, whether it exists or not."""

    def __init__(self, account: Account, name: str) -> None:
        self.name = name
        self._client = account.client("dynamodb")

    def description(self) -> dict[str, Any] | None:
        """The table as DescribeTable returns it; None if there is no such table."""
        with gone_is_fine():
            found: dict[str, Any] = self._client.describe_table(TableName=self.name)["Table"]
            return found
        return None

    def tags(self) -> list[dict[str, str]]:
        found = self.description()
        with gone_is_fine():
            if found:
                pages = self._client.get_paginator("list_tags_of_resource")
                arn = found["TableArn"]
                return [tag for page in pages.paginate(ResourceArn=arn) for tag in page["Tags"]]
        return []

    def claim(self, stage: Stage) -> None:
        """Make sure that the table has the stage's tag, by which it is found again."""
        found = self.description()
        if found and stage.tags[0] not in self.tags():
            with explained():
                self._client.tag_resource(ResourceArn=found["TableArn"], Tags=stage.tags)

    def items(self) -> str:
        """The number of items, in words: counted, or DynamoDB's estimate for a large table.

        DynamoDB updates its estimate about every six hours (AWS: DescribeTable, ItemCount).
        """
        counted = 0
        with gone_is_fine():
            pages = self._client.get_paginator("scan").paginate(
                TableName=self.name, Select="COUNT", PaginationConfig={"PageSize": None}
            )
            for number, page in enumerate(pages, start=1):
                counted += page["Count"]
                if number == _COUNTED_PAGES and "LastEvaluatedKey" in page:
                    guess = (self.description() or {}).get("ItemCount", 0)
                    return f"about {max(guess, counted):,} items"
        return "1 item" if counted == 1 else f"{counted:,} items"

    def discard(self, stage: Stage, tell: Tell) -> None:
        """Delete the empty table of the stage that a failed first deployment has left.

        CloudFormation cannot, as the table is already protected. A table with items is left alone.
        """
        if stage.tags[0] in self.tags() and self._is_empty():
            self.delete(tell)
            tell(f"  {'removed':18} table {self.name}, which was empty")

    def _is_empty(self) -> bool:
        with explained():
            found = self._client.scan(TableName=self.name, ConsistentRead=True, Limit=1)
        return not found["Items"]

    def delete(self, tell: Tell) -> None:
        """Remove its protection, delete it, and wait until it is gone. Raises StackError."""
        told = ""
        for _ in pauses():
            found = self.description()
            if not found:
                return
            status = found["TableStatus"]
            if status in ("CREATING", "UPDATING", "DELETING"):
                if status != told:
                    tell(f"  {'waiting for':18} table {self.name}, {status.lower()}")
                told = status
            elif found.get("DeletionProtectionEnabled"):
                self._act("update_table", DeletionProtectionEnabled=False)
            else:
                self._act("delete_table")

    def backed_up(self) -> bool:
        """Whether DynamoDB backs a table up when it is deleted (AWS: Point-in-time recovery)."""
        with gone_is_fine():
            found = self._client.describe_continuous_backups(TableName=self.name)
            recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription")
            return bool(recovery and recovery["PointInTimeRecoveryStatus"] == "ENABLED")
        return False

    def _act(self, operation: str, **arguments: Any) -> None:
        """Call DynamoDB, again if the table is suddenly busy."""
        with gone_is_fine():
            try:
                getattr(self._client, operation)(TableName=self.name, **arguments)
            except ClientError as error:
                if code(error) != "ResourceInUseException":
                    raise
