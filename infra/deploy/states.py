"""The states of a stack: what CloudFormation is sent for each, and what it has already."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Template
from infra.beside import Extras
from infra.deploy.plan import Update
from infra.deploy.template import render, with_code, with_indexes
from infra.package import More, package
from service.contract.model import Contract

BUILD = Path("build")
"""Where zips and their parts are kept between deployments."""

POOL = "UserPool"
"""The logical id of the user pool."""

KEY = "EncryptionKey"
"""The logical id of the key that encrypts the table."""


@dataclass(frozen=True)
class State:
    """One state: everything that CloudFormation needs to reach it."""

    template: Template
    parameters: dict[str, str]
    tags: list[dict[str, str]]

    @property
    def indexes(self) -> list[str]:
        """The names of its table's indexes."""
        table = self.template["Resources"]["Table"]["Properties"]
        return [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", ())]

    @property
    def shards(self) -> int:
        """The number that lists read. The stack of an earlier release has no such parameter."""
        return int(self.parameters.get("Shards", "1"))

    @property
    def has_function(self) -> bool:
        """Whether there is more than kept data."""
        return "Function" in self.template["Resources"]

    @property
    def has_pool(self) -> bool:
        """Whether there is a user pool, even if nobody signs in at present."""
        return POOL in self.template["Resources"]

    def agrees_with(self, other: "State") -> bool:
        """Whether nothing has to change. Tags never change after a stack's creation."""
        return (self.template, self.parameters) == (other.template, other.parameters)

    def reindexed(self, indexes: Sequence[str]) -> "State":
        """The same state with other indexes of its table."""
        return State(with_indexes(self.template, indexes), self.parameters, self.tags)

    @property
    def code(self) -> str:
        """The key of the zip that its function runs."""
        return self.parameters["CodeKey"]

    def recoded(self, key: str) -> "State":
        """The same state with other code."""
        parameters = {**self.parameters, "CodeKey": key}
        return State(with_code(self.template, parameters), parameters, self.tags)

    def data_only(self, *names: str) -> "State":
        """The state with only kept data: the resources with these names.

        An import must not add outputs, and changes nothing in what it takes over, not even tags
        (AWS: Import AWS resources into a CloudFormation stack).
        """
        left = {
            key: value
            for key, value in self.template.items()
            if key not in ("Resources", "Outputs")
        }
        own = self.template["Resources"]
        resources = {name: {**own[name], "DeletionPolicy": "Retain"} for name in names}
        if KEY not in names:  # the template must not refer to what it lacks
            plain = {**own["Table"]["Properties"], "SSESpecification": {"SSEEnabled": False}}
            resources["Table"]["Properties"] = plain
        return State({**left, "Resources": resources}, self.parameters, [])


@dataclass(frozen=True)
class States:
    """The states that a plan's updates lead to, with the parameters of one deployment."""

    artifacts: Artifacts
    parameters: Mapping[str, str]
    tags: list[dict[str, str]]
    contract: Contract
    """The contract that is asked for."""
    extras: Extras
    has_pool: bool = False
    """Whether the stage has people already."""
    has_key: bool = False
    """Whether a kept table is encrypted with the stage's own key."""

    @property
    def table(self) -> str:
        return self.parameters["TableName"]

    @property
    def shards(self) -> int:
        """The number of shards of each list in the end."""
        return int(self.parameters["Shards"])

    def of(self, update: Update) -> State:
        """The state for an update. Raises CannotPackage, StackError."""
        contract = update.contract or self.contract
        given = {
            **self.parameters,
            "CodeBucket": self.artifacts.bucket,
            "CodeKey": self._code(contract),
            "PendingFilters": json.dumps(update.pending) if update.pending else "",
            "Shards": str(update.shards),
            "OtherShards": str(update.other_shards or ""),
        }
        template = render(
            contract, given, update.indexes, self.extras.statements, has_pool=self.has_pool
        )
        parameters = {
            name: given.get(name, str(each.get("Default", "")))
            for name, each in template["Parameters"].items()
        }
        state = State(template, parameters, self.tags)
        if update.contract:
            return state
        kept = {POOL: self.has_pool, KEY: self.has_key}
        return state.data_only("Table", *(name for name, is_kept in kept.items() if is_kept))

    def _code(self, contract: Contract) -> str:
        """The key of the zip that serves a contract."""
        runtime, architecture = self.parameters["Runtime"], self.parameters["Architecture"]
        more = More(self.extras.libraries, services=bool(self.extras.statements))
        built = package(contract, runtime, architecture, BUILD, more)
        return self.artifacts.put_zip(built.path, built.sha256)
