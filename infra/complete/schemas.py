"""Schemas of the data: their parts, and copies of them."""

import copy
from collections.abc import Iterator

from infra.complete.draft import Draft, Mapping
from service.contract.document import Json

_OF_AN_OBJECT = {
    *("type", "properties", "required", "description", "title", "example", "examples", "nullable"),
    *("additionalProperties", "minProperties", "maxProperties", "xml", "externalDocs", "allOf"),
    "deprecated",
}


def parts(draft: Draft, schema: Json) -> Iterator[Mapping]:
    """The parts that `allOf` combines, and last the schema that has it."""
    found = draft.resolved(schema)
    for part in found.get("allOf", []):
        yield from parts(draft, part)
    yield found


def properties(draft: Draft, schema: Json) -> dict[str, Json]:
    """The properties by name, unresolved; of two with the same name, the outer one."""
    return {
        name: each
        for part in parts(draft, schema)
        for name, each in part.get("properties", {}).items()
    }


def holders(draft: Draft, schema: Json, name: str) -> list[Mapping]:
    """The mappings in which a property is described."""
    return [
        part["properties"] for part in parts(draft, schema) if name in part.get("properties", {})
    ]


def is_read_only(draft: Draft, schema: Json) -> bool:
    return any(part.get("readOnly") for part in parts(draft, schema)) or (
        isinstance(schema, dict) and bool(schema.get("readOnly"))
    )


def is_plain(draft: Draft, schema: Json) -> bool:
    """Whether one closed object can express a schema and its parts."""
    found = list(parts(draft, schema))
    keys = {key for part in found for key in part if not key.startswith("x-")}
    maps = [part for part in found if isinstance(part.get("additionalProperties"), dict)]
    return keys <= _OF_AN_OBJECT and not maps


def written(draft: Draft, schema: Json) -> Mapping:
    """A copy as one object, without readOnly properties, which clients do not write."""
    said: Mapping = {}
    for part in parts(draft, schema):
        said |= {key: each for key, each in part.items() if key not in _NOT_COPIED}
    known = properties(draft, schema)
    taken = {name: each for name, each in known.items() if not is_read_only(draft, each)}
    names = [name for part in parts(draft, schema) for name in part.get("required", [])]
    needed = [name for name in dict.fromkeys(names) if name in taken]
    if "minProperties" in said:
        said["minProperties"] = max(said["minProperties"] - len(known) + len(taken), 0)
    if isinstance(said.get("example"), dict):
        said["example"] = {name: each for name, each in said["example"].items() if name in taken}
    made = {key: said.pop(key) for key in ("description",) if key in said}
    made |= {"type": said.pop("type", "object"), "additionalProperties": False}
    made |= {"required": needed} if needed else {}
    return copy.deepcopy({**made, "properties": taken, **said})


_NOT_COPIED = {"allOf", "title", "xml", "additionalProperties", "required", "properties"}


def says_default(draft: Draft, schema: Json, seen: tuple[int, ...] = ()) -> bool:
    """Whether there is a default in a schema, or in what it refers to."""
    found = draft.resolved(schema)
    if id(found) in seen:
        return False
    seen = (*seen, id(found))
    return "default" in found or any(says_default(draft, each, seen) for _, each in inside(found))


def inside(schema: Mapping) -> Iterator[tuple[tuple[str, str | int | None], Json]]:
    """The schemas inside a schema, each with the keyword and the name or index below it."""
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield (key, None), schema[key]
    for name, each in schema.get("properties", {}).items():
        yield ("properties", name), each
    for key in ("allOf", "anyOf", "oneOf"):
        for index, each in enumerate(schema.get(key, [])):
            yield (key, index), each


def without_defaults(draft: Draft, schema: Json, seen: tuple[int, ...] = ()) -> Json:
    """The schema, or a copy of it without any defaults, also in what it refers to."""
    found = draft.resolved(schema)
    if id(found) in seen or not says_default(draft, schema):
        return schema
    made = copy.deepcopy({key: each for key, each in found.items() if key != "default"})
    for (key, at), each in inside(found):
        bare = copy.deepcopy(without_defaults(draft, each, (*seen, id(found))))
        if at is None:
            made[key] = bare
        else:
            made[key][at] = bare
    return made
