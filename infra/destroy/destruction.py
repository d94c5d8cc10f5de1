"""The destruction of one stage: what is deleted, in which order, and the proof that it is gone.

The stack is deleted first, its table and its people last: if anything stops the command halfway, a
rerun finds the rest by tag and by name, and until then a deployment can still take them over.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from infra.aws.account import Account, Declined, StackError, gone_is_fine
from infra.aws.artifacts import Artifacts
from infra.aws.buckets import Bucket
from infra.aws.cloudformation import Stack, StackFailed
from infra.aws.encryption import EncryptionKey
from infra.aws.pools import Pool
from infra.aws.search import stages
from infra.aws.stage import Stage
from infra.aws.tables import Table
from infra.console import Tell, ask
from infra.destroy import resources
from infra.destroy.inventory import inventory
from infra.destroy.resources import Found

_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between two checks: lists lag behind, and a last request's log line arrives late."""


@dataclass(frozen=True)
class Result:
    """The result of a destruction."""

    stage: str
    region: str
    before: list[Found] = field(default_factory=list)
    """Everything that there was."""
    kept: list[Found] = field(default_factory=list)
    """The tables, their keys and user pools that are kept on request."""
    left: list[Found] = field(default_factory=list)
    """What should be gone, but is not."""
    seconds: float = 0.0


def destroy(account: Account, stage: Stage, keep_data: bool, agreed: bool, tell: Tell) -> Result:
    """Delete a stage; `keep_data` keeps its tables and its people. Raises StackError, Declined.

    `agreed` says that nobody has to be asked. A stage that is already gone is not an error.
    """
    began = time.monotonic()
    result = _Destruction(account, stage, keep_data, tell).run(agreed)
    return replace(result, seconds=round(time.monotonic() - began, 1))


class _Destruction:
    """One run of a destruction."""

    def __init__(self, account: Account, stage: Stage, keep_data: bool, tell: Tell) -> None:
        self._account = account
        self._stage = stage
        self._keep_data = keep_data
        self._tell = tell
        self._stack = Stack(account, stage.stack)

    def run(self, agreed: bool) -> Result:
        self._check(self._stack.finish(self._tell))
        before = inventory(self._account, self._stage)
        kept = [each for each in before if self._keeps(each)]
        going = [each for each in before if not self._keeps(each)]
        result = Result(self._stage.name, self._account.region, before, kept)
        self._show(going, kept)
        if not going:
            return result
        if not agreed:
            self._ask(_names(going, resources.POOL))
        for table in _names(before, resources.TABLE):
            Table(self._account, table).claim(self._stage)
        self._remove_keys(_names(going, resources.KEY))
        self._remove_stack()
        return replace(result, left=self._sweep(before))

    def _keeps(self, found: Found) -> bool:
        return self._keep_data and found.kind in _DATA

    # -- before --------------------------------------------------------------------------------

    def _check(self, found: dict[str, Any] | None) -> None:
        if found and found.get("EnableTerminationProtection"):
            name = self._stack.name
            raise StackError(
                f"{name} is protected against termination. If it is to go: `aws cloudformation"
                " update-termination-protection --no-enable-termination-protection --stack-name"
                f" {name} --region {self._account.region}`, and run the command again."
            )

    def _show(self, going: list[Found], kept: list[Found]) -> None:
        name = self._stage.name
        if going:
            self._tell(f"This will be deleted of stage {name} in {self._account}:")
        else:
            self._tell(f"There is nothing to destroy of stage {name} in {self._account}.")
            self._tell_others()
        for each in going:
            self._tell(f"  {each}")
        for each in kept:
            self._tell(f"This stays: {each}. `todo-api deploy --stage {name}` takes it over.")

    def _tell_others(self) -> None:
        others = [each for each in stages(self._account) if each != self._stage.name]
        if others:
            self._tell(f"There are other stages: {', '.join(others)}.")

    def _ask(self, pools: list[str]) -> None:
        for pool in pools:
            people = Pool(self._account, pool).count()
            self._tell(
                f"The identities of {people} go with the user pool {pool}: anybody invited again is"
                " a new person, who owns nothing. --keep-data keeps people and items."
            )
        typed = ask(f"Type the stage's name, {self._stage.name}, to destroy it:")
        if typed is None:
            raise Declined("There is no terminal to ask on. To agree beforehand, use --yes.")
        if typed != self._stage.name:
            raise Declined("Nothing was destroyed: that is not the stage's name.")

    # -- doing it ------------------------------------------------------------------------------

    def _remove_keys(self, keys: list[str]) -> None:
        """Delete the keys from `todo-api keys create`; the stack deletes its own."""
        own = {each.get("PhysicalResourceId") for each in self._stack_resources()}
        for key in (each for each in keys if each not in own):
            self._remove_key(key)

    def _stack_resources(self) -> Iterator[dict[str, Any]]:
        if self._stack.description():
            yield from self._stack.resources()

    def _remove_key(self, key: str) -> None:
        with gone_is_fine():
            self._account.client("apigateway").delete_api_key(apiKey=key)

    def _remove_stack(self) -> None:
        """Delete the stack, and empty its buckets first; again if something arrived meanwhile."""
        for last in (False, True):
            for name in self._going_along():
                self._empty(name)
            try:
                self._stack.delete(self._tell)
                break
            except StackFailed as failure:
                if last:
                    raise StackFailed(self._advice(failure)) from failure
                self._tell(f"{failure}\nOnce more:")

    def _going_along(self) -> list[str]:
        """The buckets that are deleted with the stack. That of a trail stays until afterwards, as
        CloudTrail still writes to it for some minutes."""
        return [
            each["PhysicalResourceId"]
            for each in self._stack_resources()
            if each["ResourceType"] == "AWS::S3::Bucket"
            and each["LogicalResourceId"] != _TRAIL_BUCKET
            and each.get("PhysicalResourceId")
        ]

    def _advice(self, failure: StackFailed) -> str:
        name = self._stack.name
        return (
            f"{failure}\nNo item was deleted. Mend the cause and run it again: todo-api destroy"
            f" --stage {self._stage.name}\nAll events: aws cloudformation describe-stack-events"
            f" --stack-name {name} --region {self._account.region}"
        )

    def _sweep(self, shown: list[Found]) -> list[Found]:
        """Remove what the stack did not delete, and return what is still there."""
        shown_data = {each.name for each in shown if each.kind in _DATA}
        for pause in (0.0,) if self._account.emulator else _PAUSES:
            left = self._left()
            if not left:
                return []
            # Nobody agreed to delete other data.
            agreed = [each for each in left if each.kind not in _DATA or each.name in shown_data]
            removed = [self._remove(each) for each in agreed]
            time.sleep(0 if all(removed) else pause)
        return self._left()

    def _left(self) -> list[Found]:
        found = inventory(self._account, self._stage)
        return [each for each in found if not self._keeps(each)]

    def _remove(self, found: Found) -> bool:
        """Remove it, and return whether it is gone. Other kinds are deleted with the stack."""
        match found.kind:
            case resources.TABLE:
                self._remove_table(Table(self._account, found.name))
            case resources.ENCRYPTION_KEY:
                EncryptionKey(self._account, found.name).delete(self._tell)
            case resources.POOL:
                Pool(self._account, found.name).delete()
            case resources.KEY:
                self._remove_key(found.name)
            case resources.LOGS:
                with gone_is_fine():
                    self._account.client("logs").delete_log_group(logGroupName=found.name)
            case resources.ARTIFACTS:
                bucket = Artifacts(self._account, self._stage).bucket
                Bucket(self._account, bucket).empty(f"{self._stage.name}/")
            case resources.BUCKET | resources.ARTIFACT_BUCKET:
                if not self._remove_bucket(found):
                    return False
            case _:
                return False
        self._tell(f"  {'removed':18} {found.kind} {found.name}")
        return True

    def _remove_bucket(self, found: Found) -> bool:
        """Close, empty and delete it. What arrives meanwhile is left for the next attempt. The
        bucket of all stages is not closed, as another one may be deployed meanwhile."""
        bucket = Bucket(self._account, found.name)
        if found.kind == resources.BUCKET:
            bucket.close()
        self._empty(bucket.name)
        return bucket.delete()

    def _remove_table(self, table: Table) -> None:
        if table.backed_up() and not self._account.emulator:
            self._tell(
                f"AWS keeps a backup of {table.name} for 35 days, and charges nothing for it: `aws"
                f" dynamodb list-backups --backup-type SYSTEM --table-name {table.name}`."
            )
        table.delete(self._tell)

    def _empty(self, bucket: str) -> None:
        deleted = Bucket(self._account, bucket).empty()
        if deleted:
            self._tell(f"  {'emptied':18} {bucket}, of {deleted:,} versions of objects")


def _names(found: list[Found], kind: str) -> list[str]:
    return [each.name for each in found if each.kind == kind]


_TRAIL_BUCKET = "TrailBucket"
"""The logical id of the bucket that is not deleted with the stack."""

_DATA = {resources.TABLE, resources.ENCRYPTION_KEY, resources.POOL}
"""What can be kept, and cannot be recovered once it is deleted."""
