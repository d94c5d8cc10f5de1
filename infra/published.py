"""The contract as it is published: its author's text, and what the service adds to it."""

import copy
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service.contract.document import Document, Json, Place


def published(contract: Path, document: Document, members: dict[str, Any]) -> bytes:
    """The contract's file with what the document adds, and these members; comments are kept.

    Without any it is the file as it is. Raises OSError.
    """
    if not document.added and not members:
        return contract.read_bytes()
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    own = contract.read_text("utf-8")
    if contract.suffix == ".json":  # which may hold characters that YAML takes in escapes only
        own = json.dumps(json.loads(own), indent=2)
    yaml.allow_unicode = not own.isascii()
    tree = yaml.load(own)
    for place, keywords in _added(document):
        _at(tree, place).update(keywords)
    tree.update(members)
    text = StringIO()
    yaml.dump(tree, text)
    return text.getvalue().encode()


def published_values(document: Document) -> dict[str, Json]:
    """The same as JSON values, without any members."""
    if document.written is document:
        return document.data
    data = copy.deepcopy(document.written.data)
    for place, keywords in _added(document):
        _at(data, place).update(keywords)
    return data


def _added(document: Document) -> Iterator[tuple[Place, dict[str, Json]]]:
    """What is added, by its place in the author's text.

    In OpenAPI 3.1 an excluded bound is a number beside the bound, and stands as it is.
    """
    if document.written is document:
        yield from document.added.items()
        return
    for place, keywords in document.added.items():
        bounds = {key: each for key, each in keywords.items() if not key.startswith("exclusive")}
        yield document.origin(place), bounds


def _at(node: Any, place: Place) -> Any:
    """YAML may write the key of a status as a number."""
    for key in place:
        keys = range(len(node)) if isinstance(node, list) else node
        node = node[next(each for each in keys if str(each) == key)]
    return node
