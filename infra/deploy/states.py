"""The states of a stack: what CloudFormation is sent for each, and what it has."""

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
"""Where zips, and what they are made of, are kept between deployments."""

POOL = "UserPool"
"""The logical id of the people."""

KEY = "EncryptionKey"
"""The logical id of what the table is encrypted with."""


@dataclass(frozen=True)
class State:
    """One state: all that CloudFormation takes to bring it about."""

    template: Template
    parameters: dict[str, str]
    tags: list[dict[str, str]]

    @property
    def indexes(self) -> list[str]:
        """The names of its table's."""
        table = self.template["Resources"]["Table"]["Properties"]
        return [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", ())]

    @property
    def has_function(self) -> bool:
        """Whether there is more than data that was taken over."""
        return "Function" in self.template["Resources"]

    @property
    def has_pool(self) -> bool:
        """Whether there are people, even if nobody signs in at present."""
        return POOL in self.template["Resources"]

    def agrees_with(self, other: "State") -> bool:
        """Whether nothing has to change. Tags came with the stack, and stay."""
        return (self.template, self.parameters) == (other.template, other.parameters)

    def reindexed(self, indexes: Sequence[str]) -> "State":
        """The same with other indexes of its table."""
        return State(with_indexes(self.template, indexes), self.parameters, self.tags)

    @property
    def code(self) -> str:
        """The key of the zip that its function runs."""
        return self.parameters["CodeKey"]

    def recoded(self, key: str) -> "State":
        """The same with other code."""
        parameters = {**self.parameters, "CodeKey": key}
        return State(with_code(self.template, parameters), parameters, self.tags)

    def data_only(self, *names: str) -> "State":
        """Before there is more than data that is taken over: the resources of these names.

        An import may bring no outputs, and changes nothing of what it takes over, tags included
        (AWS: Import AWS resources into a CloudFormation stack).
        """
        left = {
            key: value
            for key, value in self.template.items()
            if key not in ("Resources", "Outputs")
        }
        own = self.template["Resources"]
        resources = {name: {**own[name], "DeletionPolicy": "Retain"} for name in names}
        if KEY not in names:  # the template may hold no reference to what it lacks
            plain = {**own["Table"]["Properties"], "SSESpecification": {"SSEEnabled": False}}
            resources["Table"]["Properties"] = plain
        return State({**left, "Resources": resources}, self.parameters, [])


@dataclass(frozen=True)
class States:
    """The states that a plan's updates lead to, under the parameters of one deployment."""

    artifacts: Artifacts
    parameters: Mapping[str, str]
    tags: list[dict[str, str]]
    contract: Contract
    """The one that is asked for."""
    extras: Extras
    has_pool: bool = False
    """Whether the stage has people already."""
    has_key: bool = False
    """Whether a table that was kept is encrypted with a key of the stage's."""

    @property
    def table(self) -> str:
        return self.parameters["TableName"]

    def of(self, update: Update) -> State:
        """Raises CannotPackage, StackError."""
        contract = update.contract or self.contract
        given = {
            **self.parameters,
            "CodeBucket": self.artifacts.bucket,
            "CodeKey": self._code(contract),
            "PendingFilters": json.dumps(update.pending) if update.pending else "",
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
