"""Narrowing: each way in which a value that one schema accepts may be refused by another."""

from collections.abc import Iterator
from typing import NamedTuple

from infra.inclusion import Inclusion, Parts
from service.contract.schemas import Schema

_DEEPEST = 8


class Narrowed(NamedTuple):
    """Where values are refused, by which keyword, and whether for certain."""

    path: tuple[str, ...]
    keyword: str
    proven: bool = True

    @property
    def place(self) -> str:
        return ".".join(self.path) or "the whole"


def narrowed(sent: Schema, taken: Schema) -> Iterator[Narrowed]:
    """How `taken` may refuse values that `sent` accepts: one for each property and keyword."""
    inclusion = Inclusion()
    parts = [inclusion.parts(each.root, each.root) for each in (sent, taken)]
    yield from dict.fromkeys(_narrowed(inclusion, parts[0], parts[1], ()))


def described(schema: Schema) -> Iterator[tuple[str, ...]]:
    """The paths of all properties that a schema describes."""
    inclusion = Inclusion()
    yield from _described(inclusion, inclusion.parts(schema.root, schema.root), ())


def _narrowed(
    inclusion: Inclusion, sent: Parts, taken: Parts, path: tuple[str, ...]
) -> Iterator[Narrowed]:
    names = _names(sent) & _names(taken)
    elements = [_elements(inclusion, each) for each in (sent, taken)]
    is_deep = len(path) >= _DEEPEST
    if names and not is_deep:
        yield from _of_object(inclusion, sent, taken, path)
    elif elements[0] and elements[1] and not is_deep:
        below = list(_narrowed(inclusion, elements[0], elements[1], (*path, "*")))
        yield from below or _as_a_whole(inclusion, sent, taken, path)
    else:
        yield from _as_a_whole(inclusion, sent, taken, path)


def _of_object(
    inclusion: Inclusion, sent: Parts, taken: Parts, path: tuple[str, ...]
) -> Iterator[Narrowed]:
    found = False
    for name in sorted(_required(taken) - _required(sent)):
        found = True
        yield Narrowed((*path, name), "required")
    for name in sorted(_names(sent)):
        here, there = (inclusion.property(each, name) for each in (sent, taken))
        for each in _narrowed(inclusion, here, there, (*path, name)):
            found = True
            yield each
    if not found:
        yield from _as_a_whole(inclusion, sent, taken, path)


def _as_a_whole(
    inclusion: Inclusion, sent: Parts, taken: Parts, path: tuple[str, ...]
) -> Iterator[Narrowed]:
    """Undescribed properties are assumed not to be sent, though an open object might have them."""
    gap = inclusion.gap(sent, taken)
    if gap is not None and _is_described(inclusion, sent, gap.path):
        yield Narrowed((*path, *gap.path), gap.keyword, gap.proven)


def _is_described(inclusion: Inclusion, parts: Parts, path: tuple[str, ...]) -> bool:
    for name in path:
        if name == "*":
            parts = _elements(inclusion, parts)
        elif _names(parts) and name not in _names(parts):
            return False
        else:
            parts = inclusion.property(parts, name)
    return True


def _described(
    inclusion: Inclusion, parts: Parts, path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if len(path) >= _DEEPEST:
        return
    for name in sorted(_names(parts)):
        yield (*path, name)
        yield from _described(inclusion, inclusion.property(parts, name), (*path, name))
    if elements := _elements(inclusion, parts):
        yield from _described(inclusion, elements, (*path, "*"))


def _names(parts: Parts) -> set[str]:
    """The properties that are described and may be present."""
    return {
        name
        for part in parts
        if isinstance(part.schema, dict)
        for name, each in part.schema.get("properties", {}).items()
        if each is not False
    }


def _required(parts: Parts) -> set[str]:
    return {
        name
        for part in parts
        if isinstance(part.schema, dict)
        for name in part.schema.get("required", ())
    }


def _elements(inclusion: Inclusion, parts: Parts) -> Parts:
    return [
        each
        for part in parts
        if isinstance(part.schema, dict) and "items" in part.schema
        for each in inclusion.parts(part.schema["items"], part.root)
    ]
