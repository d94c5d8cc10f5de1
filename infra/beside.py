"""The files beside a contract's file that are deployed with it.

openapi.py            its functions; or a folder openapi with everything in it
openapi.txt           further libraries, locked with their hashes, as pip-compile writes them
openapi.policy.json   a policy document: what the functions may do in AWS, beyond the table
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.loading import FileFault, beside

Json = dict[str, Any]

IN_ZIP = "openapi"
"""The name of the contract, and so of its functions, in the zip."""

_ALLOWED = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Extras:
    """What functions need beyond what the service needs."""

    libraries: Path | None = None
    """A list of further libraries."""
    statements: tuple[Json, ...] = ()
    """Statements for the policy of the function's role."""


def extras(contract: Path) -> Extras:
    """The extras of a contract. Raises ContractError for a policy that is careless."""
    libraries = contract.with_suffix(".txt")
    return Extras(
        libraries if libraries.is_file() else None,
        tuple(_statements(contract.with_suffix(".policy.json"))),
    )


def files(contract: Path) -> Mapping[str, bytes]:
    """The files of the functions by their names in the zip."""
    return {name: path.read_bytes() for name, path in sorted(_files(contract))}


def is_function(name: str) -> bool:
    """Whether a file of the zip belongs to the functions."""
    mine = name == f"{IN_ZIP}.py" or name.startswith(f"{IN_ZIP}/")
    return mine and "__pycache__" not in name


def is_beside(path: Path, contract: Path) -> bool:
    """Whether a file belongs to a contract: it is one of the above, or would be if it existed."""
    ours = {contract.with_suffix(end) for end in (".py", ".txt", ".policy.json")}
    return path in ours or (
        path.is_relative_to(contract.with_suffix(""))
        and not any(map(_is_left_out, path.relative_to(contract.parent).parts))
    )


def _files(contract: Path) -> Iterator[tuple[str, Path]]:
    for found in beside(contract):
        if found.is_file():
            yield f"{IN_ZIP}.py", found
            continue
        for path in found.rglob("*"):
            parts = path.relative_to(found).parts
            if path.is_file() and not any(
                each[0] == "." or each == "__pycache__" for each in parts
            ):
                yield "/".join((IN_ZIP, *parts)), path


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _statements(file: Path) -> Iterator[Json]:
    if not file.is_file():
        return
    try:
        policy = json.loads(file.read_bytes())
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise FileFault(file, line, f"Not well-formed JSON: {error}.", "Correct it.") from error
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not isinstance(statements, list) or not statements:
        raise FileFault(file, 1, "It is not a policy document.", "Give it a list 'Statement'.")
    sids = set()
    for number, each in enumerate(statements, 1):
        if fault := _fault(each):
            reason, remedy = fault
            raise FileFault(file, 1, f"Statement {number}: {reason}", remedy)
        if each["Sid"] in sids:
            raise FileFault(file, 1, f"Two statements are {each['Sid']!r}.", "Rename one.")
        sids.add(each["Sid"])
        yield _substituted(each)


def _fault(statement: Any) -> tuple[str, str] | None:
    """What is wrong with a statement, and what to write instead."""
    if not isinstance(statement, dict):
        return "it is not a mapping.", "Write Sid, Effect, Action and Resource."
    sid = statement.get("Sid")
    if not isinstance(sid, str) or not sid.isalnum() or not sid.isascii():
        return "it has no Sid.", "Name what it is for, in letters and digits."
    if other := sorted(statement.keys() - _ALLOWED):
        return f"{other[0]} allows whatever is not named.", "Write Action and Resource."
    if statement.get("Effect") not in ("Allow", "Deny"):
        return "it has no Effect.", "Write Allow."
    for key in ("Action", "Resource"):
        values = statement.get(key)
        values = [values] if isinstance(values, str) else values
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            return f"its {key} is neither text nor a list of texts.", "Name each."
        if not values:
            return f"it has no {key}.", "Name each."
        if any(each == "*" or (key == "Action" and "*" in each) for each in values):
            return f"'*' as {key} allows more than the functions need.", "Name each."
    return None


def _substituted(node: Any) -> Any:
    """The node with `${AWS::Region}` and the like for CloudFormation; IAM's own variables stay."""
    if isinstance(node, dict):
        return {key: _substituted(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_substituted(each) for each in node]
    if isinstance(node, str) and "${AWS::" in node:
        return {"Fn::Sub": node.replace("${aws:", "${!aws:")}
    return node
