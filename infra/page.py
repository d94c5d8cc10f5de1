"""What the page is told of a contract, `page.json`: its collections, and how each is called.

The page derives nothing by itself, so that there is one place that understands a contract. Schemas
come resolved, each with its `allOf` as a whole, and without what no page shows.
"""

from collections.abc import Iterator

from service.contract.derivation import JSON, derive
from service.contract.document import Document, Json, Place
from service.contract.model import Collection, Contract, Kind, Operation
from service.contract.parts import whole

_SHOWN = (
    "type", "format", "title", "description", "example", "default", "enum", "nullable", "pattern",
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minItems", "maxItems", "uniqueItems", "readOnly", "deprecated", "required",
)  # fmt: skip
"""The keywords of a schema that forms and rows obey."""

_DEEPEST = 3
"""Schemas inside of schemas: a form shows what is deeper as JSON, and one may hold itself."""


def page_of(document: Document) -> dict[str, Json]:
    """`page.json` of a document. Raises ContractError if it cannot be served."""
    contract = derive(document)
    return {
        "contract": contract.title,
        "collections": [_collection(contract, each) for each in contract.collections.values()],
    }


def _collection(contract: Contract, collection: Collection) -> dict[str, Json]:
    rows = {
        each.kind: each for each in contract.operations.values() if each.collection == collection
    }
    return {
        "name": collection.name,
        "id": collection.id,
        "created": next(iter(collection.stamped_on_create), None),
        "stamps": [*collection.stamped_on_create, *collection.stamped_on_write],
        "filters": [*collection.filters],
        "item": _schema(contract.document, _item(contract.document, rows)),
        **{kind.name.lower(): _operation(contract.document, row) for kind, row in rows.items()},
    }


def _operation(document: Document, row: Operation) -> dict[str, Json]:
    told: dict[str, Json] = {"method": row.kind.method.upper(), "path": row.path}
    if row.kind is Kind.LIST and row.takes_limit:
        told["limit"] = _most(row)
    if row.kind is Kind.UPDATE:
        told["replaces"] = row.replaces
    if row.body is not None:
        place = ("paths", row.path, row.kind.method, "requestBody")
        told["body"] = _schema(document, (*document.resolve(place)[0], "content", JSON, "schema"))
    return told


def _most(row: Operation) -> int:
    """The largest page that a client may ask for."""
    schema = next(each.schema for each in row.parameters if each.name == "limit")
    most: int = schema.root.get("maximum", 100)
    return min(most, 100)


def _item(document: Document, rows: dict[Kind, Operation]) -> Place:
    """Where the schema of the item stands: in the answer of any operation that shows one."""
    row = next(
        rows[kind] for kind in (Kind.GET, Kind.CREATE, Kind.UPDATE, Kind.LIST) if kind in rows
    )
    answer = ("paths", row.path, row.kind.method, "responses", row.kind.success)
    place = document.resolve((*document.resolve(answer)[0], "content", JSON, "schema"))[0]
    if row.kind is not Kind.LIST:
        return place
    items = document.resolve((*place, "properties", "items"))[0]
    return document.resolve((*items, "items"))[0]


def _schema(document: Document, place: Place, deep: int = 0) -> dict[str, Json]:
    place, found = whole(document, place)
    told: dict[str, Json] = {key: found[key] for key in _SHOWN if found.get(key) is not None}
    if deep == _DEEPEST:
        return told
    properties = {
        name: _schema(document, where, deep + 1) for name, where in _properties(document, place)
    }
    if properties:
        told["properties"] = properties
    if "items" in found:
        told["items"] = _schema(document, (*place, "items"), deep + 1)
    return told


def _properties(document: Document, place: Place) -> Iterator[tuple[str, Place]]:
    """Those of an object, and of the parts of its `allOf` before its own."""
    place, schema = document.resolve(place)
    for index in range(len(schema.get("allOf", ()))):
        yield from _properties(document, (*place, "allOf", str(index)))
    for name in schema.get("properties", {}):
        yield name, (*place, "properties", name)
