"""Items: what a contract's schemas say about one, and what keeps a rule from serving it."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

import orjson

from service.contract.document import ContractError, Document, Faults, Place
from service.contract.parts import Whole, together, whole
from service.contract.schemas import schema_at

Properties = Mapping[str, tuple[Place, Whole]]
"""The properties of an object by name: a pointer to the description of each, and its whole."""

SAMPLE_ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
SAMPLE_NUMBER = 2**53 - 1
"""The greatest integer id: every client can represent it exactly."""

_SAMPLE_TIME = "2026-11-22T10:00:00.000Z"
_SECRET = re.compile(r"(.*_)?(pass_?word|passwd|pwd|secret|token)|.*(Password|Secret|Token)")
_BY_HAND = "or write these operations by hand."


def properties_of(document: Document, place: Place) -> Properties:
    """The properties of an object by name, including those from the parts of its `allOf`.

    Raises ContractError for a reference to nothing.
    """
    return document.once(("properties", place), lambda: _properties(document, place))


def _properties(document: Document, place: Place) -> Properties:
    schema = document.at(place)
    found: dict[str, tuple[Place, Whole]] = {}
    for index in range(len(schema.get("allOf", ()))):
        part, _ = document.resolve((*place, "allOf", str(index)))
        for name, (where, each) in properties_of(document, part).items():
            found[name] = where, together(found[name][1], each) if name in found else each
    for name in schema.get("properties", {}):
        where, each = whole(document, (*place, "properties", name))
        found[name] = where, together(each, found[name][1]) if name in found else each
    return found


def required_of(document: Document, place: Place) -> set[str]:
    schema = document.at(place)
    required = set(schema.get("required", ()))
    for index in range(len(schema.get("allOf", ()))):
        required |= required_of(document, document.resolve((*place, "allOf", str(index)))[0])
    return required


def defaults_of(properties: Properties) -> dict[str, Any]:
    return {name: each["default"] for name, (_, each) in properties.items() if "default" in each}


def taken_by(properties: Properties) -> set[str]:
    """Those of the properties that a client may write."""
    return {name for name, (_, each) in properties.items() if not each.get("readOnly")}


# -- the item ------------------------------------------------------------------------------------


class Item:
    """What an item shows. With `faults`, no rule of its collection can serve it."""

    def __init__(
        self, document: Document, place: Place, named: str | None, taken: Set[str]
    ) -> None:
        self.document = document
        self.place = place
        self.named = named
        """The path parameter that identifies an item, if there is one."""
        self.taken = taken
        """The properties that any request body takes."""
        self.faults = Faults()
        self.properties = properties_of(document, place)
        self.id = ""
        self.integer_ids = False
        with self.faults.collected():
            self.id = self._id()
            self.integer_ids = self.properties[self.id][1].get("type") == "integer"
            self._check_id()
        for name, (where, each) in self.properties.items():
            with self.faults.collected():
                self._check_property(name, where, each)
        with self.faults.collected():
            schema_at(document, place)
            self._check_required()
        self.stamped_on_create, self.stamped_on_write = self._stamps()

    @property
    def is_claimed(self) -> bool:
        """Whether any request body takes the property that identifies an item."""
        return self.id in self.taken

    def _id(self) -> str:
        """The property with the path parameter's name, or `id`; else the only readOnly uuid."""
        for name in self.properties:
            if _alike(name, self.named or "id"):
                return name
        if self.named is None or re.search(r"(?:^|[a-z_-])id$", self.named, re.IGNORECASE):
            for name in ("id", "_id"):
                if name in self.properties:
                    return name
        uuids = [
            name
            for name, (_, each) in self.properties.items()
            if each.get("readOnly") and each.get("format") == "uuid"
        ]
        if len(uuids) == 1:
            return uuids[0]
        raise ContractError(
            self.place,
            "No property is the id: one with the name of the path's parameter, or 'id'.",
            f"Show it, readOnly, with type: string and format: uuid, {_BY_HAND}",
            "id",
        )

    def _check_id(self) -> None:
        where, schema = self.properties[self.id]
        if self.is_claimed and not _is_made_here(self.id, schema):
            raise ContractError(
                where,
                f"{self.id!r} names the item, and clients choose it: it could be taken, and"
                " changed.",
                f"Let the service make an id, {_BY_HAND}",
                "natural-key",
            )
        if "id" in self.properties and self.id != "id":
            raise ContractError(
                self.properties["id"][0],
                f"The id is {self.id!r}, and yet there is another 'id'.",
                f"Rename it, {_BY_HAND}",
                "id",
            )
        if self.integer_ids:
            self._check_integers(where, schema)
        elif not schema_at(self.document, where).accepts(SAMPLE_ID):
            raise ContractError(
                where,
                "The service makes ids that are uuids, or integers.",
                f"Allow them: type: string, format: uuid, {_BY_HAND}",
                "id",
            )

    def _check_integers(self, where: Place, schema: Whole) -> None:
        if schema.get("format") == "int32" or not schema_at(self.document, where).accepts(
            SAMPLE_NUMBER
        ):
            raise ContractError(
                where,
                f"There are too few ids: the service draws them at random up to {SAMPLE_NUMBER}.",
                "Write format: int64, with that maximum, and no narrower bounds.",
                "integer-id",
            )
        if "format" in self.document.added.get(where, {}):
            raise ContractError(
                where,
                f"Many clients keep {self.id!r} in 32 bits, as nothing says that it has more.",
                "Write format: int64 and maximum: 9007199254740991 ('todo-api complete' does).",
                "integer-id",
            )

    def _check_property(self, name: str, where: Place, schema: Whole) -> None:
        if schema.get("writeOnly"):
            raise ContractError(
                where, f"{name!r} would never be shown.", f"Remove writeOnly, {_BY_HAND}", "lost"
            )
        is_secret = schema.get("format") == "password" or _SECRET.fullmatch(name)
        if is_secret and name in self.taken and schema.get("type", "string") == "string":
            raise ContractError(
                where,
                f"{name!r} would be kept and shown as it is.",
                "Write these operations by hand, and keep only a hash.",
                "secret",
            )

    def _check_required(self) -> None:
        for name in sorted(required_of(self.document, self.place) - self.properties.keys()):
            raise ContractError(
                self.place,
                f"Nothing writes {name!r}: it is required, and not described.",
                "Describe it, or do not require it.",
                "unwritten",
            )

    def _stamps(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The timestamps that the service writes: readOnly ones, and those that no body takes."""
        created: list[str] = []
        written: list[str] = []
        for name, (place, schema) in self.properties.items():
            if name == self.id or name in self.taken or schema.get("format") != "date-time":
                continue
            if not schema_at(self.document, place).accepts(_SAMPLE_TIME):
                self.faults.append(
                    ContractError(
                        place,
                        f"Times are written like {_SAMPLE_TIME}.",
                        f"Allow that in {name!r}.",
                        "time",
                    )
                )
            (written if re.search("updat|modif|chang", name, re.IGNORECASE) else created).append(
                name
            )
        return tuple(created), tuple(written)


def _is_made_here(name: str, schema: Whole) -> bool:
    """Whether a property that bodies take looks like an id of the service's own making."""
    return _alike(name, "id") or schema.get("format") == "uuid" or schema.get("type") == "integer"


def _alike(one: str, other: str) -> bool:
    """Whether two names differ only in case, hyphens and underscores."""
    plain, others = (re.sub("[-_]", "", each).lower() for each in (one, other))
    return plain == others


# -- bodies --------------------------------------------------------------------------------------


def body_objections(item: Item, place: Place, properties: Properties) -> Iterator[ContractError]:
    """What keeps a rule from writing a body with these properties."""
    schema = item.document.at(place)
    if schema.get("additionalProperties") is not False or schema.get("type") != "object":
        yield ContractError(
            place,
            "The body may hold properties that nothing describes.",
            "Write one object with type: object and additionalProperties: false"
            " ('todo-api complete' does).",
            "open-body",
        )
    for name, (where, each) in properties.items():
        if name not in item.properties:
            if not each.get("readOnly"):
                yield ContractError(
                    (*place, "properties", name),
                    f"{name!r} would be lost: it is never shown.",
                    "Show it in the item, or write this operation by hand.",
                    "lost",
                )
        elif fault := _clash(item, name, where, each, item.properties[name][1]):
            yield fault


def _clash(item: Item, name: str, place: Place, sent: Whole, shown: Whole) -> ContractError | None:
    """No client sends what the service writes, and a default is the same in body and item."""
    if name == item.id and not sent.get("readOnly"):
        return ContractError(
            place,
            f"Clients may send {name!r}, which names the item.",
            "Mark it readOnly, in the body too ('todo-api complete' does), or take it out of the"
            " body.",
            "id-sent",
        )
    if shown.get("readOnly") and not sent.get("readOnly"):
        return ContractError(
            place,
            f"The service writes {name!r}; clients do not.",
            "Mark it readOnly here too.",
            "read-only",
        )
    if "default" in sent and sent["default"] != shown.get("default", sent["default"]):
        return ContractError(
            place, f"The item has another default of {name!r}.", "Say the same in both.", "default"
        )
    return None


def merge_objections(document: Document, place: Place) -> Iterator[ContractError]:
    """Objections to defaults: an update keeps what it is not sent, and clients must not differ."""
    for path, where, default in _defaults(document, place, "", set()):
        value = orjson.dumps(default).decode()
        yield ContractError(
            (*where, "default"),
            f"A client made from this contract sends {f'{path}: {value}'!r} with every update,"
            " and overwrites what is there.",
            "Remove the default here ('todo-api complete' does); create and the item may say it"
            " beside its type and allOf: [$ref].",
            "default-in-update",
        )


def _defaults(
    document: Document, place: Place, path: str, seen: set[Place]
) -> Iterator[tuple[str, Place, Any]]:
    """Each default in a body's schema: the path of its property, its pointer, its value."""
    place, schema = document.resolve(place)
    if place in seen:
        return
    seen.add(place)
    if "default" in schema:
        yield path, place, schema["default"]
    for key in ("allOf", "anyOf", "oneOf", "items", "additionalProperties"):
        for below in _below(place, schema, key):
            yield from _defaults(document, below, path, seen)
    for below in _below(place, schema, "properties"):
        yield from _defaults(document, below, f"{path}.{below[-1]}".lstrip("."), seen)


_INSIDE = ("items", "additionalProperties", "not")


def _below(place: Place, schema: dict[str, Any], key: str) -> list[Place]:
    """The pointers to the schemas that a keyword of another schema holds."""
    held = schema.get(key)
    if key in _INSIDE:
        return [(*place, key)] if isinstance(held, dict) else []
    names = held if isinstance(held, dict) else range(len(held or ()))
    return [(*place, key, str(name)) for name in names]
