"""Contracts that follow each other: what a team changes over a year."""

from pathlib import Path
from typing import Any

import orjson

from service.document import read
from tests.contracts import TODOS


def with_property(folder: Path, required: bool = False) -> Path:
    """The to-do contract with one more property, `priority`."""
    document = _document()
    schemas = document["components"]["schemas"]
    names = [name for name, each in schemas.items() if "title" in each.get("properties", {})]
    for name in names:
        schemas[name]["properties"]["priority"] = {
            "type": "integer", "minimum": 0, "maximum": 9, "example": 3,
        }  # fmt: skip
    if required:
        schemas["Todo"].setdefault("required", []).append("priority")
        schemas["NewTodo"].setdefault("required", []).append("priority")
    return _written(document, folder / f"priority-{required}.json")


def with_filter(folder: Path, *names: str) -> Path:
    """The to-do contract with `title` and other short texts as filters."""
    document = _document()
    parameters = document["paths"]["/todos"]["get"]["parameters"]
    for name in names:
        schema = {"type": "string", "minLength": 1, "maxLength": 200}
        parameters.append({"name": name, "in": "query", "schema": schema, "example": "Learn"})
    return _written(document, folder / f"filter-{'-'.join(names)}.json")


def without_filter(folder: Path) -> Path:
    document = _document()
    parameters = document["paths"]["/todos"]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each.get("name") != "completed"]
    return _written(document, folder / "no-filter.json")


def _document() -> dict[str, Any]:
    return read(TODOS).data


def _written(document: dict[str, Any], path: Path) -> Path:
    path.write_bytes(orjson.dumps(document))
    return path
