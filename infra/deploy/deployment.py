"""One deployment: what is asked for, where, and how to report progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import ChangeSet, Kind, Stack
from infra.aws.stage import Stage
from infra.console import Tell
from infra.deploy.states import State
from infra.deploy.template import encoded
from service.contract.model import Contract


class KeptItems(StrEnum):
    """What to do if a contract may refuse items that are kept."""

    COUNT = "count"
    """Count them, and go on if there are none."""
    LEAVE = "leave"
    """Go on, and leave them as they are."""


@dataclass(frozen=True)
class Deployment:
    """What every step of the pipeline gets."""

    account: Account
    stage: Stage
    file: Path
    """The contract's file."""
    contract: Contract
    options: Mapping[str, str]
    """Parameters of the template; those left out keep their value, or take their default."""
    agreed: bool
    """Whether the changes were agreed to beforehand."""
    tell: Tell
    may_break_clients: bool = False
    kept_items: KeptItems | None = None
    """None to refuse such a contract."""

    @property
    def again(self) -> str:
        """The command that continues it if it dies. Without its shards it would undo them."""
        shards = self.options.get("Shards")
        more = f" --shards {shards}" if shards else ""
        return f"todo-api deploy --stage {self.stage.name}{more}"

    @property
    def stack(self) -> Stack:
        return Stack(self.account, self.stage.stack)

    @property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.account, self.stage)

    def propose(
        self, state: State, kind: Kind, imports: list[dict[str, Any]] | None = None
    ) -> ChangeSet | None:
        """The changes that lead to a state; None if there are none. Raises StackError."""
        url = self.artifacts.put_template(encoded(state.template))
        return self.stack.propose(kind, url, state.parameters, state.tags, imports)
