"""A view in OpenAPI 3.0 of a contract in OpenAPI 3.1, made once, before anything reads it.

All code that understands a contract reads the view, so it knows only one version. The schemas of
3.1 are those of JSON Schema 2020-12; what 3.0 cannot express is kept as `unsaid`, and refused.

OpenAPI 3.1.1, 4.8.24 Schema Object; JSON Schema Validation 2020-12.
"""

import copy
import re
from collections.abc import Callable
from typing import Any

from service.contract.document import ContractError, Document, Json, Place, outermost

_VERSION = "3.0.3"

_UNSAID = {
    *("if", "then", "else", "patternProperties", "prefixItems", "propertyNames", "contains"),
    *("minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties", "dependencies"),
    *("dependentRequired", "dependentSchemas", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor"),
    *("$defs", "definitions"),
}
_DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://spec.openapis.org/oas/3.1/dialect/",
)
_ASKS_NOTHING = {
    *("$comment", "$schema", "contentEncoding", "contentMediaType", "contentSchema", "nullable"),
}
"""`nullable` exists in 3.0 only. JSON Schema 2020-12, 8: `content…` are annotations."""

_TELLS_PEOPLE = {
    *("title", "description", "summary", "deprecated", "example", "examples", "externalDocs"),
}
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format")
_OF_TYPE: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": _NUMBER,
    "number": _NUMBER,
    "array": ("items", "minItems", "maxItems", "uniqueItems", "format"),
    "object": (
        *("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
        "format",
    ),
}
"""The keywords that constrain values of one type only; `format` belongs to each."""

_SHAPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "enum", "examples"), list),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum", "minimum", "maximum"), (int, float)),
    "properties": dict,
    "type": (str, list),
}
_HOLD_ONE = ("items", "additionalProperties", "not")
_HOLD_MANY = ("properties", "allOf", "anyOf", "oneOf")


def view(source: Document) -> Document:
    """The same contract in OpenAPI 3.0; a contract of any version but 3.1 is returned unchanged.

    Whatever is malformed stays so, for a validator to report.
    """
    if not str(source.data.get("openapi")).startswith("3.1."):
        return source
    reader = _Reader(source)
    data = reader.read()
    return Document(
        data, source.lines, source=source, moved=reader.moved, unsaid=tuple(reader.unsaid)
    )


class _Reader:
    def __init__(self, source: Document) -> None:
        self.source = source
        self.moved: dict[Place, Place] = {}
        self.unsaid: list[ContractError] = []

    def read(self) -> dict[str, Json]:
        data = copy.deepcopy(self.source.data)
        data["openapi"] = _VERSION
        data.pop("webhooks", None)
        self._check_dialect(data.pop("jsonSchemaDialect", None), ("jsonSchemaDialect",))
        for place, holder in outermost(data):
            holder[place[-1]] = self._schema(holder[place[-1]], place, place)
        return data

    def _schema(self, schema: Json, place: Place, origin: Place) -> Json:
        """The schema at the pointer `place` of the view, made from `origin` of the source."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, dict) or not _is_well_formed(schema):
            return schema
        self._check(schema, place)
        said = _Said(schema, lambda below: self._refuses_null((*origin, *below)))
        self.moved |= {(*place, *there): (*origin, *was) for there, was in said.moved.items()}
        for key in _HOLD_ONE:
            if key in said.made and not (key == "additionalProperties" and _is_bool(said, key)):
                said.made[key] = self._below(said.made[key], place, origin, key)
        for key in _HOLD_MANY:
            held = said.made.get(key)
            if isinstance(held, dict):
                said.made[key] = {
                    name: self._below(each, place, origin, key, name) for name, each in held.items()
                }
            elif isinstance(held, list):
                said.made[key] = [
                    self._below(each, place, origin, key, str(i)) for i, each in enumerate(held)
                ]
        return said.made

    def _below(self, schema: Json, place: Place, origin: Place, *keys: str) -> Json:
        where = (*place, *keys)
        return self._schema(schema, where, self.moved.get(where, (*origin, *keys)))

    def _refuses_null(self, origin: Place) -> bool:
        """Whether a schema of the source certainly refuses null."""
        try:
            _, schema = self.source.resolve(origin)
        except ContractError:  # which is reported elsewhere
            return False
        if not isinstance(schema, dict):
            return schema is False
        typed = "type" in schema and "null" not in _types(schema)
        return typed or None not in schema.get("enum", [schema.get("const")])

    def _check(self, schema: dict[str, Json], place: Place) -> None:
        for key in (key for key in schema if key in _UNSAID):
            remedy = "Write it without."
            if key in ("$defs", "definitions"):
                remedy = "Move what it holds into components/schemas."
            self._refuse((*place, key), remedy)
        self._check_dialect(schema.get("$schema"), (*place, "$schema"))
        self._check_reference(schema.get("$ref"), (*place, "$ref"))

    def _check_reference(self, reference: Json, place: Place) -> None:
        """Refuse a reference into alternatives, which have other pointers in the view."""
        if re.search(r"/(anyOf|oneOf)/\d", str(reference)):
            self.unsaid.append(
                ContractError(
                    place,
                    f"The reference {reference!r} points inside another schema.",
                    "Move what it names to components/schemas.",
                    "reference",
                )
            )

    def _check_dialect(self, dialect: Json, place: Place) -> None:
        if dialect is not None and not str(dialect).startswith(_DIALECTS):
            self._refuse(place, "Write schemas of JSON Schema 2020-12, and leave it out.")

    def _refuse(self, place: Place, remedy: str) -> None:
        reason = f"{place[-1]!r} of OpenAPI 3.1 is not supported."
        self.unsaid.append(ContractError(place, reason, remedy, "openapi-3.1"))


def _is_bool(said: "_Said", key: str) -> bool:
    return isinstance(said.made[key], bool)


def _is_well_formed(schema: dict[str, Json]) -> bool:
    return all(
        isinstance(schema[key], shape) and not isinstance(schema[key], bool)
        for key, shape in _SHAPES.items()
        if key in schema
    )


class _Said:
    """One schema in the keywords of 3.0. The schemas that it holds are still those of 3.1.

    `moved` maps new pointers to old ones, both relative to the schema.
    """

    def __init__(self, schema: dict[str, Json], refuses_null: Callable[[Place], bool]) -> None:
        self.moved: dict[Place, Place] = {}
        self._refuses_null = refuses_null
        self.made = {
            key: value for key, value in schema.items() if key not in _ASKS_NOTHING | _UNSAID
        }
        self._reference()
        self._constant()
        self._types()
        self._alternatives("anyOf")
        self._alternatives("oneOf")
        self._bounds()
        self._examples()
        if self.made.get("type") == "array":  # 3.0 requires `items`
            self.made.setdefault("items", {})

    def _also(self, part: dict[str, Json]) -> None:
        """Add a part of this schema to its `allOf`."""
        parts = self.made.get("allOf", [])
        self.moved["allOf", str(len(parts))] = ()
        self.made["allOf"] = [*parts, part]

    def _reference(self) -> None:
        """3.0 ignores what is beside a `$ref`; annotations there can be dropped."""
        if "$ref" not in self.made:
            return
        reference = {"$ref": self.made.pop("$ref")}
        if all(key in _TELLS_PEOPLE or key.startswith("x-") for key in self.made):
            self.made = reference
        else:
            self._also(reference)

    def _constant(self) -> None:
        if "const" not in self.made:
            return
        constant = self.made.pop("const")
        if "enum" in self.made:
            self._also({"const": constant})
        else:
            self.made["enum"] = [constant]
            self.moved["enum",] = ("const",)

    def _types(self) -> None:
        """3.0 has one type, and `nullable`, which allows null whatever is beside it."""
        types = _types(self.made)
        values = self.made.get("enum", [None])
        if "null" in types and None not in values:
            types.remove("null")
            if not types:
                del self.made["type"]
                self._also({"not": {}})
                return
        if self._is_combined("allOf", "anyOf", "oneOf", "not"):
            if len(types) > 1 or "null" in types:
                del self.made["type"]
                self._also({"type": types, **self._taken(*types, "enum")})
                return
        elif "null" in types or ("enum" in self.made and None in values and not types):
            self.made["nullable"] = True
        self.made.pop("type", None)
        self._of_types([each for each in types if each != "null"], only_null=types == ["null"])

    def _of_types(self, types: list[str], *, only_null: bool) -> None:
        if only_null:
            self.made["enum"] = [None]
            self.moved["enum",] = ("type",)
        elif len(types) == 1:
            self.made["type"] = types[0]
        elif types:
            self.made["anyOf"] = [{"type": each, **self._held_by(each)} for each in types]
            self.moved |= {("anyOf", str(index)): () for index in range(len(types))}
            self._taken(*types)

    def _held_by(self, *names: str) -> dict[str, Json]:
        """The keywords of these types, or of these names, that the schema has."""
        keys = {key for name in names for key in _OF_TYPE.get(name, (name,))}
        return {key: value for key, value in self.made.items() if key in keys}

    def _taken(self, *names: str) -> dict[str, Json]:
        held = self._held_by(*names)
        self.made = {key: value for key, value in self.made.items() if key not in held}
        return held

    def _alternatives(self, key: str) -> None:
        """null as one of several alternatives becomes `nullable` in 3.0.

        In `oneOf` only if no other alternative allows null, too: then null would match two.
        """
        held = self.made.get(key, ())
        others = [str(index) for index, each in enumerate(held) if not _is_null(each)]
        if len(others) in (0, len(held)):
            return
        if key == "oneOf" and (
            len(others) < len(held) - 1
            or not all(self._refuses_null((key, each)) for each in others)
        ):
            return
        if self._is_combined(*{"allOf", "anyOf", "oneOf", "not", "type", "enum"} - {key}):
            self._also({key: self.made.pop(key)})
            return
        self.made["nullable"] = True
        left = "allOf" if len(others) == 1 else key
        del self.made[key]
        self.made[left] = [held[int(index)] for index in others]
        self.moved |= {(left, str(new)): (key, old) for new, old in enumerate(others)}

    def _is_combined(self, *keys: str) -> bool:
        return any(key in self.made for key in keys)

    def _bounds(self) -> None:
        """An exclusive bound has its own keyword in 3.1; of two bounds, the narrower one counts."""
        for bound, narrower in (("minimum", max), ("maximum", min)):
            excluded = f"exclusive{bound.capitalize()}"
            if excluded not in self.made:
                continue
            number = self.made.pop(excluded)
            if narrower(number, self.made.get(bound, number)) == number:
                self.made |= {bound: number, excluded: True}
                self.moved[bound,] = (excluded,)

    def _examples(self) -> None:
        for first in self.made.pop("examples", [])[:1]:
            self.made.setdefault("example", first)


def _types(schema: dict[str, Json]) -> list[str]:
    """The types that a value may have; empty if it may have any. `number` includes `integer`."""
    stated = schema.get("type", [])
    types = [str(each) for each in (stated if isinstance(stated, list) else [stated])]
    return [each for each in types if each != "integer" or "number" not in types]


def _is_null(schema: Any) -> bool:
    """Whether a schema asks for null and for nothing else."""
    if not isinstance(schema, dict):
        return False
    asks = {key: value for key, value in schema.items() if key not in _TELLS_PEOPLE | {"default"}}
    return asks in ({"type": "null"}, {"type": ["null"]}, {"const": None}, {"enum": [None]})
