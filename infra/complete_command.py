"""The command `complete`: a difference to look at, or the file written anew."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from infra.check import Finding, Refused, contents, hold_against_openapi, refusing, told
from infra.complete import complete
from infra.complete.notices import told as told_notices
from infra.edits import CannotWrite, rewritten
from infra.edits.diff import unified
from infra.exits import Exit
from service.contract.document import Document


def run(options: argparse.Namespace) -> int:
    file: Path = options.file
    try:
        content, document = contents(file)
        hold_against_openapi(document)
        with refusing(document):
            draft = complete(document, concurrency=options.concurrency, answers=options.answers)
        hold_against_openapi(Document(draft.data))
        written = content
        if draft.data != document.data:
            written = rewritten(content, file.suffix, document, draft.data)
        if options.write and written != content:
            _replace(file, written)
    except Refused as refusal:
        sys.stderr.write(told(file, refusal.faults))
        return Exit.REFUSED
    except CannotWrite as error:
        sys.stderr.write(told(file, [_unwritten(document, error)]))
        return Exit.REFUSED
    except OSError as error:
        sys.stderr.write(f"{file}: It cannot be written: {error.strerror}. Nothing was changed.\n")
        return Exit.UNAVAILABLE
    _tell(options, told_notices(draft.notices), content.decode(), written.decode())
    return Exit.DONE


def _unwritten(document: Document, error: CannotWrite) -> Finding:
    text = (
        "What belongs here does not fit into this text, so nothing was written. Is there an anchor,"
        " or a merge key? Write it without, and run this again."
    )
    return Finding(document.line(error.place), text, error.place)


def _tell(options: argparse.Namespace, notices: list[str], old: str, new: str) -> None:
    lines = list(unified(old, new, str(options.file)))
    if not lines:
        sys.stdout.write(f"{options.file}: nothing to write\n")
        return
    if notices:
        sys.stdout.write("Existing clients notice:\n")
        sys.stdout.writelines(f"  {notice}\n" for notice in notices)
    if options.write:
        added, removed = (sum(line.startswith(sign) for line in lines) - 1 for sign in "+-")
        sys.stdout.write(f"{options.file}: written, +{added} -{removed} lines\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _replace(file: Path, content: bytes) -> None:
    """All of it or nothing, with the rights of the file, where its name leads to."""
    file = file.resolve()
    mode = file.stat().st_mode
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            os.fchmod(opened.fileno(), mode)
            opened.flush()
            os.fsync(opened.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
