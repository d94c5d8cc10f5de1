"""What the page is found of a contract, `page.json`: its collections, and how each is called.

The page derives nothing by itself, so that there is one place that understands a contract. Schemas
come resolved, each with its `allOf` as a whole, and without what no page shows.
"""

from collections.abc import Iterator

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
"""The keywords of a schema that forms and rows obey."""

_DEEPEST = 3
"""Schemas inside of schemas: a form shows what is deeper as JSON, and one may hold itself."""


def page_of(document: Document) -> dict[str, Json]:
    """`page.json` of a document."""
    contract = derive(document)
    return {
        "contract": contract.title,
        "access": _access(contract),
        "collections": [_collection(contract, each) for each in contract.collections.values()],
    }


def _access(contract: Contract) -> dict[str, Json]:
    """Who is asked to sign in, if anybody is, and for what; and whether a key is asked for."""
    person = contract.schemes.person
    return {
        "person": None if person is None else {"scopes": [*person.scopes]},
        "key": contract.schemes.key is not None,
    }


def _collection(contract: Contract, collection: Collection) -> dict[str, Json]:
    return {
        "name": collection.name,
        "id": collection.id,
        "created": next(iter(collection.stamped_on_create), None),
        "stamps": [*collection.stamped],
        "filters": [*collection.filters],
        "item": _schema(contract.document, collection.place),
        **dict(_operations(contract, collection)),
    }


def _operations(contract: Contract, collection: Collection) -> Iterator[tuple[str, Json]]:
    """By role; of several updates the first, and only what is answered."""
    found: dict[str, Json] = {}
    for row in contract.operations.values():
        answered = row.is_derived or row.function is not None
        if row.of == collection and row.rule is not None and answered:
            found.setdefault(_ROLES[row.rule], _operation(contract.document, row))
    yield from found.items()


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
    if row.rule in (Rule.REPLACE, Rule.MERGE):
        found["replaces"] = row.replaces
    for media_type, place in [*row.body_places.items()][:1]:
        found |= {"type": media_type, "body": _schema(document, place)}
    return found


def _page(page: PageShape) -> dict[str, Json]:
    """Names of what an answer holds and of what a request says; null for what it does not."""
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


def _schema(document: Document, place: Place, deep: int = 0) -> dict[str, Json]:
    place, schema = whole(document, place)
    found: dict[str, Json] = {key: schema[key] for key in _SHOWN if schema.get(key) is not None}
    if deep == _DEEPEST:
        return found
    properties = {
        name: _schema(document, where, deep + 1) for name, where in _properties(document, place)
    }
    if properties:
        found["properties"] = properties
    if "items" in schema:
        found["items"] = _schema(document, (*place, "items"), deep + 1)
    return found


def _properties(document: Document, place: Place) -> Iterator[tuple[str, Place]]:
    """Those of an object, and of the parts of its `allOf` before its own."""
    place, schema = document.resolve(place)
    for index in range(len(schema.get("allOf", ()))):
        yield from _properties(document, (*place, "allOf", str(index)))
    for name in schema.get("properties", {}):
        yield name, (*place, "properties", name)
