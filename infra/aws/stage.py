"""A stage: one deployment of the API, and the names of all its parts."""

import re
from dataclasses import dataclass

TAG = "todo-api:stage"
"""The tag that every resource of a stage has, with the stage's name."""

REGION_TAG = "todo-api:region"
"""The tag that distinguishes the IAM roles of the same stage in several regions."""

PREFIX = "todo-api-"
"""The prefix of the names of stacks, and of resources that CloudFormation names."""

TABLE = "TodoItems"


@dataclass(frozen=True)
class Stage:
    """`prod`, or another name of up to 16 lower-case letters and digits."""

    name: str

    def __post_init__(self) -> None:
        """Raises ValueError for a name that API Gateway, S3 or CloudFormation would refuse."""
        if not re.fullmatch(r"[a-z][a-z0-9]{0,15}", self.name, re.ASCII):
            raise ValueError(
                f"{self.name!r} is not a stage name: use up to 16 lower-case letters and digits"
            )
        if self.name == "artifacts":
            raise ValueError(
                "'artifacts' is not a stage name: the bucket of all stages has that name"
            )

    @property
    def stack(self) -> str:
        return PREFIX + self.name

    @property
    def is_for_development(self) -> bool:
        """Whether code may go live ahead of the stack: only `prod` always agrees with its stack."""
        return self.name != "prod"

    @property
    def table(self) -> str:
        """The table's name by default."""
        return TABLE if self.name == "prod" else f"{TABLE}-{self.name}"

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": TAG, "Value": self.name}]
