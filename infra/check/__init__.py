"""The check of a contract: every fault that keeps it from being served, what answers each of its
operations, and every warning, with its line."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from infra.beside import extras, files
from infra.check.examination import examine, sound
from infra.check.findings import Finding, Refused, Report, finding
from infra.check.openapi import SPECIFICATIONS, faults_of_openapi, version
from infra.check.words import as_json, told, told_faults
from service.contract.document import ContractError, Document, content_of, parse
from service.contract.model import Contract
from service.loading import load

__all__ = [
    "Finding",
    "Refused",
    "Report",
    "as_json",
    "check",
    "contents",
    "examined",
    "hold_against_openapi",
    "refusing",
    "sound",
    "told",
    "told_faults",
]


def check(file: Path) -> Contract:
    """The contract in a file that OpenAPI, this service and API Gateway accept. Raises Refused."""
    report = examined(file)
    if report.contract is None or report.findings:
        raise Refused(report)
    return replace(report.contract, files=files(file))


def examined(file: Path) -> Report:
    """A full report on the contract in a file."""
    try:
        document = contents(file)[1]
    except Refused as refusal:
        return refusal.report
    report = examine(document, load(file))
    try:
        extras(file)
    except ContractError as error:
        return replace(report, faults=(*report.faults, finding(document, error)))
    return report


def contents(file: Path) -> tuple[bytes, Document]:
    """The bytes of a contract's file, and the document in it. Raises Refused."""
    try:
        content = content_of(file)
        return content, parse(content, file.suffix)
    except FileNotFoundError:
        raise _unread(
            "There is no such file.", "Correct the name of the contract's file."
        ) from None
    except OSError as error:
        raise _unread(f"It cannot be read: {error.strerror}.", "Name another file.") from error
    except ContractError as error:
        raise Refused(Report(faults=(_unreadable(error),))) from error


def hold_against_openapi(document: Document, before: Document | None = None) -> None:
    """Check a document as it was written against the schema of its version, if that is 3.0 or 3.1.

    Faults that it already had `before` do not count. Raises Refused.
    """
    if version(document.data) not in SPECIFICATIONS:
        return
    known = {str(each) for each in faults_of_openapi(before)} if before else ()
    faults = [each for each in faults_of_openapi(document) if str(each) not in known]
    if faults:
        raise Refused(Report(faults=tuple(finding(document, each) for each in faults)))


@contextmanager
def refusing(document: Document) -> Iterator[None]:
    """Raises Refused for a ContractError, and for schemas that cannot be understood."""
    try:
        yield
    except ContractError as error:
        raise Refused(Report(faults=(finding(document, error),))) from error
    except RecursionError as error:
        raise _unread(
            "Its schemas are nested too deep to be understood.", "Move parts to components."
        ) from error


def _unread(reason: str, remedy: str) -> Refused:
    return Refused(Report(faults=(Finding(0, reason, remedy, kind="unreadable"),)))


def _unreadable(error: ContractError) -> Finding:
    """The finding, with the line at which the parser of YAML or JSON stopped."""
    mark = getattr(error.__cause__, "problem_mark", None)
    line = mark.line + 1 if mark else getattr(error.__cause__, "lineno", error.line)
    problem = getattr(error.__cause__, "problem", None)
    reason = f"Not well-formed YAML: {problem}." if problem else error.reason
    return Finding(line, reason, error.remedy, error.place, error.kind)
