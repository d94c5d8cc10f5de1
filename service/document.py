"""The contract's file: JSON values, local references, and the line where each value stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

Json = Any
Place = tuple[str, ...]
"""The keys that lead from the top of a document to a value; list indexes as digits."""


class ContractError(Exception):
    """The contract cannot be served: where, why, and what to write instead."""

    def __init__(self, place: Place, reason: str, remedy: str) -> None:
        super().__init__(f"{'/'.join(place)}: {reason} {remedy}")
        self.place = place
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Document:
    """An OpenAPI document. `lines` is empty for one that was not written by hand."""

    data: dict[str, Json]
    lines: dict[Place, int] = field(default_factory=dict)
    added: dict[Place, dict[str, Json]] = field(default_factory=dict)
    """Keywords, by the place of their schema, that no author wrote."""

    @cached_property
    def compiled(self) -> dict[Json, Json]:
        """What was made of its places, kept by those who would make it again."""
        return {}

    def line(self, place: Place) -> int:
        """The line (from 1) of a place, or of the nearest place around it; 0 if unknown."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)

    def schemas(self) -> Iterator[tuple[Place, dict[str, Json]]]:
        """Every schema object with its place, once: what a reference names is found where it is."""
        return _schemas(self.data, (), named=False)

    def at(self, place: Place) -> Json:
        """The value at a place. Raises KeyError."""
        node: Json = self.data
        for key in place:
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def resolve(self, place: Place) -> tuple[Place, Json]:
        """The value at a place with every `$ref` on the way followed, and where it stands."""
        seen = set()
        node = self.at(place)
        while isinstance(node, dict) and "$ref" in node:
            reference = node["$ref"]
            if not isinstance(reference, str) or not reference.startswith("#/"):
                raise ContractError(
                    place,
                    f"The reference {reference!r} leaves this file.",
                    "Move what it names into components of this file.",
                )
            if reference in seen:
                raise ContractError(place, "The references run in a circle.", "Break it.")
            seen.add(reference)
            target = tuple(
                part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")
            )
            try:
                place, node = target, self.at(target)
            except (KeyError, IndexError, ValueError, TypeError):
                raise ContractError(
                    place, f"Nothing stands at {reference}.", "Correct the reference."
                ) from None
        return place, node


_NAMED = {
    *("paths", "callbacks", "responses", "parameters", "requestBodies", "headers", "content"),
    *("encoding", "examples", "links", "securitySchemes"),
}
"""Keys whose value is a map, with names for its keys."""

_DATA = {"example", "examples", "links"}
"""Keys below which a mapping may hold anything."""


def _schemas(node: Json, place: Place, named: bool) -> Iterator[tuple[Place, dict[str, Json]]]:
    for key, value in _entries(node):
        below = (*place, key)
        if not named and (key in _DATA or key.startswith("x-")):
            continue
        if not named and key == "schema":
            yield from _schema(value, below)
        elif below == ("components", "schemas"):
            for name, schema in _entries(value):
                yield from _schema(schema, (*below, name))
        else:
            is_map = isinstance(value, dict) and not named and key in _NAMED
            yield from _schemas(value, below, named=is_map)


def _schema(node: Json, place: Place) -> Iterator[tuple[Place, dict[str, Json]]]:
    if not isinstance(node, dict) or "$ref" in node:
        return
    yield place, node
    for key in ("items", "additionalProperties", "not"):
        yield from _schema(node.get(key), (*place, key))
    for key in ("properties", "allOf", "anyOf", "oneOf"):
        for name, schema in _entries(node.get(key)):
            yield from _schema(schema, (*place, key, name))


def _entries(node: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from ((str(index), value) for index, value in enumerate(node))


def read(path: Path) -> Document:
    """Read a contract, YAML 1.2 or JSON.

    Raises:
        OSError: the file cannot be read.
        ContractError: it is not well-formed, holds a key twice, or a value that JSON lacks.
    """
    return _read_json(path) if path.suffix == ".json" else _read_yaml(path)


def _read_json(path: Path) -> Document:
    try:
        data = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ContractError((), f"Not well-formed JSON: {error}.", "Correct the file.") from error
    return Document(_mapping(data, {}))


def _read_yaml(path: Path) -> Document:
    # Imported here: Lambda gets the contract as JSON and has no YAML library of its own.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        tree = YAML(typ="rt", pure=True).load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ContractError((), f"Not well-formed YAML: {error}", "Correct the file.") from error
    lines: dict[Place, int] = {}
    return Document(_mapping(_plain(tree, (), lines), lines), lines)


def _mapping(value: Json, lines: dict[Place, int]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ContractError((), "The file holds no mapping.", "Start it with 'openapi: 3.0.3'.")
    lines.setdefault((), 1)
    return value


def _plain(node: Json, place: Place, lines: dict[Place, int]) -> Json:
    """The parser's tree as plain JSON values; `lines` is filled on the way."""
    if isinstance(node, dict):
        _note_lines(node, place, lines)
        return {str(key): _plain(value, (*place, str(key)), lines) for key, value in node.items()}
    if isinstance(node, list):
        _note_lines(node, place, lines)
        return [_plain(value, (*place, str(i)), lines) for i, value in enumerate(node)]
    if node is None or isinstance(node, bool):
        return node
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    raise ContractError(
        place, f"{node} is a date or another value that JSON lacks.", "Put it in quotes."
    )


def _note_lines(node: Json, place: Place, lines: dict[Place, int]) -> None:
    for key in node if isinstance(node, dict) else range(len(node)):
        position = node.lc.data.get(key)  # absent for keys that a YAML merge brought
        if position:
            lines[(*place, str(key))] = position[0] + 1
