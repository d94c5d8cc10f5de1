"""The wish: what is to be deployed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.aws.stage import Stage
from service.contract.model import Contract


@dataclass(frozen=True)
class Wish:
    """What is to be deployed."""

    file: Path
    contract: Contract
    stage: Stage
    options: Mapping[str, str]
    """Parameters of the template; what is left out stays as it is, or takes its default."""
    agreed: bool
    """Whether the changes were agreed to beforehand."""
