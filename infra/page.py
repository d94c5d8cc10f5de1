"""What the page knows about a contract: its collections, and how each operation is called.

The page derives nothing by itself, so that contracts are understood in one place only. Schemas
come resolved, each with its `allOf` as a whole, and without what no page shows. `page.json` lists
the collections; a single one is described there, each of several in a file of its own.
"""

import re
from collections.abc import Iterator, Sequence

from infra.naming import label_of, names_of
from service.contract.derivation import derive
from service.contract.document import Document, Json, Place
from service.contract.model import Collection, Contract, ItemShape, Operation, PageShape
from service.contract.parts import whole
from service.contract.rules import Rule

_ROLES = {
    Rule.LIST: "list",
    Rule.CREATE: "create",
    Rule.GET: "get",
    Rule.REPLACE: "update",
    Rule.MERGE: "update",
    Rule.DELETE: "delete",
}

_SHOWN = (
    "type", "format", "title", "description", "example", "default", "enum", "nullable", "pattern",
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minItems", "maxItems", "uniqueItems", "readOnly", "deprecated", "required",
)  # fmt: skip
"""The keywords of a schema that forms obey."""

_READ = ("type", "format", "title", "enum", "maxLength", "deprecated", "required")
"""The keywords that rows obey."""

_DEEPEST = 5
"""Levels of nested schemas, which may be recursive: a form shows deeper values as JSON."""


def page_of(document: Document) -> dict[str, Json]:
    """Everything that the page knows: each collection with its operations."""
    contract = derive(document)
    return {
        "contract": contract.title,
        "access": _access(contract),
        "collections": [_collection(contract, each) for each in contract.collections.values()],
    }


def _access(contract: Contract) -> dict[str, Json]:
    """Who is asked to sign in, if anybody, and for what; and whether a key is asked for."""
    person = contract.schemes.person
    return {
        "person": None if person is None else {"scopes": [*person.scopes]},
        "key": contract.schemes.key is not None,
    }


def page_files(document: Document) -> dict[str, Json]:
    """What the page knows as files, by name."""
    page = page_of(document)
    collections = page["collections"]
    if len(collections) == 1:
        return {"page.json": page}
    files = {f"page-{number}.json": each for number, each in enumerate(collections, 1)}
    listed = [
        {"file": file} | {key: each[key] for key in _LISTED if key in each}
        for file, each in files.items()
    ]
    return {"page.json": {**page, "collections": listed}, **files}


_LISTED = ("name", "heading", "about")


def _collection(contract: Contract, collection: Collection) -> dict[str, Json]:
    names = names_of(contract, collection)
    functions = [
        {"label": label_of(contract, row, names), **_function(contract.document, collection, row)}
        for row in contract.operations.values()
        if not row.has_rule and not row.faults and _owner(contract, row) == collection
    ]
    return {
        "name": collection.name,
        **names,
        "id": collection.id,
        "created": next(iter(collection.stamped_on_create), None),
        "stamps": [*collection.stamped],
        "filters": [*collection.filters],
        "item": _schema(contract.document, collection.place, _READ),
        **_operations(contract, collection),
        **({"functions": functions} if functions else {}),
    }


def _owner(contract: Contract, row: Operation) -> Collection | None:
    """The collection that an operation belongs to, by its path."""
    above = (
        each for each in contract.collections.values() if f"{row.path}/".startswith(f"{each.path}/")
    )
    return max(above, key=lambda each: len(each.path), default=None)


def _operations(contract: Contract, collection: Collection) -> dict[str, Json]:
    """The operations by role; of several updates the first. Others are answered by functions."""
    found: dict[str, Json] = {}
    for row in contract.operations.values():
        if row.of == collection and row.rule is not None and row.has_rule:
            found.setdefault(_ROLES[row.rule], _operation(contract.document, row))
    return found


def _function(document: Document, collection: Collection, row: Operation) -> dict[str, Json]:
    """How a function is called. `on` is the parameter with the item's id, if it acts on an item."""
    of_item = re.match(rf"{re.escape(collection.path)}/{{([^{{}}]+)}}", row.path)
    on = of_item[1] if of_item else None
    data = document.at(row.place)
    taken = {
        name: {"place": place, "required": required, "schema": _schema(document, where)}
        for name, place, required, where in _parameters(document, row)
        if name != on and place != "header"
    }
    found = {**_operation(document, row), "on": on, "parameters": taken}
    return found | ({"description": data["description"]} if "description" in data else {})


def _parameters(document: Document, row: Operation) -> Iterator[tuple[str, str, bool, Place]]:
    """The name and location of each, whether it is required, and the pointer to its schema."""
    for above in (("paths", row.path), row.place):
        for index in range(len(document.at(above).get("parameters", ()))):
            where, stated = document.resolve((*above, "parameters", str(index)))
            required = bool(stated.get("required", False))
            yield stated["name"], stated["in"], required, (*where, "schema")


def _operation(document: Document, row: Operation) -> dict[str, Json]:
    found: dict[str, Json] = {"method": row.method.upper(), "path": row.path}
    if row.access.caller:
        found["caller"] = row.access.caller
    if row.access.key:
        found["key"] = True
    if row.page is not None:
        found |= _page(row.page)
    if row.shown is not None:
        found |= _shape(row.shown)
    if row.replaces:
        found["replaces"] = True
    for media_type, place in [*row.body_places.items()][:1]:
        body = _schema(document, place)
        found |= {"body": body} | ({} if media_type == "application/json" else {"type": media_type})
        for told_elsewhere in ("description", "example"):
            body.pop(told_elsewhere, None)
    return found


def _page(page: PageShape) -> dict[str, Json]:
    """The names of a page's properties and parameters; null for those that it does not have."""
    return {
        "items": page.items,
        "next": page.next,
        "cursor": page.cursor,
        "limit": page.limit,
        "most": page.most,
        **_shape(page.shown),
    }


def _shape(shape: ItemShape) -> dict[str, Json]:
    partial = {} if shape.names is None else {"partial": True}
    return partial | ({} if shape.wrapper is None else {"wrapper": shape.wrapper})


def _schema(
    document: Document, place: Place, shown: Sequence[str] = _SHOWN, deep: int = 0
) -> dict[str, Json]:
    place, schema = whole(document, place)
    found: dict[str, Json] = {
        key: schema[key]
        for key in shown
        if schema.get(key) is not None and (key, schema[key]) != ("nullable", False)
    }
    if deep == _DEEPEST:
        return found
    properties = {
        name: _schema(document, where, shown, deep + 1)
        for name, where in _properties(document, place)
    }
    if properties:
        found["properties"] = properties
    if "items" in schema:
        found["items"] = _schema(document, (*place, "items"), shown, deep + 1)
    return found


def _properties(document: Document, place: Place) -> Iterator[tuple[str, Place]]:
    """The properties of an object, those from its `allOf` before its own."""
    place, schema = document.resolve(place)
    for index in range(len(schema.get("allOf", ()))):
        yield from _properties(document, (*place, "allOf", str(index)))
    for name in schema.get("properties", {}):
        yield name, (*place, "properties", name)
