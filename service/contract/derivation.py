"""From a document to a contract: a row for each operation, with everything that is wrong with it.

No operation raises an exception. One that no rule answers has objections, and `bind` asks for a
function; one that has faults cannot be served at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from service.contract.collections import pairs, row_without_rule, rows
from service.contract.document import ContractError, Document, Faults, Place
from service.contract.model import Contract, Operation
from service.contract.numbers import bounded
from service.contract.owners import owner_faults
from service.contract.schemas import convert_component
from service.contract.security import Demand, schemes_of
from service.contract.stated import Stated, stated_operations
from service.stores import Filters
from service.stores.limits import MOST_INDEXES


def derive(document: Document) -> Contract:
    """The contract in a document. Raises ContractError unless it is OpenAPI 3.0 or 3.1."""
    check_version(document)
    if document.data["openapi"].startswith("3.1."):
        # Imported here: Lambda is given the view and does not have to make it.
        from service.contract.view import view

        document = view(document)
    faults = Faults(document.unsaid)
    try:
        document = bounded(document, faults)
        stated = list(stated_operations(document, faults))
        operations = _by_id(_operations(document, stated))
    except RecursionError:
        raise ContractError(
            ("components", "schemas"),
            "A schema is part of itself, through allOf.",
            "Break that.",
            "recursion",
        ) from None
    _check_templates(document, faults)
    if not operations:
        faults.append(
            ContractError(("paths",), "There is no operation.", "Add a collection.", "no-operation")
        )
    demands = {each.place: each.demand for each in stated}
    schemes = schemes_of(document, demands.values(), faults)
    faults += owner_faults(document, _collections(operations, demands))
    title = str(document.data["info"]["title"])
    contract = Contract(document, title, operations, schemes=schemes)
    _check_indexes(contract.filters, faults)
    return replace(contract, faults=tuple(faults))


def broken_components(document: Document) -> Iterator[ContractError]:
    """Every component that breaks the rules of schemas, whether or not anything refers to it.

    Serving reads only the components that operations reach.
    """
    for name in document.data.get("components", {}).get("schemas", {}):
        try:
            convert_component(document, name)
        except ContractError as fault:
            yield fault


def check_version(document: Document) -> None:
    """Raises ContractError for a document that is not OpenAPI 3.0 or 3.1."""
    version = document.data.get("openapi")
    if "swagger" in document.data:
        raise ContractError(
            ("swagger",),
            "This is Swagger 2.0, and OpenAPI 3.0 or 3.1 is what can be served.",
            "Convert it: npx swagger2openapi FILE.",
            "version",
        )
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+", version):
        raise ContractError(
            ("openapi",),
            f"The version {version!r} is not 3.0 or 3.1.",
            "Write the contract as OpenAPI 3.0.3 or 3.1.0, with that version as text.",
            "version",
        )


def _operations(document: Document, stated: Sequence[Stated]) -> Iterator[Operation]:
    """The row of each operation, in the order of the document."""
    ruled: dict[tuple[str, str], Operation] = {}
    filled = set(_filled(stated))
    for pair in pairs(stated):
        for row in rows(document, pair, pair.path in filled):
            ruled[row.path, row.method] = row
    for each in stated:
        yield ruled.get((each.path, each.method)) or row_without_rule(each)


def _filled(operations: Sequence[Stated]) -> Iterator[str]:
    """The paths whose collections a function may put items into: its own, and those above it."""
    for each in operations:
        creates = each.method == "put" and "201" in each.successes
        if each.method == "post" or creates:
            path = each.path
            while path:
                yield path
                path = path.rpartition("/")[0]


def _by_id(operations: Iterator[Operation]) -> dict[str, Operation]:
    """The operations by id; by method and path where the id is missing or already taken."""
    found: dict[str, Operation] = {}
    for each in operations:
        if each.id in found:
            fault = ContractError(
                (*each.place, "operationId"),
                f"{each.id!r} names two operations.",
                "Give each operation an id of its own.",
                "same-id",
            )
            id = f"{each.method.upper()} {each.path}"
            each = replace(each, id=id, faults=(*each.faults, fault))
        found[each.id] = each
    return found


def _collections(
    operations: Mapping[str, Operation], demands: Mapping[Place, Demand]
) -> dict[str, list[tuple[str, Place, Demand]]]:
    """The operations of each collection, by the path of its list."""
    found: dict[str, list[tuple[str, Place, Demand]]] = {}
    for each in operations.values():
        if each.of is not None:
            found.setdefault(each.of.path, []).append((each.id, each.place, demands[each.place]))
    return found


def _check_templates(document: Document, faults: Faults) -> None:
    """OpenAPI 3.0.3, Paths Object: paths that differ in the names of parameters are identical."""
    seen: dict[str, str] = {}
    for path in document.data.get("paths", {}):
        first = seen.setdefault(re.sub(r"\{[^{}]*\}", "{}", path), path)
        if first != path:
            faults.append(
                ContractError(
                    ("paths", path),
                    f"It is the same path as {first}.",
                    "Keep one, with the operations of both.",
                    "path",
                )
            )


def _check_indexes(filters: Filters, faults: Faults) -> None:
    """One index of a table is the list without a filter."""
    names = {name for each in filters.values() for name in each}
    most = MOST_INDEXES - 1
    if len(names) > most:
        faults.append(
            ContractError(
                ("paths",),
                f"{len(names)} filters need more indexes than a table has.",
                f"Keep {most}.",
                "indexes",
            )
        )
