"""A contract whose items have the properties that few have, and a function with a body."""

from copy import deepcopy
from pathlib import Path

import orjson

from service.contract.document import Json, read
from tests.contracts import CUSTOMERS

PROPERTIES: dict[str, Json] = {
    "metAt": {"type": "string", "format": "date-time", "example": "2026-11-22T10:00:00Z"},
    "isMember": {"type": "boolean", "nullable": True},
    "fax": {"type": "string", "maxLength": 40, "deprecated": True, "description": "Their fax"},
    "terms": {
        "type": "object",
        "properties": {
            "discount": {"type": "number", "minimum": 0, "maximum": 50},
            "tiers": {
                "type": "array",
                "maxItems": 3,
                "items": {
                    "type": "object",
                    "required": ["above"],
                    "properties": {"above": {"type": "integer"}},
                },
            },
        },
    },
}

VISIT: Json = {
    "operationId": "recordVisit",
    "summary": "Record a visit",
    "description": "Notes when somebody saw the customer.",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["address"],
                    "properties": {
                        "address": {"type": "string", "minLength": 3, "maxLength": 40},
                        "minutes": {"type": "integer", "minimum": 1, "maximum": 600},
                    },
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "The customer",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Customer"}}},
        },
        "default": {"$ref": "#/components/responses/Problem"},
    },
}

_FUNCTION = '''"""What is done with customers."""

from typing import Any

from service.functions import Item, Items


def record_visit(id: str, body: dict[str, Any], customers: Items) -> Item:
    """Keep where the visit was."""
    return customers.update(id, {"address": f"{body['address']}, {body.get('minutes')}"})
'''


def write(folder: Path) -> Path:
    """The contract, with its function beside it."""
    data = deepcopy(read(CUSTOMERS).data)
    for name in ("Customer", "CustomerInput", "CustomerChanges"):
        data["components"]["schemas"][name]["properties"] |= PROPERTIES
    item = data["paths"]["/customers/{id}"]["get"]
    visit = {**VISIT, "tags": item["tags"], "parameters": [item["parameters"][0]]}
    data["paths"]["/customers/{id}/visits"] = {"post": visit}
    (folder / "fields.py").write_text(_FUNCTION, "utf-8")
    path = folder / "fields.json"
    path.write_bytes(orjson.dumps(data))
    return path
