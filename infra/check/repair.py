"""Repair: a document without its broken parts, so that all the rest can be checked."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import orjson

from infra.check.reach import Reach, part_of
from service.contract.document import Document, Json, Place


class Repair:
    """Removes what is broken. If the part that contained it is still broken, that is removed, too,
    with everything that refers to it."""

    def __init__(self, document: Document, reach: Reach) -> None:
        self._reach = reach
        self._touched: set[Place] = set()
        self.document = replace(document, data=orjson.loads(orjson.dumps(document.data)))
        self.around: set[Place] = set()
        """Findings at or below these pointers may come from the repair."""

    def leave_out(self, places: Iterable[Place]) -> None:
        for place in set(places):
            part = part_of(place)
            self.around.add(place if len(place) <= len(part) else place[:-1])
            if part in self._touched or not _mended(self.document.data, place):
                for each in self._reach.hit([part]) if len(part) > 1 else [part]:
                    _remove(self.document.data, each)
        self._touched |= {part_of(place) for place in places}
        self.document = replace(self.document)  # a document remembers what it has read

    def is_around(self, place: Place) -> bool:
        return any(place[:length] in self.around for length in range(1, len(place) + 1))


def _mended(data: Json, place: Place) -> bool:
    """Whether a value could be left out alone; a schema is replaced by one without constraints."""
    is_schema = _stands_for_schema(place)
    if len(place) <= len(part_of(place)) and not is_schema:
        return False
    *way, last = place
    holder: Json = data
    for key in way:
        if isinstance(holder, list) and key.isdigit() and int(key) < len(holder):
            holder = holder[int(key)]
        elif isinstance(holder, dict) and key in holder:
            holder = holder[key]
        else:  # already left out
            return True
    if isinstance(holder, list):
        if not is_schema:
            return _mended(data, place[:-1])
        holder[int(last)] = {}
    elif isinstance(holder, dict) and is_schema:
        holder[last] = {}
    elif isinstance(holder, dict):
        holder.pop(last, None)
    return True


def _stands_for_schema(place: Place) -> bool:
    return len(place) > 2 and (
        place[-1] in ("schema", "items", "not", "additionalProperties")
        or place[-2] in ("properties", "allOf", "anyOf", "oneOf", "schemas")
    )


_NEEDED: dict[str, Json] = {"info": {"title": "", "version": ""}, "paths": {}}
_KNOWN = {
    *("openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"),
    *("webhooks", "jsonSchemaDialect"),
}
_SECTIONS = {
    *("schemas", "responses", "parameters", "examples", "requestBodies", "headers"),
    *("securitySchemes", "links", "callbacks", "pathItems"),
}


def _remove(data: dict[str, Json], part: Place) -> None:
    """Remove a part; of a section that contains everything, only what is broken."""
    if not part:
        for key in [each for each in data if each not in _KNOWN and not each.startswith("x-")]:
            del data[key]
        data |= {key: value for key, value in _NEEDED.items() if key not in data}
    elif part == ("paths",):
        data["paths"] = _kept(data["paths"], lambda path, _: path.startswith("/"))
    elif part == ("components",):
        components = _kept(data["components"], lambda key, _: key in _SECTIONS)
        data["components"] = {key: _kept(each, _is_component) for key, each in components.items()}
    elif part == ("info",):
        data["info"] = dict(_NEEDED["info"])
    else:
        *way, last = part
        for key in way:
            if not isinstance(data.get(key), dict):
                return
            data = data[key]
        data.pop(last, None)


def _kept(node: Json, is_meant: Callable[[str, Json], bool]) -> dict[str, Json]:
    entries = node.items() if isinstance(node, dict) else ()
    return {key: value for key, value in entries if is_meant(key, value)}


def _is_component(name: str, value: Json) -> bool:
    return isinstance(value, dict) and re.fullmatch(r"[A-Za-z0-9._-]+", name) is not None
