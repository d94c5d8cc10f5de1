"""The stage: what a change of a contract does to kept items, to the gateway, and to indexes."""

from collections.abc import Iterator
from typing import NamedTuple

from infra.changes.narrowing import narrowed
from infra.gateway.import_document import body_constraints
from service.contract.model import Collection, Contract
from service.contract.schemas import schema_at
from service.stores.shards import indexes_in


class ItemChange(NamedTuple):
    """What happens to the items of a collection, by its name."""

    collection: str
    text: str
    is_narrowing: bool = False
    """Whether there may be items that the new contract refuses."""

    def __str__(self) -> str:
        return f"/{self.collection}: {self.text}"


def changes_for_items(old: Contract, new: Contract) -> Iterator[ItemChange]:
    """What kept items would not fulfil of the new contract."""
    for name, before in old.collections.items():
        after = new.collections.get(name)
        if after is None:
            yield ItemChange(name, "the collection is gone; its items stay in the table, unserved")
        else:
            yield from _collection(old, new, before, after)


def _collection(
    old: Contract, new: Contract, before: Collection, after: Collection
) -> Iterator[ItemChange]:
    name = before.name
    if before.integer_ids != after.integer_ids:
        text = "the ids are of another sort, and no item is found by its own any more"
        yield ItemChange(name, text)
    if before.owned != after.owned:
        yield ItemChange(name, "other callers own its items, and none is found any more")
    schemas = schema_at(old.document, before.place), schema_at(new.document, after.place)
    for each in narrowed(*schemas):
        top = each.path[0] if each.path else ""
        if each.keyword == "required" and len(each.path) == 1 and top in after.defaults:
            continue  # which is shown with its default
        sure = "" if each.proven else ", perhaps"
        text = f"items may be kept that {each.place} ({each.keyword}) refuses{sure}"
        yield ItemChange(name, text, is_narrowing=True)
    for gone in sorted(before.names - after.names):
        text = f"what items have of {gone!r} stays in the table, and is shown no more"
        yield ItemChange(name, text)


def changes_at_gateway(old: Contract, new: Contract) -> Iterator[str]:
    """The checks of bodies that begin, end, or move between the gateway and the service."""
    before, after = _checks(old), _checks(new)
    for key, at_gateway in after.items():
        where = "the gateway" if at_gateway else "the service alone"
        if key not in before:
            yield f"+ {' '.join(key)}, checked by {where}"
        elif before[key] != at_gateway:
            yield f"~ {' '.join(key)}, checked by {where} from now on"
    yield from (f"- {' '.join(key)}" for key in before if key not in after)


def _checks(contract: Contract) -> dict[tuple[str, str, str], bool]:
    found: dict[tuple[str, str, str], bool] = {}
    for operation, each in body_constraints(contract):
        key = operation.id, each.place, each.text
        found[key] = found.get(key, False) or each.at_gateway
    return found


def changes_of_indexes(old: Contract, new: Contract, shards: int = 1) -> Iterator[str]:
    """What a deploy does to the table before it offers the new contract."""
    before, after = (indexes_in(shards, each.filters) for each in (old, new))
    for name in after:
        if name not in before:
            yield f"+ {name}: built, then filled from the items that are there (minutes to hours)"
    yield from (f"- {name}: dropped once nothing reads it" for name in before if name not in after)
