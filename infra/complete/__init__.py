"""Completing a contract: it writes what `check` says that it writes, and nothing else.

Each fault with exactly one remedy has a repair. Repairs change plain data, in rounds, as one repair
may reveal further faults; then the text is changed accordingly.
"""

import copy
from collections.abc import Callable

from infra.complete.answers import describe_answer
from infra.complete.bodies import close_body, drop_defaults, keep_json, own_id, require_body
from infra.complete.draft import Draft, Sound, whole
from infra.complete.lists import add_cursor, bound_filter, bound_limit, describe_link, say_exactly
from infra.complete.operations import describe_path, name_operation, widen_ids, widen_path
from infra.complete.preconditions import describe_preconditions
from infra.complete.problems import describe_problems
from infra.complete.sign_in import ask_to_sign_in
from service.contract.document import ContractError, Document
from service.contract.model import Operation

Repair = Callable[[Draft, Operation, ContractError], None]

REPAIRS: dict[str, Repair] = {
    "operation-id": name_operation,
    "path-parameter": describe_path,
    "no-problem": describe_problems,
    "other-problem": describe_problems,
    "media-types": keep_json,
    "optional-body": require_body,
    "integer-id": widen_ids,
    "id-sent": own_id,
    "open-body": close_body,
    "default-in-update": drop_defaults,
    "limit": bound_limit,
    "no-cursor": add_cursor,
    "no-link": describe_link,
    "long-filter": bound_filter,
    "free-text": say_exactly,
}
"""Repairs by the kind of fault, in the order in which they are applied."""

_PROMISE = "todo-api complete"
"""What the remedy of a fault contains if a repair writes it."""

_ROUNDS = 12
"""The most rounds. Nothing needs more than four, and no contract may cause endless rounds."""


def complete(
    source: Document,
    sound: Sound = whole,
    *,
    concurrency: bool = False,
    answers: bool = False,
    sign_in: bool = False,
) -> Draft:
    """The data of a document, with what was missing. Raises ContractError unless it is OpenAPI 3.

    What is not `sound` is left as it is, and so is everything that refers to it.
    """
    draft = Draft.of(source, sound)
    if sign_in:
        ask_to_sign_in(draft)
    if answers:
        draft.understand()
        for row in draft.contract.operations.values():
            describe_answer(draft, row)
    _repair_all(draft, widen_path)
    if concurrency:
        _repair_all(draft, describe_preconditions)
    return draft


def _repair_all(draft: Draft, more: Callable[[Draft, Operation], None]) -> None:
    """Repair, and do `more` with rows that need no repair, until nothing changes."""
    for _ in range(_ROUNDS):
        before = copy.deepcopy(draft.data)
        draft.understand()
        for row in draft.contract.operations.values():
            faults = repairable(row)
            for fault in faults:
                REPAIRS[fault.kind](draft, row, fault)
            if not faults:
                more(draft, row)
        if draft.data == before:
            return


def repairable(row: Operation) -> list[ContractError]:
    """What keeps an operation from being served, and, if nothing else does, the objections to its
    rule: a function may take and return anything."""
    found = [*filter(_has_repair, row.faults)]
    if row.rule and all(map(_has_repair, row.objections)):
        found += row.objections
    return sorted(found, key=lambda fault: _ORDER.index(fault.kind))


_ORDER = list(REPAIRS)


def _has_repair(fault: ContractError) -> bool:
    return fault.kind in REPAIRS and _PROMISE in fault.remedy
