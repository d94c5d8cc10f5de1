"""A new contract, and collections that are added to an existing one."""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.edits import rewritten
from infra.new.collection import Data, Wish, made, names, wrapped
from infra.new.fields import Misused
from infra.new.shared import Shared, operations
from infra.new.words import listed, sentence, singular
from service.contract.document import Document, parse
from service.contract.view import view

_BEGINNING = Path(__file__).with_name("contract.yaml")


@dataclass(frozen=True)
class Grown:
    """A contract with more collections."""

    data: Data
    remarks: Sequence[str]
    """What the user should look at."""


def beginning() -> Data:
    """A contract without collections."""
    return parse(_BEGINNING.read_bytes(), ".yaml").data


def begun(wishes: Sequence[Wish], title: str) -> Data:
    """A new contract of collections."""
    data = beginning()
    told = sentence(listed([each.items for each in wishes]))
    data["info"]["title"] = title
    data["info"]["description"] = wrapped(data["info"]["description"].replace("<Summary>", told))
    return added(Document(data), wishes).data


def added(document: Document, wishes: Sequence[Wish]) -> Grown:
    """A document with collections added. Raises Misused for one that exists."""
    data = copy.deepcopy(document.data)
    _put_before(data, "paths", {"tags": data.get("tags", [])} if "tags" not in data else {})
    data.setdefault("paths", {})
    shared = Shared(view(document), beginning())
    for each in wishes:
        _check_free(each, data)
        _add(each, data, shared)
    for kind, more in shared.added.items():
        if more:
            data["components"].setdefault(kind, {}).update(shared.ordered(kind))
    return Grown(data, [*_misleading(shared, document), *_open(document, wishes)])


def as_text(data: Data, suffix: str) -> bytes:
    """A new contract as readable text."""
    if suffix == ".json":
        return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
    content = _BEGINNING.read_bytes().partition(b"\n")[2]
    text = rewritten(content, suffix, parse(content, suffix), data).decode()
    return re.sub(r"\n(  /)", r"\n\n\1", text).replace("paths:\n\n", "paths:\n").encode()


def _check_free(wish: Wish, data: Data) -> None:
    for path in data["paths"]:
        if re.sub(r"\{[^{}]*\}", "{}", path) in (wish.path, f"{wish.path}/{{}}"):
            raise Misused(
                f"{path} is there already, and stays as it is. Choose another name, or change that"
                " collection by hand."
            )


def _add(wish: Wish, data: Data, shared: Shared) -> None:
    components = data.setdefault("components", {})
    taken = {*components.get("schemas", {}), *components.get("parameters", {})}
    called = names(wish, taken, {str(each.get("operationId")) for _, each in operations(data)})
    later = str(data["openapi"]).startswith("3.1.")
    collection = shared.refer(made(wish, called, later=later))
    data["paths"] |= collection["paths"]
    for kind, more in collection["components"].items():
        there = components.setdefault(kind, {})
        _put_before(
            there, next((each for each in there if (kind, each) in shared.reused), ""), more
        )
    data["tags"] += [each for each in collection["tags"] if each["name"] not in _tags(data)]


def _tags(data: Data) -> set[str]:
    return {each["name"] for each in data["tags"]}


def _put_before(mapping: Data, name: str, more: Data) -> None:
    """Insert before the entry with this name; last if there is none."""
    items = list(mapping.items())
    at = next((index for index, (key, _) in enumerate(items) if key == name), len(items))
    mapping.clear()
    mapping.update([*items[:at], *more.items(), *items[at:]])


# -- what to look at -----------------------------------------------------------------------------


def _misleading(shared: Shared, document: Document) -> Iterator[str]:
    """Shared components whose description names a collection that was there before."""
    lasts = (
        re.sub(r"/\{[^{}]*\}$", "", path).rpartition("/")[2]
        for path in document.data.get("paths", {})
    )
    items = {singular(re.sub(r"[-_]", "", last).lower()) for last in lasts if last}
    for (kind, name), description in shared.reused.items():
        plain = re.sub(r"[-_]", "", description).lower()
        if any(re.search(rf"\b{re.escape(item)}", plain) for item in items):
            told = " ".join(description.split())
            yield f"components/{kind}/{name} speaks of other items: {told}"


def _open(document: Document, wishes: Sequence[Wish]) -> Iterator[str]:
    """Collections without sign-in, in a contract where each operation asks for it by itself."""
    alone = any(each.get("security") for _, each in operations(document.data))
    if alone and not document.data.get("security"):
        paths = listed([each.path for each in wishes])
        yield f"Nobody has to sign in for {paths}, as for others: say it with security, there too"
