"""The request headers that mean something: which operations obey them, within which limits.

Preconditions have to be evaluated, whether the contract names them or not (RFC 9110, 13.1).
"""

from collections.abc import Iterator, Sequence

from service.contract.document import Document
from service.contract.model import Kind, Parameter
from service.contract.schemas import schema_at

_PRECONDITIONS = ("If-Match", "If-None-Match")
OBEYED: dict[Kind, tuple[str, ...]] = {
    Kind.LIST: (),
    Kind.CREATE: ("Idempotency-Key",),
    Kind.GET: _PRECONDITIONS,
    Kind.UPDATE: _PRECONDITIONS,
    Kind.DELETE: _PRECONDITIONS,
}

SPELLINGS = {name.lower(): name for names in OBEYED.values() for name in names}
"""A contract may spell a header in any case."""

_TAGS = {
    "description": "entity tags in quotes, or *, in ASCII",
    "type": "string",
    "minLength": 1,
    "maxLength": 1000,
    "pattern": "^[!-~]([ -~]*[!-~])?$",
}
_KEY = {
    "description": "visible ASCII characters",
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[!-~]+$",
}
_LIMITS = Document({"Idempotency-Key": _KEY, "If-Match": _TAGS, "If-None-Match": _TAGS})
_PARAMETERS = {
    name: Parameter(name, "header", False, "string", schema_at(_LIMITS, (name,)))
    for name in SPELLINGS.values()
}


def undeclared(kind: Kind, declared: Sequence[Parameter]) -> Iterator[Parameter]:
    """The headers that an operation of this kind obeys although its contract names none."""
    names = {each.name for each in declared if each.place == "header"}
    return (_PARAMETERS[name] for name in OBEYED[kind] if name not in names)
