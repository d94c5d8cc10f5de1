"""The search for one stage's resources, by tag and by name.

A resource belongs to a stage if it has the stage's tag, or the name that CloudFormation gives it:
`todo-api-<stage>`, alone or followed by a hyphen. A stage's name has no hyphen, so `prod` never
matches resources of `prod2`. Those of a stage with the same name in another region do not belong.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from infra.aws.account import Account, explained
from infra.aws.cloudformation import Stack
from infra.aws.stage import PREFIX, REGION_TAG, TAG, Stage

_CLOUDFRONT_AT = {"aws-cn": "cn-northwest-1"}
"""CloudFront has no region: its tags are looked up in us-east-1, except in other partitions."""

_STACK_ID = "aws:cloudformation:stack-id"
_REGION = re.compile(r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+)+-\d+\b")


def stages(account: Account) -> list[str]:
    """The stages that have a stack in this account and region. Raises StackError."""
    with explained():
        pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
        return sorted(
            tag["Value"]
            for page in pages
            for stack in page["Stacks"]
            for tag in stack.get("Tags", ())
            if tag["Key"] == TAG and stack["StackName"] == PREFIX + tag["Value"]
        )


class Search:
    """One stage's tag and names in one account and region, and clients of the services."""

    def __init__(self, account: Account, stage: Stage) -> None:
        """Read the stack and the tags. Raises StackError."""
        self.account = account
        self.stage = stage
        stack = Stack(account, stage.stack)
        self.stack = stack.description()
        self._resources = list(stack.resources()) if self.stack else []
        self.partition: str = account.client("s3").meta.partition
        with explained():
            self.tagged = set(self._tagged())

    def pages(self, service: str, operation: str, **arguments: Any) -> Iterator[Any]:
        return iter(self.account.client(service).get_paginator(operation).paginate(**arguments))

    def each(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
        """Everything that a service lists under a key of its responses."""
        for page in self.pages(service, operation, **arguments):
            yield from page.get(key) or ()

    def named(self, name: str) -> bool:
        prefix = self.stage.stack
        if name != prefix and not name.startswith(f"{prefix}-"):
            return False
        regions = _REGION.findall(name.removeprefix(prefix))
        return not regions or self.account.region in regions

    def owns(self, tags: list[dict[str, str]]) -> bool:
        """Whether these tags are those of the stage in this region."""
        return {"Key": TAG, "Value": self.stage.name} in tags and not self.elsewhere(tags)

    def is_own(self, found: Mapping[str, Any]) -> bool:
        """Whether something that API Gateway lists is the stage's, by its name or its tags."""
        tags = [{"Key": key, "Value": value} for key, value in found.get("tags", {}).items()]
        return self.named(found["name"]) or self.owns(tags)

    def elsewhere(self, tags: list[dict[str, str]]) -> bool:
        """Whether these tags name another region. IAM roles have none of CloudFormation's tags."""
        found = {tag["Key"]: tag["Value"] for tag in tags}
        named = found.get(REGION_TAG) or ":".join(found.get(_STACK_ID, "").split(":")[3:4])
        return named not in ("", self.account.region)

    def physical(self, type: str) -> set[str]:
        """The physical ids of the stack's resources of a type."""
        return set(_ids(self._resources, type))

    def had(self, type: str) -> set[str]:
        """The physical ids of a type that the stack has, or had when it was last deleted.

        CloudFormation remembers a deleted stack for 90 days (AWS: DescribeStackEvents).
        """
        return self.physical(type) | set(_ids(self._last_events, type))

    @cached_property
    def _last_events(self) -> list[dict[str, Any]]:
        deleted = self.each(
            *("cloudformation", "list_stacks", "StackSummaries"),
            StackStatusFilter=["DELETE_COMPLETE"],
        )
        gone = [each for each in deleted if each["StackName"] == self.stage.stack]
        if not gone:
            return []
        last = max(gone, key=lambda each: each["CreationTime"])["StackId"]
        return list(
            self.each("cloudformation", "describe_stack_events", "StackEvents", StackName=last)
        )

    def _tagged(self) -> Iterator[str]:
        filters = [{"Key": TAG, "Values": [self.stage.name]}]
        for region in (self.account.region, _CLOUDFRONT_AT.get(self.partition, "us-east-1")):
            client = self.account.client("resourcegroupstaggingapi", region)
            for page in client.get_paginator("get_resources").paginate(TagFilters=filters):
                for each in page["ResourceTagMappingList"]:
                    if self.owns(each["Tags"]):
                        yield each["ResourceARN"]


def _ids(resources: list[dict[str, Any]], type: str) -> Iterator[str]:
    for each in resources:
        if each["ResourceType"] == type and each.get("PhysicalResourceId"):
            yield each["PhysicalResourceId"]
