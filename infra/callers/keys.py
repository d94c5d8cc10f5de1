"""The API keys of a stage's applications, in its usage plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.aws.account import Account, StackError, explained, gone_is_fine
from infra.aws.outputs import outputs
from infra.aws.stage import Stage


@dataclass(frozen=True)
class Key:
    """One key, without its value."""

    name: str
    id: str
    created: str


class Keys:
    """The keys of one stage. Names are those in API Gateway without the stage's prefix."""

    def __init__(self, account: Account, stage: Stage) -> None:
        """Raises StackError for a stage without keys."""
        self._client = account.client("apigateway")
        self._stage = stage
        told = outputs(account, stage)
        if "UsagePlanId" not in told:
            raise StackError(
                f"Stage {stage.name} asks for no key. Give its contract security of apiKey, and"
                " deploy it."
            )
        self._plan = told["UsagePlanId"]

    def list(self) -> Iterator[Key]:
        """All keys of the plan. Raises StackError."""
        with explained():
            pages = self._client.get_paginator("get_usage_plan_keys")
            listed = [
                each["id"]
                for page in pages.paginate(usagePlanId=self._plan)
                for each in page["items"]
            ]
        for id in listed:
            with gone_is_fine():
                yield self._key(self._client.get_api_key(apiKey=id))

    def create(self, name: str) -> str:
        """Create a key and return its value, which is shown only once. Raises StackError."""
        if any(each.name == name for each in self.list()):
            raise StackError(f"There is a key {name} already: revoke it, or choose another name.")
        with explained():
            made = self._client.create_api_key(
                name=self._prefix + name,
                enabled=True,
                tags={tag["Key"]: tag["Value"] for tag in self._stage.tags},
            )
            self._client.create_usage_plan_key(
                usagePlanId=self._plan, keyId=made["id"], keyType="API_KEY"
            )
        return str(made["value"])

    def revoke(self, name: str) -> None:
        """Delete a key. Raises StackError if there is no such key."""
        found = next((each for each in self.list() if each.name == name), None)
        if found is None:
            known = ", ".join(each.name for each in self.list()) or "none"
            raise StackError(f"There is no key {name}. There are: {known}.")
        with explained():
            self._client.delete_api_key(apiKey=found.id)

    @property
    def _prefix(self) -> str:
        return f"{self._stage.stack}-"

    def _key(self, found: dict[str, Any]) -> Key:
        name = str(found["name"]).removeprefix(self._prefix)
        return Key(name, found["id"], found["createdDate"].date().isoformat())
