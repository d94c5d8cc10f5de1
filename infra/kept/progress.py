"""The progress of a count, on disk: one that was stopped continues where it was."""

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
"""A JSON value: the key after which a source continues."""


class Progress:
    """The progress of one count: of one source, some collections, and one contract.

    If it cannot be written, a count that is stopped starts over.
    """

    def __init__(self, source: str, contract: Contract, names: Sequence[str]) -> None:
        of = json.dumps([source, contract.document.data, *names], sort_keys=True, default=str)
        self.file = (FOLDER / f"count-{sha256(of.encode()).hexdigest()[:16]}.json").absolute()

    def read(self) -> tuple[Position, Tallies] | None:
        """The position to continue after, and what was found so far; None to start over."""
        try:
            kept: Mapping[str, Any] = json.loads(self.file.read_bytes())
            tallies = {name: Tally(**each) for name, each in kept["tallies"].items()}
            return kept["after"], tallies
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def write(self, after: Position, tallies: Tallies) -> None:
        """Write the progress, completely or not at all."""
        found = {"after": after, "tallies": {name: asdict(each) for name, each in tallies.items()}}
        written = self.file.with_suffix(".new")
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(json.dumps(found), "utf-8")
            written.replace(self.file)

    def done(self) -> None:
        """Remove the progress of a finished count."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)
