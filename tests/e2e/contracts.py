"""Contracts that follow each other: what a team changes over a year."""

import json
from pathlib import Path
from typing import Any

from service.contract.document import read
from tests.contracts import TODOS


def with_property(folder: Path, required: bool = False) -> Path:
    """The to-do contract with one more property, `priority`."""
    document = _document()
    for each in _items(document):
        each["properties"]["priority"] = {
            "type": "integer", "minimum": 0, "maximum": 9, "example": 3,
        }  # fmt: skip
    if required:
        for name in ("Todo", "TodoInput"):
            document["components"]["schemas"][name]["required"].append("priority")
    return _written(document, folder / f"priority-{required}.json")


def with_filter(folder: Path, *names: str) -> Path:
    """The to-do contract with more filters: its `title`, or new properties."""
    document = _document()
    for name in names:
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "example": "Learn"}
        if name != "title":
            for each in _items(document):
                each["properties"][name] = schema
        told = {"name": name, "in": "query", "description": f"Exactly this {name}"}
        parameter = {**told, "schema": schema}
        document["paths"]["/todos"]["get"]["parameters"].append(parameter)
    return _written(document, folder / f"filter-{'-'.join(names)}.json")


def _items(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that describe an item: as it is, as it is made, as it is changed."""
    schemas = document["components"]["schemas"].values()
    return [
        each
        for each in schemas
        if "title" in each.get("properties", {}) and "completed" in each["properties"]
    ]


def with_default(folder: Path, description: str) -> Path:
    """The to-do contract with another default, of which API Gateway hears nothing."""
    document = _document()
    for each in _items(document):
        if "default" in each["properties"]["description"]:
            each["properties"]["description"]["default"] = description
    return _written(document, folder / f"default-{description}.json")


def described(folder: Path, contract: Path) -> Path:
    """The same contract in other words, of which API Gateway hears nothing."""
    document = read(contract).data
    document["info"]["description"] = "In other words"
    return _written(document, folder / "described.json")


def _document() -> dict[str, Any]:
    return read(TODOS).data


def _written(document: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(document))
    return path
