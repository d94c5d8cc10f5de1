"""The contract's file: its JSON values, its local references, and the line of each value."""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import orjson

Json = Any
Made = TypeVar("Made")
Place = tuple[str, ...]
"""The keys that lead from the top of a document to a value; list indexes as digits."""

MOST_BYTES = {".json": 6_000_000}
"""By the suffix of the file. AWS: API Gateway takes a definition of 6 MB at most."""

MOST_BYTES_OF_YAML = 1_000_000
"""The parser that records line numbers takes half a minute for this many."""

MOST_VALUES = 500_000
"""Aliases of aliases turn a short text into very many values."""

DEEPEST = 100
"""Levels of nesting; the code that reads a contract recurses at least once for each level."""


class ContractError(Exception):
    """A fault of a contract: where it is, what is wrong and why, and what to write instead.

    Faults of the same `kind` have the same cause and the same remedy.
    """

    def __init__(self, place: Place, reason: str, remedy: str, kind: str) -> None:
        super().__init__(f"{'/'.join(place)}: {reason} {remedy}")
        self.place = place
        self.reason = reason
        self.remedy = remedy
        self.kind = kind
        self.line = 0
        """Set for a file that could not be read as a whole, or for another file; 0 if unknown."""
        self.file: Path | None = None
        """The file that has the fault, if that is not the contract's own."""

    def __eq__(self, other: object) -> bool:
        """A fault that is found in two ways is still one fault."""
        return isinstance(other, ContractError) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Faults(list[ContractError]):
    """Faults, collected so that whatever does not depend on a fault continues after it."""

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Collect a fault that ends the block, and continue after it."""
        try:
            yield
        except ContractError as fault:
            self.append(fault)


@dataclass(frozen=True)
class Document:
    """An OpenAPI document. `lines` is empty for one that was not written by hand."""

    data: dict[str, Json]
    lines: dict[Place, int] = field(default_factory=dict)
    added: dict[Place, dict[str, Json]] = field(default_factory=dict)
    """Keywords that no author wrote, by the pointer to their schema."""
    source: "Document | None" = None
    """What the author wrote, where this is a view of it in OpenAPI 3.0."""
    moved: dict[Place, Place] = field(default_factory=dict)
    """Pointers into the view, each with the pointer to the same thing in the source."""
    unsaid: tuple[ContractError, ...] = ()
    """What the source asks for and OpenAPI 3.0 cannot express."""

    @cached_property
    def compiled(self) -> dict[Json, Json]:
        """A cache for whatever is compiled from parts of this document."""
        return {}

    def once(self, key: Json, make: Callable[[], Made]) -> Made:
        """What `make` makes of a part of this document, made once for each key."""
        if key not in self.compiled:
            self.compiled[key] = make()
        made: Made = self.compiled[key]
        return made

    @property
    def written(self) -> "Document":
        """The document as its author wrote it."""
        return self.source or self

    def origin(self, place: Place) -> Place:
        """The pointer into the source for a pointer into this document."""
        for cut in range(len(place), 0, -1) if self.moved else ():
            if place[:cut] in self.moved:
                return (*self.moved[place[:cut]], *place[cut:])
        return place

    def line(self, place: Place) -> int:
        """The line (from 1) that a pointer leads to, or its nearest parent's; 0 if unknown."""
        place = self.origin(place)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)

    def schemas(self) -> Iterator[tuple[Place, dict[str, Json]]]:
        """Every schema object with its pointer, once: a referenced one at its own location."""
        for place, holder in outermost(self.data):
            yield from _schema(holder[place[-1]], place)

    def at(self, place: Place) -> Json:
        """The value at a pointer. Raises KeyError."""
        node: Json = self.data
        for key in place:
            try:
                node = node[key]
            except TypeError:
                if not isinstance(node, list):
                    raise
                node = node[int(key)]
        return node

    def resolve(self, place: Place) -> tuple[Place, Json]:
        """The value at a pointer with each `$ref` followed, and the pointer to where it is."""
        node = self.at(place)
        if not isinstance(node, dict) or "$ref" not in node:
            return place, node
        reference = node["$ref"]
        if not isinstance(reference, str):
            raise _leaves(place, reference)
        if reference not in self._targets:
            self._targets[reference] = self._followed(place, node)
        return self._targets[reference]

    @cached_property
    def _targets(self) -> dict[str, tuple[Place, Json]]:
        """What each reference finally leads to: the same one is used many times."""
        return {}

    def _followed(self, place: Place, node: Json) -> tuple[Place, Json]:
        seen = set()
        while isinstance(node, dict) and "$ref" in node:
            reference = node["$ref"]
            if not isinstance(reference, str) or not reference.startswith("#/"):
                raise _leaves(place, reference)
            if reference in seen:
                raise ContractError(
                    place, "The references form a circle.", "Break it.", "reference"
                )
            seen.add(reference)
            target = place_of(reference)
            try:
                place, node = target, self.at(target)
            except (KeyError, IndexError, ValueError, TypeError):
                raise ContractError(
                    place,
                    f"There is nothing at {reference}.",
                    "Correct the reference.",
                    "reference",
                ) from None
        return place, node


def _leaves(place: Place, reference: Json) -> ContractError:
    if isinstance(reference, str) and reference.startswith("#"):
        return ContractError(
            place,
            f"The reference {reference!r} is not a JSON pointer into this file.",
            "Write it like #/components/schemas/Book.",
            "reference",
        )
    return ContractError(
        place,
        f"The reference {reference!r} leaves this file.",
        "Bundle it: npx @redocly/cli bundle FILE.",
        "reference",
    )


@cache
def place_of(reference: str) -> Place:
    """The pointer that a local reference holds (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/"))


def references(data: Json) -> Iterator[tuple[Place, str]]:
    """Every reference of a document: the pointer to it, and what it refers to.

    A `$ref` inside examples and other data is not a reference.
    """
    waiting: list[tuple[Place, Json, bool]] = [((), data, False)]
    while waiting:
        place, node, named = waiting.pop()
        if isinstance(node, dict) and not named and isinstance(node.get("$ref"), str):
            yield place, node["$ref"]
        for key, value in _entries(node):
            if isinstance(value, _HOLDERS) and (named or not _is_data(key)):
                is_map = isinstance(value, dict) and not named and key in _MAPS
                waiting.append(((*place, key), value, is_map))


def _is_data(key: str) -> bool:
    return key in _HOLD_VALUES or key.startswith("x-")


def reached(schema: Any, component: Callable[[str], Any]) -> dict[str, Any]:
    """The components that a schema refers to, directly or through other components, by name.

    `component` looks one up by its name, and returns None if there is none. A validator is given
    only these: with all of them, its compilation would take longer with every other schema.
    """
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in _component_names(waiting.pop()):
            if name not in found and (named := component(name)) is not None:
                found[name] = named
                waiting.append(named)
    return found


_COMPONENTS = "#/components/schemas/"


def _component_names(schema: Any) -> Iterator[str]:
    """The names of the components that a schema itself refers to."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(_COMPONENTS):
            name = reference.removeprefix(_COMPONENTS).partition("/")[0]
            yield name.replace("~1", "/").replace("~0", "~")
        schema = schema.values()
    elif not isinstance(schema, list):
        return
    for below in schema:
        yield from _component_names(below)


_NAMED = {
    *("paths", "callbacks", "responses", "parameters", "requestBodies", "headers", "content"),
    *("encoding", "examples", "links", "securitySchemes"),
}
"""Keys whose value is a map, with names for its keys."""

_MAPS = {*_NAMED, "properties", "schemas", "pathItems"}

_HOLD_VALUES = {"example", "examples", "default", "enum", "const"}

_DATA = {"example", "examples", "links"}
"""Keys below which a mapping may hold anything."""


_HOLDERS = (dict, list)


def _holds_anything(key: str) -> bool:
    return key in _DATA or key.startswith("x-")


def outermost(data: Json) -> Iterator[tuple[Place, dict[str, Json]]]:
    """Each schema that is not part of another: its pointer, and the mapping that holds it."""
    open_: list[tuple[Place, Json, bool, Iterator[tuple[str, Json]]]]
    open_ = [((), data, False, _entries(data))]
    while open_:
        place, node, named, entries = open_[-1]
        for key, value in entries:
            if not named and key == "schema":
                yield (*place, key), node
            elif not isinstance(value, _HOLDERS) or (not named and _holds_anything(key)):
                continue
            elif place == ("components",) and key == "schemas":
                yield from (
                    ((*place, key, name), value) for name in value if isinstance(value, dict)
                )
            else:
                is_map = isinstance(value, dict) and not named and key in _NAMED
                open_.append(((*place, key), value, is_map, _entries(value)))
                break
        else:
            open_.pop()


def _schema(node: Json, place: Place) -> Iterator[tuple[Place, dict[str, Json]]]:
    if not isinstance(node, dict) or "$ref" in node:
        return
    yield place, node
    for key in ("items", "additionalProperties", "not"):
        if key in node:
            yield from _schema(node[key], (*place, key))
    for key in ("properties", "allOf", "anyOf", "oneOf"):
        if key in node:
            for name, schema in _entries(node[key]):
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
        ContractError: it is not well-formed or too large, or it holds a duplicate key or a value
            that JSON does not have.
    """
    return parse(content_of(path), path.suffix)


def content_of(path: Path) -> bytes:
    """The bytes of a contract's file, at most one more than allowed. Raises OSError."""
    with path.open("rb") as file:
        return file.read(_most_bytes(path.suffix) + 1)


def _most_bytes(suffix: str) -> int:
    """The most bytes that a file with this suffix may have."""
    return MOST_BYTES.get(suffix, MOST_BYTES_OF_YAML)


def parse(content: bytes, suffix: str) -> Document:
    """The document in a file with this suffix. Raises ContractError, as `read` does."""
    most = _most_bytes(suffix)
    if len(content) > most:
        raise ContractError(
            (),
            f"The file is larger than {most:,} bytes.",
            "Take out what is not part of the contract, such as long examples, or write it as JSON,"
            f" which may have {MOST_BYTES['.json']:,}.",
            "unreadable",
        )
    return _read_json(content) if suffix == ".json" else _read_yaml(content)


def _read_json(content: bytes) -> Document:
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ContractError(
            (), f"Not well-formed JSON: {error}.", "Correct the file.", "unreadable"
        ) from error
    if not isinstance(data, dict) or not _is_plain(data):
        data = _mapping(_Reader({}).plain(data, ()), {})  # which tells what is wrong, and where
    return Document(data)


def _is_plain(data: Json) -> bool:
    """Whether nothing is wrong with values that came from JSON: not their number, depth or size."""
    count = 0
    level = [data]
    for _ in range(DEEPEST + 1):
        count += len(level)
        if count > MOST_VALUES or any(abs(each) >= _MOST for each in level if type(each) is float):
            return False
        held = [each for each in level if isinstance(each, _HOLDERS)]
        if not held:
            return True
        level = [
            below for each in held for below in (each.values() if type(each) is dict else each)
        ]
    return False


def _read_yaml(content: bytes) -> Document:
    try:
        if _deepest_flow(content) > _MOST_BRACKETS:
            raise RecursionError
        tree = _tree(content)
        if _unfolded(tree, {}) > MOST_VALUES:
            raise _too_many()
    except RecursionError:
        raise _too_deep(()) from None
    except ContractError:
        raise
    except Exception as error:  # YAMLError, and other exceptions that its constructors let through
        reason = " ".join(str(error).split())[:300]
        raise ContractError(
            (), f"Not well-formed YAML: {reason}.", "Correct the file.", "unreadable"
        ) from error
    document = Document({}, {})
    try:
        data = _mapping(_Reader(document.lines).plain(tree, ()), document.lines)
    except ContractError as error:
        error.line = document.line(error.place)
        raise
    return Document(data, document.lines)


_MOST_BRACKETS = 1_000
"""Open at once, those in strings and comments included: the parser is slow with them."""


def _deepest_flow(content: bytes) -> int:
    """How many braces and brackets are open at once."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", content):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unfolded(node: Json, known: dict[int, int]) -> int:
    """How many values there are once each alias is written out, without writing them out."""
    if not isinstance(node, _HOLDERS):
        return 1
    if id(node) not in known:
        known[id(node)] = 0  # one that contains itself; it is refused later as too deep
        values = node.values() if isinstance(node, dict) else node
        known[id(node)] = 1 + sum(_unfolded(each, known) for each in values)
    return known[id(node)]


def _too_many() -> ContractError:
    return ContractError(
        (),
        f"The file unfolds to more than {MOST_VALUES:,} values.",
        "Use fewer aliases.",
        "unreadable",
    )


@lru_cache(maxsize=4)
def _tree(content: bytes) -> Any:
    """Cached: parsing is most of a start, and the local server reads its contract twice, to
    check it and to serve it."""
    # Imported here: Lambda gets the contract as JSON and has no YAML library of its own.
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        """YAML 1.2 has no timestamps (10.3.2): what looks like one is a string."""

    Constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str
    )
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = Constructor
    with warnings.catch_warnings(action="ignore"):  # about duplicate anchors
        return yaml.load(content.decode("utf-8"))


def _mapping(value: Json, lines: dict[Place, int]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ContractError(
            (), "The file holds no mapping.", "Start it with 'openapi: 3.0.3'.", "unreadable"
        )
    lines.setdefault((), 1)
    return value


class _Reader:
    """Turns a parser's tree into plain JSON values, and fills `lines` meanwhile."""

    def __init__(self, lines: dict[Place, int]) -> None:
        self.lines = lines
        self.count = 0

    def plain(self, node: Json, place: Place) -> Json:
        self.count += 1
        if self.count > MOST_VALUES:
            raise _too_many()
        if len(place) > DEEPEST:
            raise _too_deep(place)
        if isinstance(node, _HOLDERS):
            self._note_lines(node, place)
            return self._mapping(node, place) if isinstance(node, dict) else self._list(node, place)
        return _scalar(node, place)

    def _mapping(self, node: dict[Json, Json], place: Place) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for key, value in node.items():
            name = _scalar(str(key), place)
            if name in found:
                raise ContractError(
                    (*place, name), f"{name!r} appears twice here.", "Keep one.", "unreadable"
                )
            found[name] = self.plain(value, (*place, name))
        return found

    def _list(self, node: list[Json], place: Place) -> list[Json]:
        return [self.plain(value, (*place, str(i))) for i, value in enumerate(node)]

    def _note_lines(self, node: Json, place: Place) -> None:
        of_yaml = getattr(node, "lc", None)
        positions = getattr(of_yaml, "data", None) or {}
        for key, position in positions.items():  # not for keys that came with a YAML merge
            self.lines[(*place, str(key))] = position[0] + 1


def _too_deep(place: Place) -> ContractError:
    return ContractError(
        place[:5],
        f"The file is nested more than {DEEPEST} deep.",
        "Move parts to components.",
        "unreadable",
    )


_MOST = 1e308
"""No number may be as far from zero."""


def _scalar(node: Json, place: Place) -> Json:
    """A number that does not fit into 64 bits is a double, as in JSON."""
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, str) and (node.isascii() or _is_text(node)):
        return str(node)
    if isinstance(node, int) and -(2**63) <= node < 2**64:
        return int(node)
    if isinstance(node, int | float) and abs(node) < _MOST and math.isfinite(node):
        return float(node)
    told = "A number" if isinstance(node, int | float) else ascii(str(node)[:60])
    raise ContractError(
        place,
        f"{told} is a date or another value that JSON does not have.",
        "Put it in quotes.",
        "unreadable",
    )


def _is_text(node: str) -> bool:
    """Whether it has no lone surrogate (RFC 8259, 8.2)."""
    return not any("\ud800" <= character <= "\udfff" for character in node)
