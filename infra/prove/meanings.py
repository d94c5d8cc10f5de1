"""Meanings: what an item has to be after a write, and how an operation has to show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.prove.steps import Step
from infra.prove.subjects import Subject
from service.contract.model import Collection, ItemShape, Operation
from service.contract.stated import MERGE_PATCH
from service.stores import Values


class Unbound:
    """A value that the service chooses, before it was seen."""

    def __repr__(self) -> str:
        return "(chosen by the service)"


UNBOUND = Unbound()


def created(collection: Collection, body: Values) -> Values:
    """A new item, without its id."""
    return {
        **collection.defaults_on_create,
        **body,
        **dict.fromkeys(collection.stamped, UNBOUND),
    }


def effects(subject: Subject, operation: Operation, step: Step) -> tuple[Values, list[str]]:
    """What an update sets, and what it removes."""
    changes, removed = dict(step.body), []
    if operation.replaces:
        changes = {**operation.defaults, **changes}
        removed = [name for name in sorted(operation.sent) if name not in changes]
    elif step.media_type == MERGE_PATCH:  # RFC 7396, 2
        removed = [name for name, value in changes.items() if value is None]
        changes = {name: value for name, value in changes.items() if value is not None}
    return {**changes, **dict.fromkeys(subject.collection.stamped_on_write, UNBOUND)}, removed


def shown(collection: Collection, values: Values, shape: ItemShape) -> Values:
    """What a response of this shape shows of an item."""
    whole = {**collection.defaults, **values}
    names = collection.names if shape.names is None else shape.names
    return {name: value for name, value in whole.items() if name in names}


def unwrapped(answer: Any, shape: ItemShape) -> Any:
    """The item in a response; None if there is none."""
    if shape.wrapper is not None:
        answer = answer.get(shape.wrapper) if isinstance(answer, dict) else None
    return answer if isinstance(answer, dict) else None


def difference(due: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    """How what was found differs from what is due, in words; None if it agrees."""
    for name in due:
        if name not in found:
            return f"{name!r} is missing; expected {due[name]!r}"
        if not same(due[name], found[name]):
            return f"{name!r} is {found[name]!r}; expected {due[name]!r}"
    surplus = [name for name in found if name not in due]
    return f"{surplus[0]!r} is there, and should not be" if surplus else None


def same(due: Any, found: Any) -> bool:
    """Whether two JSON values are equal: true is not 1, and 1.0 is 1."""
    if isinstance(due, Unbound):
        return True
    if isinstance(due, bool) or isinstance(found, bool):
        return due is found
    if isinstance(due, dict) and isinstance(found, dict):
        return due.keys() == found.keys() and all(same(due[key], found[key]) for key in due)
    if isinstance(due, list) and isinstance(found, list):
        return len(due) == len(found) and all(map(same, due, found))
    return bool(due == found)


def milliseconds(text: Any) -> int | None:
    """The milliseconds of an RFC 3339 time; None if the text is not one."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (TypeError, ValueError):
        return None
