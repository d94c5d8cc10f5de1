"""A contract's file: changes to its text, which are written completely or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Any

from infra.check import Finding, Refused, Report
from infra.edits import CannotWrite, rewritten
from service.contract.document import Document


def changed(content: bytes, suffix: str, document: Document, data: dict[str, Any]) -> bytes:
    """The content of a file, which was read as `document`, changed so that it has `data`.

    Raises Refused.
    """
    if data == document.data:
        return content
    try:
        return rewritten(content, suffix, document, data)
    except CannotWrite as error:
        reason = (
            "What belongs here does not fit into this text, so nothing was written. Is there an"
            " anchor, or a merge key?"
        )
        remedy = "Write it without, and run this again."
        line = document.line(error.place)
        fault = Finding(line, reason, remedy, error.place, "unwritable")
        raise Refused(Report(faults=(fault,))) from error


def unwritable(error: OSError) -> Report:
    """Why a file could not be replaced."""
    reason = f"It cannot be written: {error.strerror}."
    return Report(faults=(Finding(0, reason, "Nothing was changed.", kind="unwritable"),))


def replace(file: Path, content: bytes) -> None:
    """Write a file, through a link if it is one, with its current permissions. Raises OSError."""
    file = file.resolve()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            os.fchmod(opened.fileno(), _mode(file))
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(file: Path) -> int:
    """The mode of the file; for a new one, what the user's mask leaves."""
    if file.exists():
        return file.stat().st_mode
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
