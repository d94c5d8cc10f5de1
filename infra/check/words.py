"""A report as readable text, and as JSON for programs."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from infra.check.findings import REFUSED, WANTS_FUNCTION, Finding, Report, Row
from infra.skeletons import skeletons
from service.contract.rules import Rule

_MOST_PLACES = 5
"""The most faults of one kind that a line locates."""


def told(file: Path, report: Report) -> str:
    """A whole report: what answers each operation, what is wrong, and a summary."""
    return "".join(
        [
            f"{file}: {_answered(report)}\n" if report.rows else "",
            *_table(report.rows),
            *(_line(file, each, each.text) for each in report.warnings),
            told_faults(file, report),
            _skeletons(file, report),
        ]
    )


def told_faults(file: Path, report: Report) -> str:
    """What keeps a contract from being served: a line for each kind of fault, and a summary."""
    if not report.findings:
        return ""
    groups = list(_groups(report))
    lines = (_line(file, each[0], _said(each, report)) for each in groups)
    return "".join([*lines, f"{_sum(groups, report)}\n" if report.rows else ""])


def _skeletons(file: Path, report: Report) -> str:
    """The functions that are missing and can be written now, ready to be pasted."""
    rows = _to_be_written(report)
    if not rows or report.contract is None:
        return ""
    operations = [row.operation for row in rows if row.operation]
    into = file.with_suffix(".py").name
    return f"\nTo be written into {into}:\n\n{skeletons(operations, report.contract)}"


def _to_be_written(report: Report) -> list[Row]:
    """Operations that lack only a function; for others, names and bodies may still change."""
    return [row for row in report.rows if row.by == WANTS_FUNCTION]


def as_json(report: Report) -> bytes:
    """The report as one JSON object on one line."""
    operations = [
        {
            "method": row.method.upper(),
            "path": row.path,
            "operationId": row.id or None,
            "by": row.by,
            "faults": [_members(each) for each in _refusing(row)],
        }
        for row in report.rows
    ]
    faults = [_members(each) for each in report.faults]
    return orjson.dumps({"operations": operations, "faults": faults})


def _refusing(row: Row) -> tuple[Finding, ...]:
    """The findings that a function would not remove, if one has to answer."""
    return row.faults if row.by == REFUSED and row.wants_function else row.findings


def _members(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "place": _dotted(finding),
        "line": finding.line,
        "reason": finding.reason,
        "remedy": finding.remedy,
    }


# -- a line --------------------------------------------------------------------------------------


def _line(file: Path, finding: Finding, text: str) -> str:
    """A finding after its line in YAML, or after its keys in JSON."""
    return f"{_where(file, finding)}: {' '.join(text.split())}\n"


def _where(file: Path, finding: Finding) -> str:
    if finding.line:
        return f"{finding.file or file}:{finding.line}"
    return f"{file}: {_dotted(finding)}" if finding.place else str(file)


def _dotted(finding: Finding) -> str:
    keys = ".".join(finding.place)
    return keys if keys.isprintable() else ascii(keys)


# -- operations ----------------------------------------------------------------------------------

_RULES = {
    Rule.REPLACE: "replace: what is not sent is removed",
    Rule.MERGE: "merge: what is not sent stays",
}
_REFUSED, _WANTED = "refused", "wants a function"


def _answered(report: Report) -> str:
    """A summary of the table, after 'todo-api complete' has been run."""
    number = f"{len(report.rows)} operation{'s' if len(report.rows) > 1 else ''}"
    if not report.findings:
        return f"{number}, served"
    answers = [_answer(row) for row in report.rows]
    functions = sum(answer.startswith("function ") for answer in answers)
    wanted, refused = answers.count(_WANTED), answers.count(_REFUSED)
    counts = {
        "by a rule": len(answers) - functions - wanted - refused,
        "by a function": functions,
        "without either": wanted,
        "refused": refused,
    }
    return f"{number}: {', '.join(f'{n} {what}' for what, n in counts.items() if n)}"


def _table(rows: tuple[Row, ...]) -> Iterator[str]:
    paths = [row.path if row.path.isprintable() else ascii(row.path) for row in rows]
    width = min(max(map(len, paths), default=0), 60)
    for path, row in zip(paths, rows, strict=True):
        answer = _answer(row)
        later = ", after 'todo-api complete'" if row.findings else ""
        if answer in (_REFUSED, _WANTED):
            later = ""
        yield f"  {row.method.upper():7} {path:{width}}  {answer}{later}\n"


def _answer(row: Row) -> str:
    """What answers an operation, once `todo-api complete` has written what it can."""
    operation = row.operation
    if operation is None or not all(each.is_written for each in row.faults):
        return _REFUSED
    if operation.function is not None:
        return f"function {operation.function.__name__}"
    if operation.rule is None or row.wants_function:
        return _WANTED
    return _RULES.get(operation.rule, operation.rule.value)


# -- faults --------------------------------------------------------------------------------------

_OF_MANY = {
    "no-problem": "{} describe no problem",
    "operation-id": "{} have no operationId",
    "optional-body": "{} take a body that clients may leave out, and refuse it then",
    "open-body": "{} take a body with properties that nothing describes",
    "media-types": "{} promise other media types than JSON, too",
    "path-parameter": "{} have a path with a parameter that is not described",
    "no-cursor": "{} give a client no way to ask for the next page",
    "no-link": "{} do not tell a client about the next page",
}
"""Texts for several operations with faults of the same kind."""


def _groups(report: Report) -> Iterator[list[Finding]]:
    """Faults of the same kind and remedy, from top to bottom."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in report.findings:
        groups.setdefault(_likeness(each), []).append(each)
    return iter(groups.values())


def _likeness(finding: Finding) -> tuple[str, ...]:
    if finding.kind in _OF_MANY:
        return (finding.kind,)
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\b[A-Z]+ /\S*|/\S+|\d+", "", finding.reason)
    return finding.kind, " ".join(text.split())


def _said(group: list[Finding], report: Report) -> str:
    first, *others = group
    hit = _hit(group, report)
    if first.kind in _OF_MANY and len(hit) > 1:
        remedy = "'todo-api complete' writes that." if first.is_written else first.remedy
        number = f"{len(hit)} operations"
        return f"{_OF_MANY[first.kind].format(number)} (first: {hit[0]}). {remedy}"
    if not others:
        return first.text
    places = [f"line {each.line}" if each.line else _dotted(each) for each in others]
    more = ", ".join(places[:_MOST_PLACES]) + (", …" if len(places) > _MOST_PLACES else "")
    return f"{first.text} {len(others)} more like it: {more}."


def _hit(group: Iterable[Finding], report: Report) -> list[str]:
    """The operations that have one of these faults."""
    wanted = set(group)
    return [f"{row.method.upper()} {row.path}" for row in report.rows if wanted & {*row.findings}]


def _sum(groups: list[list[Finding]], report: Report) -> str:
    """A count of all faults by their remedy. Missing functions are counted by operation."""
    refusing = {*report.faults, *(each for row in report.rows for each in row.faults)}
    written = sum(_count(each, report) for each in groups if each[0].is_written)
    functions = sum(row.wants_function for row in report.rows)
    yours = sum(
        _count(each, report) for each in groups if not each[0].is_written and refusing & {*each}
    )
    total = written + functions + yours
    below = " (below)" if len(_to_be_written(report)) == functions else ""
    parts = [
        f"complete writes {written}" if written else "",
        f"{functions} want{'s' if functions == 1 else ''} a function{below}" if functions else "",
        f"{yours} {'is' if yours == 1 else 'are'} yours" if yours else "",
    ]
    return f"{total} fault{'' if total == 1 else 's'}: {', '.join(filter(None, parts))}."


def _count(group: list[Finding], report: Report) -> int:
    return len(_hit(group, report)) if group[0].kind in _OF_MANY else len(group)
