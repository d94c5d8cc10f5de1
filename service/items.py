"""Items: what a contract's schemas say of one, and what keeps them from being served."""

import re
from typing import Any

from service.document import ContractError, Document, Place
from service.schemas import Schema

Properties = dict[str, tuple[Place, dict[str, Any]]]
"""The properties of an item by name: where each is described, and how."""

SAMPLE_ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
_SAMPLE_TIME = "2026-11-22T10:00:00.000Z"
_NOTHING = object()
_CONSTRAINTS = {
    *("type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"),
    *("uniqueItems", "minProperties", "maxProperties"),
}


class ItemReader:
    """Reads the schemas of items. Every method raises ContractError for what has no rule."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def properties(self, place: Place) -> Properties:
        """The properties of an object by name, those of `allOf` parts included."""
        schema = self.document.at(place)
        found: Properties = {}
        for index in range(len(schema.get("allOf", ()))):
            found |= self.properties(self.document.resolve((*place, "allOf", str(index)))[0])
        for name in schema.get("properties", {}):
            where, each = self.document.resolve((*place, "properties", name))
            self._check_property(name, where, each)
            found[name] = where, each
        if not found:
            raise ContractError(place, "The schema names no properties.", "Describe an object.")
        return found

    def id(self, place: Place, properties: Properties, named: str | None) -> str:
        """The property that names an item; `named` is the parameter in its path, if any."""
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

    def stamps(self, properties: Properties, id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        created: list[str] = []
        written: list[str] = []
        for name, (place, schema) in properties.items():
            if not schema.get("readOnly") or name == id:
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
        for where in self._places_below(place):
            each = self.document.at(where)
            if each.get("readOnly") and where != place:
                raise ContractError(
                    where, f"The service writes nothing inside of {name!r}.", "Remove readOnly."
                )
            if each.get("type") == "integer" and not _is_bounded(each):
                raise ContractError(
                    where,
                    f"An integer of {name!r} has no bounds, and no store holds every integer.",
                    "Give it a minimum and a maximum, or format: int64.",
                )

    def _places_below(self, place: Place) -> list[Place]:
        """Every schema that a schema is made of, itself included; references are followed."""
        found: dict[Place, None] = {}
        waiting = [place]
        while waiting:
            where, schema = self.document.resolve(waiting.pop())
            if where in found:
                continue
            found[where] = None
            waiting += [(*where, "properties", name) for name in schema.get("properties", ())]
            for key in ("allOf", "anyOf", "oneOf"):
                waiting += [(*where, key, str(index)) for index in range(len(schema.get(key, ())))]
            for key in ("items", "additionalProperties", "not"):
                waiting += [(*where, key)] if isinstance(schema.get(key), dict) else []
        return list(found)

    def _check_sent(
        self, name: str, place: Place, sent: dict[str, Any], shown: dict[str, Any]
    ) -> None:
        """What a client may send has to be what may be shown."""
        if shown.get("readOnly") and not sent.get("readOnly"):
            raise ContractError(
                place, f"The service writes {name!r}, and no client.", "Mark it readOnly here too."
            )
        if sent.get("default", _NOTHING) not in (_NOTHING, shown.get("default", _NOTHING)):
            raise ContractError(
                place, f"The item has another default of {name!r}.", "Say the same in both."
            )
        for key in _CONSTRAINTS & shown.keys():
            if sent.get(key) != shown[key]:
                raise ContractError(
                    place,
                    f"The item promises more of {name!r} than is asked for: {key}.",
                    "Refer to one schema in both.",
                )
        if sent.get("nullable") and not shown.get("nullable"):
            raise ContractError(place, f"{name!r} is never null when shown.", "Allow null there.")


def _is_bounded(schema: dict[str, Any]) -> bool:
    return (
        schema.get("format") in ("int32", "int64")
        or "enum" in schema
        or {"minimum", "maximum"} <= schema.keys()
    )
