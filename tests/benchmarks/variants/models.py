"""The contract's bodies as pydantic models, for the variants that validate with pydantic."""
# pydantic is in those variants' own venvs only, so its types are unknown here.
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

_VISIBLE = (
    "^[^\\x00]*([^\\x00-\\x20\\x7F-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2027-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufefe-\uff00\uffa0"
    "\ufff0-\uffff]|[\u00c0-\u00ff\u2027])[^\\x00]*$"
)
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=_VISIBLE)]
Description = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class TodoInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description = ""
    completed: StrictBool = False


class TodoChanges(BaseModel):
    """Which properties were sent, tells `exclude_unset`; the defaults mean nothing."""

    model_config = ConfigDict(extra="forbid")

    title: Title = ""
    description: Description = ""
    completed: StrictBool = False

    @model_validator(mode="after")
    def _has_one(self) -> "TodoChanges":
        if not self.model_fields_set:
            raise ValueError("send at least one property")
        return self


class Todo(BaseModel):
    """Its timestamps are not parsed."""

    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID
    title: Title
    description: Description
    completed: StrictBool
    createdAt: str  # noqa: N815 - the contract's word
    updatedAt: str  # noqa: N815


class TodoPage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Todo], Field(max_length=100)]
    count: Annotated[int, Field(ge=0, le=100)]
