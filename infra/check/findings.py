"""Findings: what a check reports about a contract and each of its operations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from service.contract.document import ContractError, Document, Place
from service.contract.model import Contract, Operation

RULE, FUNCTION, WANTS_FUNCTION, REFUSED = "rule", "function", "wants function", "refused"
"""What answers an operation."""


class Finding(NamedTuple):
    """Something about a part of a contract, and what to write instead.

    Findings of one `kind` have one cause. `line` is 0 where lines are unknown, as in JSON.
    """

    line: int
    reason: str
    remedy: str
    place: Place = ()
    kind: str = "warning"
    file: Path | None = None
    """The file, if it is not the contract's own."""

    @property
    def text(self) -> str:
        return f"{self.reason} {self.remedy}"

    @property
    def is_written(self) -> bool:
        """Whether `todo-api complete` writes what is missing."""
        return "'todo-api complete'" in self.remedy


def finding(document: Document, fault: ContractError) -> Finding:
    """A finding for a fault, with the line and the pointer in the author's own file."""
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
        """Everything that keeps it from being served. Objections to a rule do not matter if it
        wants a function in any case, or has one."""
        objections = self.objections
        if self.wants_function:
            objections = tuple(each for each in objections if not each.is_written)
        has_function = self.operation is not None and self.operation.function is not None
        return self.faults if has_function else self.faults + objections

    @property
    def wants_function(self) -> bool:
        """Whether somebody has to write a function, whatever else changes."""
        has_one = self.operation is None or self.operation.function is not None
        return not has_one and not all(each.is_written for each in self.objections)


@dataclass(frozen=True)
class Report:
    """A full report on a contract."""

    contract: Contract | None = None
    """The contract of all operations that are not broken; None if no operation could be read."""
    rows: tuple[Row, ...] = ()
    """In the order of the document."""
    faults: tuple[Finding, ...] = ()
    """What is wrong with the document apart from its operations."""
    warnings: tuple[Finding, ...] = field(default=())
    """What does not keep a contract from being served, but may break generated clients."""

    @property
    def findings(self) -> list[Finding]:
        """Everything that keeps the contract from being served, each once, from top to bottom."""
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
