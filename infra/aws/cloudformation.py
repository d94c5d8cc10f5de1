"""One CloudFormation stack: its state, the changes proposed to it, and their progress."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, explained
from infra.aws.pauses import pauses
from infra.console import Tell

Template = dict[str, Any]
Kind = Literal["CREATE", "UPDATE", "IMPORT"]

_SILENCE = 30.0
"""Seconds after which a line says what the command is waiting for."""

CREATION_FAILED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}
"""States of a stack whose first deployment failed."""

_NOTHING_MADE = {*CREATION_FAILED, "DELETE_FAILED", "IMPORT_ROLLBACK_COMPLETE"}
"""States in which CloudFormation allows nothing but deletion."""


class StackFailed(StackError):
    """CloudFormation gave up; the message quotes the first failed event."""


@dataclass(frozen=True)
class ChangeSet:
    """What CloudFormation would do. `changes` are its own ResourceChange objects."""

    id: str
    changes: list[dict[str, Any]]


class Stack:
    """The stack with this name, whether it exists or not."""

    def __init__(self, account: Account, name: str) -> None:
        self._client = account.client("cloudformation")
        self.name = name

    def description(self) -> dict[str, Any] | None:
        """The stack as DescribeStacks returns it; None if there is no such stack."""
        try:
            with explained():
                (found,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except StackError as error:
            if "does not exist" in str(error):
                return None
            raise
        return dict(found)

    def parameters(self) -> dict[str, str]:
        return parameters_in(self.description() or {})

    def outputs(self) -> dict[str, str]:
        return outputs_in(self.description() or {})

    def template(self) -> Template:
        """The template as it was sent; empty if none was ever executed."""
        with explained():
            body = self._client.get_template(StackName=self.name).get("TemplateBody") or {}
        template: Template = json.loads(body) if isinstance(body, str) else body
        return template

    def resources(self) -> Iterator[dict[str, Any]]:
        with explained():
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
            for page in pages:
                yield from page["StackResourceSummaries"]

    # -- changing it ---------------------------------------------------------------------------

    def finish(self, tell: Tell) -> dict[str, Any] | None:
        """Wait until nothing runs; return the stack's description or None. Raises StackError."""
        found = self.description()
        if found and _runs(found):
            tell(f"{self.name} is still {words(found['StackStatus'])}: waiting for that.")
            found = self._wait(tell)
        return found

    def settle(self, tell: Tell) -> dict[str, Any] | None:
        """Bring the stack into a state that can be changed, and return its description or None.

        Waits for what still runs, continues a rollback that got stuck, and deletes a stack whose
        creation failed. Raises StackError.
        """
        found = self.finish(tell)
        if found and found["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            tell(f"The last rollback of {self.name} got stuck: continuing it.")
            self._act("continue_update_rollback")
            found = self._wait(tell)
        if found and found["StackStatus"] in _NOTHING_MADE:
            tell(f"The last attempt left {self.name} {words(found['StackStatus'])}: removing it.")
            self.delete(tell)
            return None
        return found

    def propose(
        self,
        kind: Kind,
        template_url: str,
        parameters: Mapping[str, str],
        tags: list[dict[str, str]],
        imports: list[dict[str, Any]] | None = None,
    ) -> ChangeSet | None:
        """The changes that CloudFormation would make; None if there are none. Raises StackError."""
        with explained():
            made = self._client.create_change_set(
                StackName=self.name,
                ChangeSetName=f"deploy-{uuid4().hex}",
                ChangeSetType=kind,
                TemplateURL=template_url,
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters.items()
                ],
                Capabilities=["CAPABILITY_IAM"],
                Tags=tags,
                **({"ResourcesToImport": imports} if imports else {}),
            )
        found = self._wait_for_change_set(made["Id"])
        if found["Status"] != "FAILED":
            return ChangeSet(made["Id"], self._changes(made["Id"]))
        self.withdraw(made["Id"])
        reason = found.get("StatusReason", "")
        if "didn't contain changes" in reason or "No updates" in reason:
            return None
        raise StackFailed(f"CloudFormation refuses the template: {reason}")

    def withdraw(self, change_set: str) -> None:
        """Delete a change set that is not going to be executed."""
        with explained():
            self._client.delete_change_set(**self._change_set(change_set))

    def execute(self, change_set: ChangeSet, tell: Tell) -> None:
        """Execute a change set and report each resource. Raises StackFailed."""
        with explained():
            before = {each["EventId"] for each in self._events()}
            self._client.execute_change_set(**self._change_set(change_set.id))
        found = self._wait(tell, before)
        if not found or found["StackStatus"] not in (
            *("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"),
        ):
            raise StackFailed(self._failure(before))

    def delete(self, tell: Tell, keep: list[str] | None = None) -> None:
        """Delete the stack, wait for the end, and report each resource. Raises StackFailed.

        `keep` are logical ids to leave behind, which only a stack in DELETE_FAILED allows.
        """
        found = self.description()
        if not found:
            return
        self.name, name = found["StackId"], self.name  # a deleted stack can be found by its id only
        try:
            with explained():
                before = {each["EventId"] for each in self._events()}
            self._act("delete_stack", **({"RetainResources": keep} if keep else {}))
            after = self._wait(tell, before)
            if after and after["StackStatus"] != "DELETE_COMPLETE":
                raise StackFailed(self._failure(before))
        finally:
            self.name = name

    # -- waiting -------------------------------------------------------------------------------

    def _wait(self, tell: Tell, seen: set[str] | None = None) -> dict[str, Any] | None:
        """Wait until nothing runs; events that are not in `seen` are reported as they come."""
        progress = _Progress(tell, set(seen) if seen is not None else self._event_ids())
        for _ in pauses():
            found = self.description()
            progress.show(self._unseen(progress.seen))
            if not found or not _runs(found):
                return found
        raise AssertionError("unreachable: the pauses do not end")

    def _event_ids(self) -> set[str]:
        with explained():
            return {each["EventId"] for each in self._events()}

    def _unseen(self, seen: set[str]) -> list[dict[str, Any]]:
        """New events, oldest first."""
        found: list[dict[str, Any]] = []
        try:
            with explained():
                for event in self._events():
                    if event["EventId"] in seen:
                        break
                    found.append(event)
        except StackError:
            return []  # deleted between two requests: its description will show it
        return found[::-1]

    def _events(self) -> Iterator[dict[str, Any]]:
        """All events, newest first."""
        try:
            pages = self._client.get_paginator("describe_stack_events").paginate(
                StackName=self.name
            )
            for page in pages:
                yield from page["StackEvents"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise

    def _failure(self, before: set[str]) -> str:
        failed = [
            event for event in self._unseen(before) if event["ResourceStatus"].endswith("_FAILED")
        ]
        told = [each for each in failed if "cancelled" not in each.get("ResourceStatusReason", "")]
        if not told:
            return f"CloudFormation gave up on {self.name} without saying why."
        first = told[0]
        reason = first.get("ResourceStatusReason", "no reason given")
        return (
            f"{first['LogicalResourceId']} ({first['ResourceType']}) is"
            f" {first['ResourceStatus']}: {reason}"
        )

    def _wait_for_change_set(self, id: str) -> dict[str, Any]:
        for _ in pauses():
            with explained():
                found: dict[str, Any] = self._client.describe_change_set(**self._change_set(id))
            if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return found
        raise AssertionError("unreachable: the pauses do not end")

    def _changes(self, id: str) -> list[dict[str, Any]]:
        with explained():
            pages = self._client.get_paginator("describe_change_set").paginate(
                **self._change_set(id)
            )
            return [
                each["ResourceChange"]
                for page in pages
                for each in page["Changes"]
                if "ResourceChange" in each
            ]

    def _change_set(self, id: str) -> dict[str, str]:
        """Arguments that identify a change set, with the stack's name, which IAM checks."""
        return {"StackName": self.name, "ChangeSetName": id}

    def _act(self, operation: str, **arguments: Any) -> None:
        with explained():
            getattr(self._client, operation)(StackName=self.name, **arguments)


class _Progress:
    """Reports each resource's steps once, with the seconds that they took."""

    def __init__(self, tell: Tell, seen: set[str]) -> None:
        self.seen = seen
        self._tell = tell
        self._begun: dict[str, datetime] = {}
        self._told = time.monotonic()

    def show(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.seen.add(event["EventId"])
            if event["ResourceType"] != "AWS::CloudFormation::Stack":
                self._show(event)
        if self._begun and time.monotonic() - self._told > _SILENCE:
            self._say(f"  {'still at work on':18} {', '.join(self._begun)}")

    def _say(self, line: str) -> None:
        self._told = time.monotonic()
        self._tell(line)

    def _show(self, event: dict[str, Any]) -> None:
        name, status = event["LogicalResourceId"], event["ResourceStatus"]
        begun = self._begun.setdefault(name, event["Timestamp"])
        if status.endswith("_IN_PROGRESS"):
            return
        del self._begun[name]
        took = (event["Timestamp"] - begun).total_seconds()
        reason = f": {event['ResourceStatusReason']}" if status.endswith("_FAILED") else ""
        self._say(f"  {words(status):18} {name}  {took:.0f} s{reason}")


def _runs(found: dict[str, Any]) -> bool:
    """Whether something runs. REVIEW_IN_PROGRESS only waits for a change set to be executed."""
    status: str = found["StackStatus"]
    return status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"


def parameters_in(description: Mapping[str, Any]) -> dict[str, str]:
    """Of a stack, by name."""
    return {
        each["ParameterKey"]: each.get("ParameterValue", "")
        for each in description.get("Parameters", ())
    }


def outputs_in(description: Mapping[str, Any]) -> dict[str, str]:
    """Of a stack, by name."""
    return {each["OutputKey"]: each["OutputValue"] for each in description.get("Outputs", ())}


def words(status: str) -> str:
    """A status such as `CREATE_COMPLETE` as plain words."""
    return status.lower().replace("_", " ")
