"""Drift: what somebody has changed by hand in the resources of a stack.

CloudFormation detects it in all properties that its template states, for every resource type that
it supports: in a stage, everything except what an API has imported, and the contents of its buckets
and its table (AWS: Resource type support for imports and drift detection). That may take minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.aws.account import Account, AccountUnavailable, StackError, explained
from infra.aws.pauses import pauses
from infra.console import Tell

DETECTABLE = {
    *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
}
"""States of a stack in which drift can be detected (AWS: Detect drift on an entire stack)."""

_TOLD_BY_THE_PLAN = ("/GlobalSecondaryIndexes", "/AttributeDefinitions")
"""Indexes also change without anybody's doing."""


@dataclass(frozen=True)
class Drifted:
    """A resource that is not as the stack left it."""

    name: str
    type: str
    differences: str


class Detection:
    """One detection, which runs while other things are done."""

    def __init__(self, account: Account, stack: str) -> None:
        self._client = account.client("cloudformation")
        self._stack = stack
        self._id: str | None = None

    def begin(self, tell: Tell) -> None:
        """Begin; a deployer without the permission is told so, and may go on. Raises StackError."""
        try:
            self._id = self._begun()
        except AccountUnavailable as error:
            tell(f"Changes made by hand cannot be determined: {error}")

    def drifted(self, tell: Tell) -> list[Drifted]:
        """What was found, once the detection has ended. Raises StackError."""
        if self._id is None:
            return []
        for number, _ in enumerate(pauses()):
            with explained():
                found = self._client.describe_stack_drift_detection_status(
                    StackDriftDetectionId=self._id
                )
            if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
                break
            if number == 0:
                tell("CloudFormation is still looking for changes made by hand.")
        return [
            Drifted(each["LogicalResourceId"], each["ResourceType"], words)
            for each in self._resources()
            if (words := _differences(each))
        ]

    def _begun(self) -> str:
        """The id of a new detection; one begun by a deployment that died may still be running."""
        for _ in pauses():
            try:
                with explained():
                    answer = self._client.detect_stack_drift(StackName=self._stack)
            except StackError as error:
                if "in progress" not in str(error):
                    raise
            else:
                return str(answer["StackDriftDetectionId"])
        raise AssertionError("unreachable: the pauses do not end")

    def _resources(self) -> Iterator[dict[str, Any]]:
        more: dict[str, Any] = {}
        while True:
            with explained():
                page = self._client.describe_stack_resource_drifts(
                    StackName=self._stack,
                    StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
                    **more,
                )
            yield from page["StackResourceDrifts"]
            if "NextToken" not in page:
                return
            more = {"NextToken": page["NextToken"]}


def _differences(resource: dict[str, Any]) -> str:
    if resource["StackResourceDriftStatus"] == "DELETED":
        return "is gone"
    return ", ".join(
        _words(each)
        for each in resource.get("PropertyDifferences", ())
        if not each["PropertyPath"].startswith(_TOLD_BY_THE_PLAN)
    )


def _words(difference: dict[str, str]) -> str:
    path = difference["PropertyPath"].removeprefix("/")
    match difference["DifferenceType"]:
        case "ADD":
            return f"{path} is {difference['ActualValue']}, and was not there"
        case "REMOVE":
            return f"{path} is gone, and was {difference['ExpectedValue']}"
    return f"{path} is {difference['ActualValue']}, and was {difference['ExpectedValue']}"
