"""`docs/figures.md`: what was measured last, a section for each part of the benchmark."""

import re
from collections.abc import Iterable

from tests.contracts import ROOT

FILE = ROOT / "docs" / "figures.md"


def table(section: str) -> list[str]:
    """The lines of a section's table. Raises ValueError if there is none."""
    return _parts(section)[1].splitlines()


def write(section: str, lines: Iterable[str]) -> None:
    """Put these lines in the place of a section's table; what is around it stays."""
    before, _, after = _parts(section)
    FILE.write_text(before + "".join(f"{line}\n" for line in lines) + after, "utf-8")


def _parts(section: str) -> tuple[str, str, str]:
    """What stands before the table, the table, and what stands behind it."""
    text = FILE.read_text("utf-8")
    heading = rf"^## {re.escape(section)}\n(?:(?!## |\|).*\n)*"
    found = re.search(rf"({heading})((?:^\|.*\n)+)", text, re.MULTILINE)
    if not found:
        raise ValueError(f"{FILE} has no section {section!r} with a table")
    return text[: found.start(2)], found[2], text[found.end(2) :]
