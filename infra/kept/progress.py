"""The progress of a count, on disk: one that was stopped goes on where it was."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from infra.data import FOLDER
from infra.kept.judgement import Tallies, Tally
from service.contract.model import Contract

Position = Any
"""A JSON value: the key after which a source goes on."""


class Progress:
    """Of one count: of one source's items of some collections, held against one contract.

    Where nothing can be written a count that is stopped begins anew.
    """

    def __init__(self, source: str, contract: Contract, names: Sequence[str]) -> None:
        of = json.dumps([source, contract.document.data, *names], sort_keys=True, default=str)
        self.file = (FOLDER / f"count-{sha256(of.encode()).hexdigest()[:16]}.json").absolute()

    def read(self) -> tuple[Position, Tallies] | None:
        """Where to go on, with what was found so far; None if there is nothing to go on from."""
        try:
            kept: Mapping[str, Any] = json.loads(self.file.read_bytes())
            tallies = {name: Tally(**each) for name, each in kept["tallies"].items()}
            return kept["after"], tallies
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def write(self, after: Position, tallies: Tallies) -> None:
        """As a whole, or not at all."""
        found = {"after": after, "tallies": {name: asdict(each) for name, each in tallies.items()}}
        written = self.file.with_suffix(".new")
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(json.dumps(found), "utf-8")
            written.replace(self.file)

    def done(self) -> None:
        """There is nothing left to go on with."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
