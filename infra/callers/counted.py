"""A number of items, which may be a lower bound."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """How many items there are; "at least" if not all of them were counted."""

    number: int
    is_all: bool = True

    def __str__(self) -> str:
        told = "1 item" if self.number == 1 else f"{self.number:,} items"
        return told if self.is_all else f"at least {told}"
