"""One deployment: what somebody asks for, where, and whom it tells how it goes."""

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
    """What becomes of a deployment whose contract may refuse items that are kept."""

    COUNT = "count"
    """They are counted, and it goes on if there are none."""
    LEAVE = "leave"
    """It goes on, and they stay as they are."""


@dataclass(frozen=True)
class Deployment:
    """What every step of the pipeline is given."""

    account: Account
    stage: Stage
    file: Path
    """The contract's."""
    contract: Contract
    options: Mapping[str, str]
    """Parameters of the template; what is left out stays as it is, or takes its default."""
    agreed: bool
    """Whether the changes were agreed to beforehand."""
    tell: Tell
    may_break_clients: bool = False
    kept_items: KeptItems | None = None
    """Refused, if nobody has said."""

    @property
    def stack(self) -> Stack:
        return Stack(self.account, self.stage.stack)

    @property
    def artifacts(self) -> Artifacts:
        return Artifacts(self.account, self.stage)

    def propose(
        self, state: State, kind: Kind, imports: list[dict[str, Any]] | None = None
    ) -> ChangeSet | None:
        """What would change to reach a state; None if nothing. Raises StackError."""
        url = self.artifacts.put_template(encoded(state.template))
        return self.stack.propose(kind, url, state.parameters, state.tags, imports)
