"""The request headers that rules obey, and their limits."""

from collections.abc import Iterator, Sequence

from service.contract.document import Document
from service.contract.model import Parameter
from service.contract.rules import OBEYED, Rule
from service.contract.schemas import schema_at

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


def undeclared(rule: Rule | None, declared: Sequence[Parameter]) -> Iterator[Parameter]:
    """The headers that a rule obeys although the contract does not declare them."""
    names = {each.name for each in declared if each.place == "header"}
    return (_PARAMETERS[name] for name in OBEYED[rule] if name not in names)
