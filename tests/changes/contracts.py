"""A small contract whose parts can be exchanged one by one."""

from typing import Any

from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.model import Contract

Json = dict[str, Any]

_PROBLEM = {
    "description": "What went wrong",
    "content": {"application/problem+json": {"schema": {"type": "object"}}},
}
_CURSOR = {"type": "string", "pattern": "^[A-Za-z0-9_-]{32}$"}
ANYTHING: Json = {"type": "string"}


def contract(**parts: Any) -> Contract:
    """Of what `data` takes."""
    return derive(Document(data(**parts)))


def data(
    *,
    create: Json | None = None,
    update: Json | None = None,
    shown: Json | None = None,
    limit: Json | None = None,
    required: tuple[str, ...] = ("id",),
    sent: tuple[str, ...] = (),
    filters: tuple[str, ...] = (),
    success: str = "201",
    more: Json | None = None,
) -> Json:
    """`create`, `update` and `shown` are the schema of `value` in the bodies and in answers."""
    item = {
        "type": "object",
        "required": [*required],
        "properties": {
            "id": {"type": "string", "format": "uuid", "readOnly": True},
            "value": ANYTHING if shown is None else shown,
            "colour": {"type": "string", "enum": ["red", "blue"]},
            **(more or {}),
        },
    }
    page = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": item}, "next": _CURSOR},
    }
    named = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    }
    sizes = limit or {"type": "integer", "minimum": 1, "maximum": 50}
    parameters = [
        {"name": "limit", "in": "query", "schema": sizes},
        {"name": "cursor", "in": "query", "schema": _CURSOR},
        *(
            {"name": each, "in": "query", "schema": {"type": "string", "enum": ["red", "blue"]}}
            for each in filters
        ),
    ]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {
                "get": _operation("listThings", "200", page, parameters),
                "post": {
                    **_operation("createThing", success, item, []),
                    "requestBody": _body(create, sent, more),
                },
            },
            "/things/{id}": {
                "get": _operation("getThing", "200", item, [named]),
                "patch": {
                    **_operation("changeThing", "200", item, [named]),
                    "requestBody": _body(update, (), more),
                },
                "delete": {
                    "operationId": "deleteThing",
                    "parameters": [named],
                    "responses": {"204": {"description": "Gone"}, "default": _PROBLEM},
                },
            },
        },
    }


def _operation(id: str, success: str, answer: Json, parameters: list[Json]) -> Json:
    content = {"application/json": {"schema": answer}}
    return {
        "operationId": id,
        "parameters": parameters,
        "responses": {success: {"description": "Done", "content": content}, "default": _PROBLEM},
    }


def _body(value: Json | None, required: tuple[str, ...], more: Json | None) -> Json:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "value": ANYTHING if value is None else value,
            "colour": {"type": "string", "enum": ["red", "blue"]},
            **(more or {}),
        },
        **({"required": [*required]} if required else {}),
    }
    return {"required": True, "content": {"application/json": {"schema": schema}}}
