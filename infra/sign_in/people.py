"""People: everybody is who they say they are."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID, uuid5

LONGEST_NAME = 128
"""Cognito's limit for a user name (AWS: SignUp, API reference; read 2026-11-26)."""

_EVERYBODY = UUID("5e0c3b0a-3c2b-4d0e-9c55-0a8d4f1f3c11")


@dataclass(frozen=True)
class Person:
    """Somebody who signed in."""

    name: str

    @property
    def sub(self) -> str:
        """The same uuid for the same name, after a restart and on every machine, in Cognito's form.

        Upper and lower case do not matter, as in Cognito.
        """
        return str(uuid5(_EVERYBODY, self.name.casefold()))


def person(typed: str) -> Person | None:
    """The person with this name; None if it is not a name."""
    name = unicodedata.normalize("NFC", typed).strip()
    return Person(name) if len(name) <= LONGEST_NAME and name and name.isprintable() else None
