"""The key of a stage in AWS KMS: its owner, and its deletion, which AWS delays."""

from typing import Any

from infra.aws.account import Account, AccountUnavailable, gone_is_fine
from infra.aws.stage import Stage
from infra.console import Tell

DAYS = 30
"""Days until a key is deleted: the longest that AWS allows (AWS: ScheduleKeyDeletion)."""

_GOING = {"PendingDeletion", "PendingReplicaDeletion"}


class EncryptionKey:
    """A key of the account, whether it exists or not."""

    def __init__(self, account: Account, id: str) -> None:
        """`id` may be the key's ARN, too."""
        self.id = id.rpartition("/")[2]
        self._client = account.client("kms")

    def description(self) -> dict[str, Any] | None:
        """The key as DescribeKey returns it; None if there is no such key."""
        with gone_is_fine():
            found: dict[str, Any] = self._client.describe_key(KeyId=self.id)["KeyMetadata"]
            return found
        return None

    def stays(self) -> bool:
        """Whether the key exists, and is not about to be deleted. Raises StackError."""
        found = self.description()
        return bool(found and found["KeyState"] not in _GOING)

    def is_of(self, stage: Stage) -> bool:
        """Whether it has the stage's tag; a key whose tags cannot be read is somebody else's."""
        (tag,) = stage.tags
        try:
            with gone_is_fine():
                tags = self._client.list_resource_tags(KeyId=self.id)["Tags"]
                return {"TagKey": tag["Key"], "TagValue": tag["Value"]} in tags
        except AccountUnavailable:
            return False
        return False

    def delete(self, tell: Tell) -> None:
        """Schedule its deletion, as late as AWS allows. Raises StackError."""
        if not self.stays():
            return
        with gone_is_fine():
            self._client.schedule_key_deletion(KeyId=self.id, PendingWindowInDays=DAYS)
            tell(
                f"AWS deletes the key {self.id} in {DAYS} days, and charges nothing for it until"
                " then. Backups of the table can be read for as long: `aws kms cancel-key-deletion"
                f" --key-id {self.id}` keeps it."
            )
