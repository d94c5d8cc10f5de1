"""Whose items a collection holds: `x-owner` on the path of its list.

caller      each caller has their own
everyone    all callers share them, as they always do where nobody signs in, or only keys are used
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service.contract.document import ContractError, Document, Place
from service.contract.security import Demand, Kind

X_OWNER = "x-owner"
CALLER, EVERYONE = "caller", "everyone"


def owner_of(document: Document, path: str, demands: Iterable[Demand]) -> Kind | None:
    """The kind of caller that has items of its own in a collection; None if all share them.

    Doubtful cases are reported by `owner_faults`.
    """
    stated = document.data["paths"].get(path, {}).get(X_OWNER)
    return next((each.access.caller for each in demands), None) if stated == CALLER else None


def owner_faults(
    document: Document, collections: Mapping[str, Sequence[tuple[str, Place, Demand]]]
) -> Iterator[ContractError]:
    """What is wrong with a contract's owners.

    `collections` has the operations of each by the path of its list: id, pointer, and demand.
    """
    for path, item in document.data.get("paths", {}).items():
        if path.startswith("x-"):
            continue
        if X_OWNER in item and path not in collections:
            yield _not_a_collection(path, collections)
        for method, operation in item.items():
            if isinstance(operation, dict) and X_OWNER in operation:
                yield _misplaced(("paths", path, method, X_OWNER), path, collections)
    for path, operations in collections.items():
        yield from _collection_faults(document, path, operations)


def _collection_faults(
    document: Document, path: str, operations: Sequence[tuple[str, Place, Demand]]
) -> Iterator[ContractError]:
    item: Mapping[str, Any] = document.data["paths"].get(path, {})
    place: Place = ("paths", path)
    match item.get(X_OWNER):
        case "caller":
            yield from _own_faults(operations)
        case "everyone":
            return
        case None if X_OWNER not in item:
            if any(demand.access.caller for _, _, demand in operations):
                yield _fault(
                    place,
                    f"Nothing says whose items {path!r} holds.",
                    "Write 'x-owner: caller' (each has their own) or 'x-owner: everyone' (all share"
                    " them).",
                )
        case other:
            yield _fault(
                (*place, X_OWNER),
                f"{other!r} owns nothing.",
                "Write 'x-owner: caller' (each has their own) or 'x-owner: everyone' (all share"
                " them).",
            )


def _own_faults(operations: Sequence[tuple[str, Place, Demand]]) -> Iterator[ContractError]:
    """Every operation has to ask for the same kind of caller: any other caller would find an
    empty collection, or a different one."""
    first: tuple[str, Kind] | None = None
    for id, place, demand in operations:
        caller = demand.access.caller
        if caller is None:
            if demand.is_clear:
                yield _fault(
                    place,
                    f"'x-owner: caller', and {id} names no person or service.",
                    "Give it security, or write 'x-owner: everyone'.",
                )
        elif first is None:
            first = id, caller
        elif caller != first[1]:
            others = f"{first[0]} a {first[1]}"
            yield _fault(
                demand.place,
                f"'x-owner: caller', and {id} names a {caller}, but {others}: neither would see"
                " what the other has.",
                "Let all operations of the collection name the same, or write 'x-owner: everyone'.",
            )


def _not_a_collection(path: str, collections: Iterable[str]) -> ContractError:
    place: Place = ("paths", path, X_OWNER)
    above = path.rpartition("/{")[0]
    if above in collections:
        return _misplaced(place, above, collections)
    return _fault(
        place, f"{path!r} is not a collection: nobody owns anything there.", "Remove 'x-owner'."
    )


def _misplaced(place: Place, path: str, collections: Iterable[str]) -> ContractError:
    list_path = next((each for each in (path, path.rpartition("/{")[0]) if each in collections), "")
    remedy = f"Move it to the path {list_path}." if list_path else "Remove it."
    return _fault(place, "'x-owner' stands on the path of a collection's list alone.", remedy)


def _fault(place: Place, reason: str, remedy: str) -> ContractError:
    return ContractError(place, reason, remedy, "security")
