"""Items: what a contract's schemas say of one, and what keeps them from being served."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from service.contract.document import ContractError, Document, Place
from service.contract.parts import Whole, together, whole
from service.contract.schemas import Schema

Properties = dict[str, tuple[Place, Whole]]
"""The properties of an item by name: where each is described, and how, as a whole."""

SAMPLE_ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
_SAMPLE_TIME = "2026-11-22T10:00:00.000Z"


class ItemReader:
    """Reads the schemas of items. Every method raises ContractError for what has no rule."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def properties(self, place: Place) -> Properties:
        """The properties of an object by name, those of `allOf` parts included."""
        schema = self.document.at(place)
        found: Properties = {}
        for index in range(len(schema.get("allOf", ()))):
            part, _ = self.document.resolve((*place, "allOf", str(index)))
            for name, (where, each) in self.properties(part).items():
                found[name] = where, together(found[name][1], each) if name in found else each
        for name in schema.get("properties", {}):
            where, each = whole(self.document, (*place, "properties", name))
            self._check_property(name, where, each)
            found[name] = where, together(each, found[name][1]) if name in found else each
        if not found:
            raise ContractError(place, "The schema names no properties.", "Describe an object.")
        return found

    def id(self, place: Place, properties: Properties, named: str | None, sent: set[str]) -> str:
        """The property that names an item; `named` is the parameter in its path, if any."""
        self._check_ours(properties, named, sent)
        read_only = {name: each for name, (_, each) in properties.items() if each.get("readOnly")}
        uuids = [name for name, each in read_only.items() if each.get("format") == "uuid"]
        if named is not None and named in read_only:
            id = named
        elif len(uuids) == 1:
            id = uuids[0]
        else:
            raise ContractError(
                place,
                "No property is the id: a readOnly one with the name of the path parameter,"
                " or the only readOnly uuid.",
                "Mark it readOnly, with type: string and format: uuid.",
            )
        if "id" in properties and id != "id":
            raise ContractError(
                properties["id"][0],
                f"The id is {id!r}, and yet there is another 'id'.",
                "Rename it.",
            )
        if not Schema(self.document, properties[id][0]).accepts(SAMPLE_ID):
            raise ContractError(
                properties[id][0],
                "The service makes ids that are uuids.",
                "Allow them: format: uuid.",
            )
        return id

    def _check_ours(self, properties: Properties, named: str | None, sent: set[str]) -> None:
        """Refuses a name that clients choose: it could be taken, and changed."""
        for name, (place, schema) in properties.items():
            if name not in sent or schema.get("readOnly") or not _alike(name, named):
                continue
            if schema.get("format") == "uuid" or name == "id":
                raise ContractError(
                    place,
                    f"Clients may send {name!r}, which names the item.",
                    "Mark it readOnly, in the body too, or take it out of the body.",
                )
            raise ContractError(
                place,
                f"{name!r} names the item, and clients choose it: it could be taken, and changed.",
                "Let the service make an id, or write these operations by hand.",
            )

    def stamps(
        self, properties: Properties, id: str, sent: set[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The times that the service writes: readOnly ones, and those that no body takes."""
        created: list[str] = []
        written: list[str] = []
        for name, (place, schema) in properties.items():
            unsent_time = name not in sent and schema.get("format") == "date-time"
            if name == id or not (schema.get("readOnly") or unsent_time):
                continue
            if schema.get("format") != "date-time":
                raise ContractError(
                    place,
                    f"{name!r} is readOnly, but neither the id nor a date-time.",
                    "Make it a date-time, or let clients write it.",
                )
            if not Schema(self.document, place).accepts(_SAMPLE_TIME):
                raise ContractError(
                    place, f"Times are written like {_SAMPLE_TIME}.", f"Allow that in {name!r}."
                )
            (written if re.search("updat|modif|chang", name, re.IGNORECASE) else created).append(
                name
            )
        return tuple(created), tuple(written)

    def check_body(self, place: Place, properties: Properties) -> None:
        schema = self.document.at(place)
        if schema.get("additionalProperties") is not False or schema.get("type") != "object":
            raise ContractError(
                place,
                "The body may hold properties that nothing describes.",
                "Write one object with type: object and additionalProperties: false.",
            )
        for name, (where, each) in self.properties(place).items():
            if name not in properties:
                raise ContractError(
                    (*place, "properties", name), f"{name!r} is never shown.", "Add it to the item."
                )
            self._check_sent(name, where, each, properties[name][1])

    def check_no_defaults(self, place: Place) -> None:
        """Of an update that keeps what it is not sent, no client may think otherwise."""
        for path, where, default in self._defaults(place, "", set()):
            value = orjson.dumps(default).decode()
            raise ContractError(
                (*where, "default"),
                f"A client made from this contract sends {f'{path}: {value}'!r} with every update,"
                " and overwrites what is there.",
                "Remove the default here; create and the item may say it beside allOf: [$ref].",
            )

    def required(self, place: Place) -> set[str]:
        schema = self.document.at(place)
        required = set(schema.get("required", ()))
        for index in range(len(schema.get("allOf", ()))):
            required |= self.required(self.document.resolve((*place, "allOf", str(index)))[0])
        return required

    def _check_property(self, name: str, place: Place, schema: dict[str, Any]) -> None:
        if name.startswith("_"):
            raise ContractError(
                place,
                f"{name!r}: names with a leading underscore are the service's own.",
                "Rename it.",
            )
        if schema.get("writeOnly"):
            raise ContractError(place, f"{name!r} would never be shown.", "Remove writeOnly.")

    def _defaults(
        self, place: Place, path: str, seen: set[Place]
    ) -> Iterator[tuple[str, Place, Any]]:
        """Each default that a body may hold: of which property, where it stands, its value."""
        place, schema = self.document.resolve(place)
        if place in seen:
            return
        seen.add(place)
        if "default" in schema:
            yield path, place, schema["default"]
        for key in ("allOf", "anyOf", "oneOf", "items", "additionalProperties"):
            for below in _below(place, schema, key):
                yield from self._defaults(below, path, seen)
        for below in _below(place, schema, "properties"):
            yield from self._defaults(below, f"{path}.{below[-1]}".lstrip("."), seen)

    def _check_sent(
        self, name: str, place: Place, sent: dict[str, Any], shown: dict[str, Any]
    ) -> None:
        """What the service writes no client sends, and one default is the same in both."""
        if shown.get("readOnly") and not sent.get("readOnly"):
            raise ContractError(
                place, f"The service writes {name!r}, and no client.", "Mark it readOnly here too."
            )
        if "default" in sent and sent["default"] != shown.get("default", sent["default"]):
            raise ContractError(
                place, f"The item has another default of {name!r}.", "Say the same in both."
            )


_INSIDE = ("items", "additionalProperties", "not")


def _below(place: Place, schema: dict[str, Any], key: str) -> list[Place]:
    """Where the schemas stand that a keyword of another one holds."""
    held = schema.get(key)
    if key in _INSIDE:
        return [(*place, key)] if isinstance(held, dict) else []
    names = held if isinstance(held, dict) else range(len(held or ()))
    return [(*place, key, str(name)) for name in names]


def _alike(one: str, other: str | None) -> bool:
    """Whether two names differ in case, hyphens and underscores at most."""
    plain, others = (re.sub("[-_]", "", each or "").lower() for each in (one, other))
    return plain == others
