"""Who may do what: the cells of the matrix as they are expected, from the raw YAML alone.

Nothing of `service` or `infra` is imported here: what they get wrong, this does not get wrong, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DECLARED = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """One method on one path, and what it asks for."""

    method: str
    path: str
    id: str = ""
    """The operationId; none for a method that the contract does not declare."""
    person: frozenset[str] | None = None
    """Scopes, all of which a person has to have; None where no person is asked for."""
    service: bool = False
    key: bool = False
    owned: bool = False
    """Whether each caller has their own items there."""

    @property
    def of_item(self) -> bool:
        return "{" in self.path


@dataclass(frozen=True)
class Sender:
    """Who sends a request: a person, a service or nobody, with a key or without one."""

    name: str
    kind: str = "nobody"
    owner: str = ""
    """Whose items they have."""
    scopes: frozenset[str] = frozenset()
    flaw: str = ""
    """What is wrong with the token or the signature."""
    key: str = ""
    """`good`, `revoked`, `made up`, or none."""


@cache
def rows(path: Path) -> tuple[Row, ...]:
    """Every operation of a contract, HEAD wherever GET is, and a method that each path lacks."""
    data = YAML(typ="safe").load(path)
    return tuple(row for each in data["paths"] for row in _of_path(data, each))


def scopes(path: Path) -> frozenset[str]:
    """All that people are asked for."""
    return frozenset().union(*(row.person or () for row in rows(path)))


def _of_path(data: Any, path: str) -> Iterator[Row]:
    declared = [_row(data, path, method) for method in DECLARED if method in data["paths"][path]]
    yield from declared
    yield from (replace(each, method="head") for each in declared if each.method == "get")
    missing = next(method for method in DECLARED if method not in data["paths"][path])
    yield _undeclared(path, missing, declared)


def _row(data: Any, path: str, method: str) -> Row:
    operation = data["paths"][path][method]
    requirements = operation.get("security", data.get("security", []))
    row = Row(method, path, operation["operationId"], owned=_is_owned(data, path))
    for scheme, asked in (requirements[0] if requirements else {}).items():
        match data["components"]["securitySchemes"][scheme]["type"]:
            case "apiKey":
                row = replace(row, key=True)
            case "http":
                row = replace(row, service=True)
            case _:
                row = replace(row, person=frozenset(asked))
    return row


def _is_owned(data: Any, path: str) -> bool:
    while path:
        owner = data["paths"].get(path, {}).get("x-owner")
        if owner:
            return bool(owner == "caller")
        path = path.rpartition("/")[0]
    return False


def _undeclared(path: str, method: str, declared: list[Row]) -> Row:
    """Nobody but those who may call something of a closed path learns what it answers."""
    if any(row.person is None and not row.service and not row.key for row in declared):
        return Row(method, path)
    asked = [row.person for row in declared if row.person is not None]
    return Row(
        method,
        path,
        person=frozenset().union(*asked) if asked else None,
        service=not asked and any(row.service for row in declared),
        key=all(row.key for row in declared),
    )


# -- what is expected ----------------------------------------------------------------------------


def at_gateway(row: Row, sender: Sender, whose: str) -> str:
    """The status, `2xx` for a success; `whose` is `own`, `another` or nothing where all share."""
    return _refusal(row, sender) or _beyond(row, sender, whose)


def wakes(row: Row, sender: Sender) -> bool:
    """Whether the gateway passes a request on to the function, which may refuse it yet."""
    return not _refusal(row, sender)


def at_service(row: Row, sender: Sender, whose: str) -> str:
    """The same without a gateway: who is due and is not named is a fault, and never everyone."""
    if row.id and row.person is not None and sender.kind != "person":
        return "500"
    if row.id and row.service and sender.kind != "service":
        return "500"
    return _beyond(row, sender, whose)


def _refusal(row: Row, sender: Sender) -> str:
    """The gateway's, if it refuses by itself."""
    if row.person is not None and not _is_let_in(row, sender):
        return "401"
    if row.service and (sender.kind != "service" or sender.flaw):
        return "403"
    if row.key and sender.key != "good":
        return "403"
    return ""


def _is_let_in(row: Row, sender: Sender) -> bool:
    """To API Gateway any one of the scopes is enough."""
    is_person = sender.kind == "person" and not sender.flaw
    return is_person and bool(sender.scopes & (row.person or frozenset()))


def _beyond(row: Row, sender: Sender, whose: str) -> str:
    if not row.id:
        return "405"
    if row.person is not None and (sender.flaw or not row.person <= sender.scopes):
        return "403"
    if row.service and sender.flaw:
        return "403"
    if row.owned and row.of_item and whose == "another":
        return "404"
    return "2xx"
