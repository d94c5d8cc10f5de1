"""The contract as it is published: its author's text, with what the service adds."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from infra.provider import Provider
from service.contract.derivation import derive
from service.contract.document import Document, Json, Place


@dataclass(frozen=True)
class Told:
    """What only a server of the contract knows: top-level members, and keywords by pointer."""

    members: dict[str, Json] = field(default_factory=dict)
    keywords: dict[Place, dict[str, Json]] = field(default_factory=dict)


NOTHING = Told()


def told(document: Document, api: str, provider: Provider | None) -> Told:
    """Where the API is, if not beside the contract, and where people sign in, if at all."""
    servers = {"servers": [{"url": api}]} if api else {}
    person = derive(document).schemes.person
    if person is None or provider is None:
        return Told(servers, {})
    place, scheme = document.resolve(("components", "securitySchemes", person.name))
    return Told(servers, dict(_addresses(document.origin(place), scheme, provider)))


def _addresses(
    place: Place, scheme: Mapping[str, Json], provider: Provider
) -> Iterator[tuple[Place, dict[str, Json]]]:
    if "flows" not in scheme:
        yield place, {"openIdConnectUrl": provider.discovery}
        return
    flow = scheme["flows"]["authorizationCode"]
    refresh = {"refreshUrl": provider.token} if "refreshUrl" in flow else {}
    addresses = {"authorizationUrl": provider.authorize, "tokenUrl": provider.token, **refresh}
    yield (*place, "flows", "authorizationCode"), addresses


def published(contract: Path, document: Document, told: Told = NOTHING) -> bytes:
    """The contract's file with what the document and the server add; comments are kept.

    Without additions it is the unchanged file. Raises OSError.
    """
    if not document.added and not told.members and not told.keywords:
        return contract.read_bytes()
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    own = contract.read_text("utf-8")
    if contract.suffix == ".json":  # which may have characters that YAML allows only escaped
        own = json.dumps(json.loads(own), indent=2)
    yaml.allow_unicode = not own.isascii()
    tree = yaml.load(own)
    _write(tree, document, told)
    text = StringIO()
    yaml.dump(tree, text)
    return text.getvalue().encode()


def published_values(document: Document, told: Told = NOTHING) -> dict[str, Json]:
    """The published contract as JSON values."""
    data = copy.deepcopy(document.written.data)
    _write(data, document, told)
    return data


def _write(tree: Any, document: Document, told: Told) -> None:
    for place, keywords in (*_added(document), *told.keywords.items()):
        _at(tree, place).update(keywords)
    tree.update(told.members)


def _added(document: Document) -> Iterator[tuple[Place, dict[str, Json]]]:
    """What is added, by its pointer into the author's text.

    In OpenAPI 3.1 an exclusive bound is a keyword of its own, and is left unchanged.
    """
    if document.written is document:
        yield from document.added.items()
        return
    for place, keywords in document.added.items():
        bounds = {key: each for key, each in keywords.items() if not key.startswith("exclusive")}
        yield document.origin(place), bounds


def _at(node: Any, place: Place) -> Any:
    """The value at a pointer; in YAML, the key of a status may be a number."""
    for key in place:
        keys = range(len(node)) if isinstance(node, list) else node
        node = node[next(each for each in keys if str(each) == key)]
    return node
