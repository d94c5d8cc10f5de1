"""Contracts as their authors would have written them in OpenAPI 3.1."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service.contract.document import Document, read


def later(path: Path, folder: Path) -> Path:
    """The edition in OpenAPI 3.1 of a contract in 3.0, as a file in a folder."""
    document = Document(read(path).data)
    for _, schema in document.schemas():
        said = _later(dict(schema))
        schema.clear()
        schema.update(said)
    document.data["openapi"] = "3.1.0"
    file = folder / f"{path.stem}-3.1.yaml"
    with file.open("w", encoding="utf-8") as text:
        yaml = YAML()
        yaml.indent(mapping=2, sequence=4, offset=2)
        yaml.dump(document.data, text)
    if (functions := path.with_suffix(".py")).exists():
        file.with_suffix(".py").write_bytes(functions.read_bytes())
    return file


def _later(schema: dict[str, Any]) -> dict[str, Any]:
    nullable = schema.pop("nullable", False)
    if nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    elif nullable:
        schema["anyOf"] = [*schema.pop("allOf"), {"type": "null"}]
    elif len(schema.get("allOf", ())) == 1:
        schema |= schema.pop("allOf")[0]
    for bound in ("minimum", "maximum"):
        if schema.pop(excluded := f"exclusive{bound.capitalize()}", False):
            schema[excluded] = schema.pop(bound)
    if "example" in schema:
        schema["examples"] = [schema.pop("example")]
    if len(schema.get("enum", ())) == 1:
        schema["const"] = schema.pop("enum")[0]
    return schema
