"""Findings: what a check tells of a contract, and of each of its operations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from service.contract.document import ContractError, Document, Place
from service.contract.model import Contract, Operation

RULE, FUNCTION, WANTS_FUNCTION, REFUSED = "rule", "function", "wants function", "refused"
"""What an operation is answered by."""


class Finding(NamedTuple):
    """What there is to say of a place of a contract, and what to write instead.

    Findings of one `kind` have one cause. `line` is 0 where lines are unknown, as in JSON.
    """

    line: int
    reason: str
    remedy: str
    place: Place = ()
    kind: str = "warning"
    file: Path | None = None
    """Where it stands, if that is not the contract's own file."""

    @property
    def text(self) -> str:
        return f"{self.reason} {self.remedy}"

    @property
    def is_written(self) -> bool:
        """Whether `todo-api complete` writes what is missing."""
        return "'todo-api complete'" in self.remedy


def finding(document: Document, fault: ContractError) -> Finding:
    """With the line and the place that the author knows."""
    origin, line = document.origin(fault.place), document.line(fault.place)
    if fault.file:
        line = fault.line
    return Finding(line, fault.reason, fault.remedy, origin, fault.kind, fault.file)


@dataclass(frozen=True)
class Row:
    """One operation of a contract: what answers it, or what keeps it from being answered."""

    method: str
    """In lower case."""
    path: str
    id: str
    """The operationId, empty if it has none."""
    operation: Operation | None = None
    """None if its description is broken."""
    faults: tuple[Finding, ...] = ()
    """Why it cannot be served, whatever answers it."""
    objections: tuple[Finding, ...] = ()
    """Why no rule answers it; a function may."""

    @property
    def by(self) -> str:
        if self.faults or self.operation is None:
            return REFUSED
        if self.operation.function is not None:
            return FUNCTION
        return WANTS_FUNCTION if self.objections else RULE

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that keeps it from being served. What keeps a rule alone does not matter where it
        wants a function whatever is written; nor where it has one."""
        objections = self.objections
        if self.wants_function:
            objections = tuple(each for each in objections if not each.is_written)
        has_function = self.operation is not None and self.operation.function is not None
        return self.faults if has_function else self.faults + objections

    @property
    def wants_function(self) -> bool:
        """Whether somebody has to write a function, whatever else has to change."""
        has_one = self.operation is None or self.operation.function is not None
        return not has_one and not all(each.is_written for each in self.objections)


@dataclass(frozen=True)
class Report:
    """All there is to say of a contract."""

    contract: Contract | None = None
    """With every operation whose description is not broken; None if no operation could be read."""
    rows: tuple[Row, ...] = ()
    """In the order of the document."""
    faults: tuple[Finding, ...] = ()
    """What is wrong with the document whatever its operations are."""
    warnings: tuple[Finding, ...] = field(default=())
    """What keeps no contract from being served, and yet some client from being made of it."""

    @property
    def findings(self) -> list[Finding]:
        """All that keeps the contract from being served, each once, from top to bottom."""
        found = {*self.faults, *self._of_operations()}
        return sorted(found, key=lambda each: (str(each.file or ""), each[:5]))

    def _of_operations(self) -> Iterator[Finding]:
        for row in self.rows:
            yield from row.findings


class Refused(Exception):
    """A contract cannot be served."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.findings)
        self.report = report
        self.faults = report.findings
