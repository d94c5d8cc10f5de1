"""The command `complete`: a difference to look at, or the file written anew."""

import argparse
import sys
from pathlib import Path

from infra.check import Refused, contents, hold_against_openapi, refusing, sound, told_faults
from infra.complete import complete
from infra.complete.notices import told as told_notices
from infra.contract_files import changed, replace, unwritable
from infra.edits.diff import unified
from infra.exits import Exit
from service.contract.derivation import check_version
from service.contract.document import Document, Place


def run(options: argparse.Namespace) -> int:
    file: Path = options.file
    try:
        content, document = contents(file)
        with refusing(document):
            check_version(document)
            draft = complete(
                document,
                _sound,
                concurrency=options.concurrency,
                answers=options.answers,
                sign_in=options.sign_in,
            )
        hold_against_openapi(Document(draft.data), document)
        written = changed(content, file.suffix, document, draft.data)
        if written == content:  # what is broken may be the reason
            hold_against_openapi(document)
        if options.write and written != content:
            replace(file, written)
    except Refused as refusal:
        sys.stderr.write(told_faults(file, refusal.report))
        return Exit.REFUSED
    except OSError as error:
        sys.stderr.write(told_faults(file, unwritable(error)))
        return Exit.UNAVAILABLE
    _tell(options, told_notices(draft.notices), content.decode(), written.decode())
    return Exit.DONE


def _sound(document: Document) -> tuple[Document, set[Place]]:
    """Raises Refused for a document of which a whole section is broken."""
    found, broken = sound(document)
    if any(len(part) < 2 for part in broken):
        hold_against_openapi(document)
    return found, broken


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
