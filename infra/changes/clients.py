"""Clients: what a change of a contract does to clients of the previous one.

Requests that were accepted must still be accepted, and responses must be as described before; so a
tightened bound breaks requests, and a widened one breaks responses. The criteria are those of
`oasdiff` (github.com/oasdiff/oasdiff, its levels ERR and WARN), except that a removed query
parameter is refused here, and that PUT may change from merging to replacing.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from infra.changes.narrowing import Narrowed, described, narrowed
from service.contract.model import Contract, Operation, Parameter
from service.contract.rules import Rule
from service.contract.schemas import Schema, schema_at


class Effect(StrEnum):
    """The effect on clients of the previous contract."""

    BREAKS = "breaks"
    MAY_BREAK = "may break"
    ADDS = "adds"


class Change(NamedTuple):
    """`direction` is request, response, or operation for both."""

    effect: Effect
    operation: str
    direction: str
    text: str


def changes_for_clients(old: Contract, new: Contract) -> Iterator[Change]:
    """The changes in the order of the old contract, then what is new."""
    later = {_key(each): each for each in new.operations.values()}
    for before in old.operations.values():
        after = later.pop(_key(before), None)
        if after is None:
            yield Change(Effect.BREAKS, _name(before), "operation", "is gone")
        else:
            yield from _operation(before, after)
            yield from _requests(before, after)
            yield from _responses(old, new, before, after)
    for each in later.values():
        yield Change(Effect.ADDS, _name(each), "operation", "is new")


def _key(operation: Operation) -> tuple[str, str]:
    """What identifies an operation; the names of its path's parameters do not matter."""
    return operation.method, re.sub(r"{[^}]*}", "{}", operation.path)


def _name(operation: Operation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _operation(before: Operation, after: Operation) -> Iterator[Change]:
    name = _name(after)
    if {before.rule, after.rule} == {Rule.MERGE, Rule.REPLACE}:
        kept = "is gone" if after.replaces else "stays"
        yield Change(
            Effect.BREAKS, name, "operation", f"what an update is not sent {kept} from now on"
        )
    if before.id != after.id:
        text = f"is called {after.id}, and {before.id} before: generated clients name it so"
        yield Change(Effect.MAY_BREAK, name, "operation", text)
    old, new = before.access, after.access
    if new.caller is not None and old.caller != new.caller:
        yield Change(Effect.BREAKS, name, "request", f"asks for a {new.caller} who calls")
    elif missing := set(new.scopes) - set(old.scopes):
        text = f"asks for the scopes {', '.join(sorted(missing))}, too"
        yield Change(Effect.BREAKS, name, "request", text)
    if new.key and not old.key:
        yield Change(Effect.BREAKS, name, "request", "asks for the key of an application")


# -- requests --------------------------------------------------------------------------------------


def _requests(before: Operation, after: Operation) -> Iterator[Change]:
    name = _name(after)
    old, new = _parameters(before), _parameters(after)
    for key in old.keys() - new.keys():
        if key[0] == "query":
            text = f"the parameter {key[1]!r} is refused"
            yield Change(Effect.BREAKS, name, "request", text)
    for key, each in new.items():
        if key not in old:
            effect = Effect.BREAKS if each.required else Effect.ADDS
            kind = "has to be sent" if each.required else "is new"
            yield Change(effect, name, "request", f"the parameter {each.name!r} {kind}")
        else:
            yield from _parameter(name, old[key], each)
    yield from _bodies(name, before, after)


def _parameters(operation: Operation) -> dict[tuple[str, str], Parameter]:
    """The parameters by location and name; those of the path by their position."""
    found: dict[tuple[str, str], Parameter] = {}
    for each in operation.parameters:
        if each.place == "path":
            position = re.findall(r"{([^}]*)}", operation.path).index(each.name)
            found["path", str(position)] = each
        else:
            found[each.place, each.name.lower() if each.place == "header" else each.name] = each
    return found


def _parameter(name: str, old: Parameter, new: Parameter) -> Iterator[Change]:
    if new.required and not old.required:
        text = f"the parameter {new.name!r} has to be sent"
        yield Change(Effect.BREAKS, name, "request", text)
    if (old.several, old.exploded) != (new.several, new.exploded):
        text = f"the parameter {new.name!r} is written in another way"
        yield Change(Effect.BREAKS, name, "request", text)
    for each in narrowed(old.schema, new.schema):
        what = f"the parameter {new.name!r}"
        yield _narrowing(name, "request", each, f"{what}: fewer values are taken")


def _bodies(name: str, before: Operation, after: Operation) -> Iterator[Change]:
    if after.bodies and not before.bodies:
        yield Change(Effect.BREAKS, name, "request", "a body has to be sent")
    for media_type, schema in before.bodies.items():
        if media_type not in after.bodies:
            yield Change(Effect.BREAKS, name, "request", f"no body of {media_type} is taken")
            continue
        later = after.bodies[media_type]
        for each in narrowed(schema, later):
            yield _narrowing(name, "request", each, "the body: fewer values are taken")
        for path in _new(schema, later):
            yield Change(Effect.ADDS, name, "request", f"the body may hold {path}")


# -- responses -------------------------------------------------------------------------------------


def _responses(
    old: Contract, new: Contract, before: Operation, after: Operation
) -> Iterator[Change]:
    name = _name(after)
    if before.success != after.success:
        text = f"succeeds with {after.success}, and with {before.success} before"
        yield Change(Effect.BREAKS, name, "response", text)
    for header in sorted(_headers(old, before) - _headers(new, after)):
        text = f"the header {header} is not described any more"
        yield Change(Effect.MAY_BREAK, name, "response", text)
    if before.answer is None or after.answer is None:
        if before.answer is not None:
            yield Change(Effect.BREAKS, name, "response", "the response has no content")
        return
    shown = schema_at(old.document, before.answer), schema_at(new.document, after.answer)
    told = set()
    for each in narrowed(shown[1], shown[0]):
        told.add(each.path)
        yield _narrowing(name, "response", each, "the response: there may be other values")
    for path in sorted({*described(shown[0])} - {*described(shown[1])}):
        if path not in told and path[:-1] not in told:
            text = f"the response does not describe {'.'.join(path)} any more"
            yield Change(Effect.MAY_BREAK, name, "response", text)
    for added in _new(*shown):
        yield Change(Effect.ADDS, name, "response", f"the response may hold {added}")


def _headers(contract: Contract, operation: Operation) -> set[str]:
    place = (*operation.place, "responses", operation.success)
    try:
        return set(contract.document.resolve(place)[1].get("headers", {}))
    except KeyError:  # that of a function, which may choose its success
        return set()


def _new(old: Schema, new: Schema) -> Iterator[str]:
    yield from (".".join(path) for path in sorted({*described(new)} - {*described(old)}))


def _narrowing(name: str, direction: str, each: Narrowed, what: str) -> Change:
    is_certain = each.proven and not (direction == "response" and each.keyword == "enum")
    effect = Effect.BREAKS if is_certain else Effect.MAY_BREAK
    return Change(effect, name, direction, f"{what} at {each.place} ({each.keyword})")
