"""The contract's bodies as pydantic models, for the variants that validate with pydantic."""
# pydantic is in those variants' own venvs only, so its types are unknown here.
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

_VISIBLE = (
    r"^[^\u0000]*[^\u0000-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5"
    r"\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF"
    r"\uFFA0\uFFF0-\uFFFF][^\u0000]*$"
)
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=_VISIBLE)]
Description = Annotated[str, Field(max_length=2000, pattern=r"^[^\u0000]*$")]


class NewTodo(BaseModel):
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
