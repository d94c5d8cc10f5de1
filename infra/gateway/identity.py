"""The identity server of a closed API: who issues the tokens of people, to which client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class Identity:
    """An issuer of tokens, and the one client whose tokens count.

    `key_of` finds the public key of a `kid`, or None. It may wait for the network, so that the
    gateway calls it in a thread.
    """

    issuer: str
    client: str
    key_of: Callable[[str], "RSAKey | None"]
