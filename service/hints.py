"""Type hints of functions, as the JSON types that they accept."""

import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, NoReturn, Union, get_args, get_origin

from service.functions import Answer, Caller, Items
from service.signatures import EVERY_KIND

Kinds = frozenset[str]

ANYTHING = EVERY_KIND | {"items", "caller", "derived", "answer"}

_SCALARS: dict[Any, Kinds] = {
    str: frozenset(("string",)),
    bool: frozenset(("boolean",)),
    int: frozenset(("integer",)),
    float: frozenset(("number", "integer")),
    types.NoneType: frozenset(("null",)),
    Items: frozenset(("items",)),
    Caller: frozenset(("caller",)),
    Answer: frozenset(("answer",)),
    Callable: frozenset(("derived",)),
}
_ARRAYS = (list, Sequence, Collection, Iterable)


def kinds_of(hint: Any) -> Kinds | None:
    """The JSON types that a hint accepts; None for a class that no JSON value belongs to."""
    if hint in (Any, object):
        return ANYTHING
    if hint is NoReturn or getattr(hint, "__name__", "") == "Never":
        return frozenset()
    if isinstance(hint, NewType):
        return kinds_of(hint.__supertype__)
    if hasattr(hint, "__value__"):  # an alias, `type X = …`
        return kinds_of(hint.__value__)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kinds_of(arguments[0])
    if origin is Literal:
        return _all(map(type, arguments))
    if origin in (Union, types.UnionType):
        return _all(arguments)
    return _of_class(types.NoneType if hint is None else origin or hint)


def _of_class(found: Any) -> Kinds | None:
    if found in _SCALARS or found is _CALLABLE:
        return _SCALARS.get(found, _SCALARS[Callable])
    if not isinstance(found, type):
        return None
    if issubclass(found, Mapping):
        return frozenset(("object",))
    is_list = found in _ARRAYS or issubclass(found, list)
    return frozenset(("array",)) if is_list else None


_CALLABLE = get_origin(Callable[[], None])


def _all(hints: Iterable[Any]) -> Kinds | None:
    found = [kinds_of(each) for each in hints]
    return None if None in found else frozenset().union(*(each for each in found if each))
