"""Bodies: one closed object as JSON, without what the service writes."""

import re

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.notices import Notice
from infra.complete.schemas import (
    holders,
    is_plain,
    is_read_only,
    properties,
    says_default,
    without_defaults,
    written,
)
from service.contract.document import ContractError, Place
from service.contract.model import Operation
from service.contract.rules import Rule

_JSON = re.compile(r"application/(?:merge-patch\+)?json\b.*", re.IGNORECASE)
_RANGES = ("application/*", "*/*")


def require_body(draft: Draft, row: Operation, _: ContractError) -> None:
    body = draft.body(row)
    if not body.get("required"):
        draft.notices[Notice.REQUIRED_BODY] += 1
        put_behind(body, ("description",), {"required": True})


def keep_json(draft: Draft, row: Operation, fault: ContractError) -> None:
    """Keep only the media types that are JSON."""
    content = draft.at(fault.place[:-1])
    kept = [each for each in content if _JSON.fullmatch(each)]
    kept = kept or [each for each in _RANGES if each in content][:1]
    if row.method != "patch" and "application/json" in kept:
        kept = ["application/json"]
    for other in [each for each in content if kept and each not in kept]:
        del content[other]
        draft.notices[Notice.MEDIA_TYPE] += 1


def close_body(draft: Draft, row: Operation, _: ContractError) -> None:
    """Close the schema of a body, or give the body a closed one of its own.

    Schemas of responses stay open, and so do those that other schemas contain or combine: a
    closed part of `allOf` refuses the properties of the other parts.
    """
    for media_type in _media_types(draft, row):
        schema = media_type["schema"]
        found = draft.resolved(schema)
        if found.get("additionalProperties") is False or not is_plain(draft, schema):
            continue
        draft.notices[Notice.CLOSED_BODY] += 1
        if "allOf" not in found and not _is_shared(draft, schema):
            _close(found)
        elif "$ref" in schema:
            _split(draft, schema["$ref"], "Input")
        else:
            media_type["schema"] = written(draft, schema)


def _close(schema: Mapping) -> None:
    behind = ("description", "title", "type")
    put_behind(schema, behind, {"type": schema.get("type", "object")})
    put_behind(schema, behind, {"additionalProperties": False})


def own_id(draft: Draft, row: Operation, _: ContractError) -> None:
    """Mark the id as readOnly wherever it is described."""
    draft.notices[Notice.ID] += 1
    collection = row.collection
    item = draft.at(collection.place)
    for schema in (item, *(each["schema"] for each in _media_types(draft, row))):
        for described in holders(draft, schema, collection.id):
            described[collection.id] = _read_only(draft, described[collection.id])


def _read_only(draft: Draft, schema: Mapping) -> Mapping:
    """A readOnly schema; what is beside a `$ref` would be ignored in OpenAPI 3.0."""
    if is_read_only(draft, schema):
        return schema
    alone = "$ref" in schema
    return {"allOf": [schema], "readOnly": True} if alone else {**schema, "readOnly": True}


def drop_defaults(draft: Draft, row: Operation, _: ContractError) -> None:
    """Drop the defaults of a merging update. Create and the item keep theirs."""
    for media_type in _media_types(draft, row):
        schema = media_type["schema"]
        if not says_default(draft, schema):
            continue
        draft.notices[Notice.DEFAULT] += 1
        if "$ref" in schema and _is_shared(draft, schema, for_merges=True):
            _split(draft, schema["$ref"], "Changes")
            schema = media_type["schema"]
        found = draft.resolved(schema)
        bare = without_defaults(draft, found)
        found.clear()
        found.update(bare)


def _media_types(draft: Draft, row: Operation) -> list[Mapping]:
    content = draft.body(row).get("content", {})
    return [each for each in content.values() if isinstance(each.get("schema"), dict)]


def _split(draft: Draft, reference: str, ending: str) -> None:
    """Give every body that uses a schema one of its own, without what clients do not write."""
    name = reference.rpartition("/")[2]
    base = name.removesuffix("Input") if ending == "Changes" else name
    own = draft.component("schemas", f"{base}{ending}", written(draft, {"$ref": reference}), name)
    for other in draft.contract.operations.values():
        merges = other.rule is Rule.MERGE or ending == "Input"
        if other.rule in (Rule.CREATE, Rule.REPLACE, Rule.MERGE) and merges:
            for media_type in _media_types(draft, other):
                if media_type["schema"].get("$ref") == reference:
                    media_type["schema"] = dict(own)
                    _show_less(draft, media_type)


def _show_less(draft: Draft, media_type: Mapping) -> None:
    """Remove properties that a body does not take from its examples."""
    taken = properties(draft, media_type["schema"])
    examples = [media_type, *media_type.get("examples", {}).values()]
    for holder, key in zip(examples, ("example", *["value"] * len(examples)), strict=False):
        if isinstance(holder.get(key), dict):
            holder[key] = {name: each for name, each in holder[key].items() if name in taken}


def _is_shared(draft: Draft, schema: Mapping, *, for_merges: bool = False) -> bool:
    """Whether a component is used outside bodies or, `for_merges`, outside merging updates."""
    if "$ref" not in schema:
        return False
    return not {*draft.references(schema["$ref"])} <= _places_of_bodies(draft, for_merges)


def _places_of_bodies(draft: Draft, for_merges: bool) -> set[Place]:
    rules = (Rule.MERGE,) if for_merges else (Rule.CREATE, Rule.REPLACE, Rule.MERGE)
    found = set()
    for row in draft.contract.operations.values():
        if row.rule in rules:
            body = draft.operation(row).get("requestBody", {})
            place: Place = (*row.place, "requestBody")
            if "$ref" in body:
                place = ("components", "requestBodies", body["$ref"].rpartition("/")[2])
            found |= {
                (*place, "content", each, "schema") for each in draft.body(row).get("content", {})
            }
    return found
