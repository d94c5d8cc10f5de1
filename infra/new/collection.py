"""One collection: what is asked for, and the paths and schemas that describe it."""

import copy
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from infra.new.fields import Field, Misused, Schema, check_name, field_of, filtered
from infra.new.sentences import description, examples, filter_description
from infra.new.words import pascal, plural, sentence, singular, with_article, words_of
from service.contract.document import parse

Data = dict[str, Any]

_TEMPLATE = parse(Path(__file__).with_name("collection.yaml").read_bytes(), ".yaml").data
_WIDTH = 92
"""The width of a text of several lines, without its indent."""

_RESERVED = {
    "ping": "API Gateway answers /ping itself",
    "sping": "API Gateway answers /sping itself",
    "docs": "the reference stands at /docs/",
}
_OURS = ("createdAt", "updatedAt")
_UUID = {"type": "string", "format": "uuid"}
_INTEGER = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**53 - 1}
_IDS: Mapping[str, tuple[Schema, Any]] = {
    "uuid": (_UUID, "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"),
    "integer": (_INTEGER, 4503599627370495),
}
IDS = tuple(_IDS)
"""The available kinds of ids."""


@dataclass(frozen=True)
class Wish:
    """A collection as it is asked for."""

    name: str
    fields: Sequence[Field]
    filters: Sequence[str]
    ids: str = "uuid"
    id_parameter: str = "id"

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def words(self) -> list[str]:
        return words_of(self.name)

    @property
    def item(self) -> str:
        """`book order`, of `bookOrders`."""
        return " ".join(self._with_last(singular))

    @property
    def items(self) -> str:
        return " ".join(self._with_last(lambda word: plural(singular(word))))

    def _with_last(self, change: Callable[[str], str]) -> list[str]:
        words = self.words
        return [*words[:-1], change(words[-1])]

    @property
    def id_property(self) -> str:
        """The id's property: named like the parameter, or `id` if that ends so."""
        ends_so = re.search(r"(?:^|[a-z_])id$", self.id_parameter, re.IGNORECASE)
        return "id" if ends_so else self.id_parameter


def wish(
    name: str, fields: Sequence[str], filters: Sequence[str], ids: str, id_parameter: str
) -> Wish:
    """What is asked for on the command line. Raises Misused."""
    check_name(name, "collection", "-")
    check_name(id_parameter, "path parameter")
    if name.lower() in _RESERVED:
        raise Misused(f"/{name} cannot be served: {_RESERVED[name.lower()]}. Choose another name.")
    if not fields:
        raise Misused(f"{name!r} has no property. Name some: {name} name:string! notes:text.")
    found: dict[str, Field] = {}
    for each in map(field_of, fields):
        _check_field(each.name, found, id_parameter)
        found[each.name] = each
    for filter in filters:
        if filter not in found:
            raise Misused(
                f"{filter!r} is not a property of {name}, so nothing can be filtered by it. There"
                f" are {', '.join(found)}."
            )
        found[filter] = filtered(found[filter])
    return Wish(name, list(found.values()), list(dict.fromkeys(filters)), ids, id_parameter)


def _check_field(name: str, others: Mapping[str, Field], id_parameter: str) -> None:
    plain = name.replace("_", "").lower()
    if plain in ("id", id_parameter.replace("_", "").lower()) or name in _OURS:
        raise Misused(f"{name!r} is written by the service, in every collection. Leave it out.")
    if name in ("limit", "cursor"):
        raise Misused(f"{name!r} is what every list takes to turn pages. Choose another name.")
    if any(pascal(words_of(name)) == pascal(words_of(other)) for other in others):
        raise Misused(f"{name!r} stands there twice, in one spelling or in two. Keep one.")


# -- names ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """The names of a collection's parts in a contract."""

    item: str
    """The name of an item's schema, with which all other names begin."""
    of_field: Mapping[str, str]
    """The schema of each property."""
    operation: str
    """What follows the verb in an operationId; for the list, what follows `list`."""
    list: str

    @property
    def components(self) -> Iterator[str]:
        yield from (f"{self.item}{end}" for end in ("", *_ENDS, "Id"))
        yield from self.of_field.values()

    @property
    def operations(self) -> Iterator[str]:
        yield from (f"{verb}{self.operation}" for verb in ("create", "get", "update", "delete"))
        yield f"list{self.list}"


_ENDS = ("Input", "Changes", "Page")


def names(wish: Wish, components: Set[str], operations: Set[str]) -> Names:
    """Free names: with a number after the item's if necessary."""
    item, items = pascal(words_of(wish.item)), pascal(words_of(wish.items))
    for number in _numbers():
        operation, several = f"{item}{number}", f"{items}{number}"
        found = Names(item, {}, operation, several)
        if not operations & {*found.operations}:
            break
    for number in _numbers():
        of_field = {each.name: _schema_name(f"{item}{number}", each) for each in wish.fields}
        found = Names(f"{item}{number}", of_field, operation, several)
        if not components & {*found.components}:
            break
    return found


def _numbers() -> Iterator[str]:
    yield ""
    yield from map(str, count(2))


def _schema_name(item: str, field: Field) -> str:
    name = pascal(words_of(field.name))
    return f"{item}{name}{'Value' if name in _ENDS else ''}"


# -- the collection ------------------------------------------------------------------------------


def made(wish: Wish, names: Names, *, later: bool) -> Data:
    """The paths and components of a collection; `later` in the words of OpenAPI 3.1."""
    schema, example = _IDS[wish.ids]
    values = {each.name: examples(each, wish.item) for each in wish.fields}
    last = next(iter(values))
    several = "With several filters a page may be short, or empty, and still have a `next`. "
    data: Data = _filled(
        _TEMPLATE,
        {
            "<path>": wish.path,
            "<tag>": wish.name,
            "<Item>": names.item,
            "<Operation>": names.operation,
            "<List>": names.list,
            "<item>": wish.item,
            "<items>": wish.items,
            "<an item>": with_article(wish.item),
            "<An item>": sentence(with_article(wish.item)),
            "<id>": wish.id_parameter,
            "<property>": wish.id_property,
            "<several filters>": several if len(wish.filters) > 1 else "",
            "<change>": orjson.dumps({last: values[last][1]}).decode(),
        },
    )
    parameter = data["components"]["parameters"][f"{names.item}Id"]
    parameter |= {"schema": dict(schema), "example": example}
    schemas = data["components"]["schemas"]
    item, input, changes = (schemas[f"{names.item}{end}"] for end in ("", "Input", "Changes"))
    described = schema | {"readOnly": True, "example": example}
    _describe_item(wish, names, item, values, described, later)
    input["required"] = [each.name for each in wish.fields if each.required]
    if not input["required"]:
        del input["required"]
    input["properties"] = {each.name: _with_default(names, each, later) for each in wish.fields}
    input["example"] = {name: one for name, (one, _) in values.items()}
    changes["properties"] = {each.name: _reference(names, each) for each in wish.fields}
    changes["example"] = {last: values[last][1]}
    for each in wish.fields:
        schemas[names.of_field[each.name]] = _schema(wish, each, values[each.name][0], later)
    data["paths"][wish.path]["get"]["parameters"] += [
        _filter(wish, names, each) for each in wish.fields if each.name in wish.filters
    ]
    data["tags"] = [{"name": wish.name, "description": f"The {wish.items}"}]
    return data


def _describe_item(
    wish: Wish,
    names: Names,
    item: Data,
    values: Mapping[str, tuple[Any, Any]],
    id: Schema,
    later: bool,
) -> None:
    ours = item["properties"]
    own = {each.name: _with_default(names, each, later) for each in wish.fields}
    described = ours.pop(wish.id_property) | id
    item["properties"] = {wish.id_property: described, **own, **ours}
    always = [each.name for each in wish.fields if each.required or each.has_default]
    item["required"] = [wish.id_property, *always, *_OURS]
    item["example"] = {
        wish.id_property: id["example"],
        **{name: one for name, (one, _) in values.items()},
        **{name: each["example"] for name, each in ours.items()},
    }


def _schema(wish: Wish, field: Field, example: Any, later: bool) -> Schema:
    """The schema of a field; one that a filter uses has no example, which tools would send."""
    made: Schema = {"description": description(field, wish.item)} | copy.deepcopy(field.schema)
    made |= _type(field, later)
    if field.nullable and "enum" in made:
        made["enum"].append(None)
    return made if field.name in wish.filters else made | {"example": example}


def _reference(names: Names, field: Field) -> Schema:
    return {"$ref": f"#/components/schemas/{names.of_field[field.name]}"}


def _type(field: Field, later: bool) -> Schema:
    if not field.nullable:
        return {"type": field.schema["type"]}
    if later:
        return {"type": [field.schema["type"], "null"]}
    return {"type": field.schema["type"], "nullable": True}


def _with_default(names: Names, field: Field, later: bool) -> Schema:
    """The schema with a default beside `allOf`, as it would be ignored beside a `$ref`, and with
    the type again, which generators need for the default; updates have no defaults."""
    reference = _reference(names, field)
    if not field.has_default:
        return reference
    return _type(field, later) | {"allOf": [reference], "default": field.default}


def _filter(wish: Wish, names: Names, field: Field) -> Data:
    return {
        "name": field.name,
        "in": "query",
        "description": filter_description(field, wish.items),
        "schema": _reference(names, field),
    }


def _filled(node: Any, words: Mapping[str, str]) -> Any:
    """A template with its words filled in; texts of several lines are rewrapped."""
    if isinstance(node, dict):
        return {_filled(key, words): _filled(value, words) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(each, words) for each in node]
    if not isinstance(node, str):
        return node
    return wrapped(re.sub(r"<[A-Za-z ]+>", lambda found: words.get(found[0], found[0]), node))


def wrapped(text: str) -> str:
    if "\n" not in text:
        return text
    paragraphs = (
        textwrap.fill(each, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for each in text.strip().split("\n\n")
    )
    return "\n\n".join(paragraphs) + "\n"
