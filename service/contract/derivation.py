"""From a document to a contract: every rule of what is derived, and every refusal.

What a contract asks for and no rule derives is refused with a `ContractError`, here and once,
so that nothing of a contract is silently ignored.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from service.contract.document import ContractError, Document, Place
from service.contract.headers import OBEYED, SPELLINGS, undeclared
from service.contract.item_schemas import SAMPLE_ID, ItemReader, Properties
from service.contract.model import PARSERS, Collection, Contract, Kind, Operation, Parameter
from service.contract.numbers import bounded
from service.contract.parts import whole
from service.contract.schemas import Schema, convert_components, schema_at
from service.problems import sample
from service.stores import Filters
from service.stores.limits import MOST_WRITTEN

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


MOST_ITEMS = 100
"""The most items that a page holds, whatever a client asks for."""

_PAGE_SIZE = 50
"""Unless the contract says otherwise."""

_OWN_ATTRIBUTES = 20
"""The most that the service writes with an update: the token, and the key of every filter."""

_ASK_FOR_MORE = {"security", "servers", "callbacks"}
"""Keys of an operation that would have to be obeyed."""


def derive(document: Document) -> Contract:
    """The contract that a document describes. Raises ContractError."""
    if str(document.data.get("openapi")).startswith("3.1."):
        # Imported here: Lambda gets the view, and has no need to make one.
        from service.contract.view import view

        document = view(document)
    _check_version(document)
    with _no_endless_schema():
        return _derive(bounded(document))


def check_components(document: Document) -> None:
    """Hold every component against the rules of schemas, whether or not anything refers to it.

    Raises ContractError. What is served reads those alone that it reaches.
    """
    with _no_endless_schema():
        convert_components(document)


@contextmanager
def _no_endless_schema() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ContractError(
            ("components", "schemas"), "A schema is part of itself, through allOf.", "Break that."
        ) from None


def _derive(document: Document) -> Contract:
    if document.data.get("security"):
        raise ContractError(
            ("security",), "Nobody can sign in here yet: the API would be open.", "Remove it."
        )
    operations: dict[str, Operation] = {}
    for pair in _pairs(document):
        for operation in _CollectionReader(document, pair).operations():
            if operation.id in operations:
                raise ContractError(
                    ("paths", operation.path, operation.kind.method, "operationId"),
                    f"{operation.id!r} names two operations.",
                    "Give each operation an id of its own.",
                )
            operations[operation.id] = operation
    if not operations:
        raise ContractError(("paths",), "There is no operation.", "Add a collection.")
    contract = Contract(document, document.data["info"]["title"], operations)
    _check_indexes(contract.filters)
    return contract


def check_problem(document: Document, place: Place, problem: dict[str, Any]) -> None:
    """Hold a problem that an operation may answer against what the contract says of it.

    Raises ContractError if it is not described, or described otherwise.
    """
    responses = document.at((*place, "responses"))
    status = str(problem["status"])
    key = status if status in responses else "default"
    if key not in responses:
        raise ContractError(
            (*place, "responses"),
            f"The operation may answer {status}.",
            "Describe it, or add 'default'.",
        )
    place, response = document.resolve((*place, "responses", key))
    if PROBLEM_JSON not in response.get("content", {}):
        raise ContractError(
            place, f"An error is an RFC 9457 problem, {PROBLEM_JSON}.", "Give it this content."
        )
    schema = schema_at(document, content_schema(document, place, PROBLEM_JSON))
    for fault in schema.faults(problem):
        renamed = "Rename 'in' to 'part'. " if fault.pointer.endswith("/part") else ""
        raise ContractError(
            place,
            f"The schema refuses the problem that is sent: {fault.pointer} {fault.detail}.",
            f"{renamed}Allow type, title, status, detail and errors (detail, pointer, part, name).",
        )


def content_schema(document: Document, place: Place, media_type: str) -> Place:
    """Where the schema of a content stands: of a response, or of a request's body."""
    place = (*place, "content", media_type)
    if "schema" not in document.at(place):
        raise ContractError(
            place, f"Nothing tells what this {media_type} holds.", "Give it a schema."
        )
    return document.resolve((*place, "schema"))[0]


@dataclass(frozen=True)
class _Pair:
    """The paths of one collection; either may be missing."""

    path: str
    item_path: str | None
    id_parameter: str | None


_COLLECTION_PATH = re.compile(r"(/[^/{}]+)+")
_ITEM_PATH = re.compile(r"(?P<path>(/[^/{}]+)+)/\{(?P<parameter>[^/{}]+)\}")


_NO_PAIR = _Pair("", None, None)


def _check_version(document: Document) -> None:
    version = document.data.get("openapi")
    if "swagger" in document.data:
        raise ContractError(
            ("swagger",),
            "This is Swagger 2.0, and OpenAPI 3.0 or 3.1 is what can be served.",
            "Convert it: npx swagger2openapi FILE.",
        )
    if not isinstance(version, str) or not re.fullmatch(r"3\.0\.\d+", version):
        raise ContractError(
            ("openapi",),
            f"The version {version!r} is not 3.0 or 3.1.",
            "Write the contract as OpenAPI 3.0.3 or 3.1.0, with that version as text.",
        )
    if document.unsaid:
        raise document.unsaid[0]


def _pairs(document: Document) -> list[_Pair]:
    pairs: dict[str, _Pair] = {}
    for path in document.data.get("paths", {}):
        if path.startswith("x-"):
            continue
        item = _ITEM_PATH.fullmatch(path)
        if item:
            if pairs.get(item["path"], _NO_PAIR).item_path is not None:
                raise ContractError(
                    ("paths", path), "Two paths name the items of one collection.", "Keep one."
                )
            pairs[item["path"]] = _Pair(item["path"], path, item["parameter"])
        elif _COLLECTION_PATH.fullmatch(path):
            pairs.setdefault(path, _Pair(path, None, None))
        else:
            raise ContractError(
                ("paths", path),
                "This is neither the path of a collection nor that of an item.",
                "Write it like /books or /books/{bookId}.",
            )
    return list(pairs.values())


def _check_indexes(filters: Filters) -> None:
    """DynamoDB allows 20 indexes a table; one is the list without a filter.

    AWS: Service, account, and table quotas in Amazon DynamoDB.
    """
    names = {name for each in filters.values() for name in each}
    if len(names) > 19:
        raise ContractError(
            ("paths",), f"{len(names)} filters need more indexes than a table has.", "Keep 19."
        )


class _CollectionReader:
    """Derives one collection and its operations, and refuses what has no rule."""

    def __init__(self, document: Document, pair: _Pair) -> None:
        self.document = document
        self.pair = pair
        self.items = ItemReader(document)

    def operations(self) -> Iterator[Operation]:
        declared = list(self._declared())
        if not declared:
            return
        self._check_declared(declared)
        collection = self._collection(dict(declared))
        for kind, place in declared:
            parameters = tuple(self._parameters(kind, place, collection))
            self._check_path_parameter(kind, place, parameters)
            yield Operation(
                id=self.document.at(place)["operationId"],
                kind=kind,
                path=place[1],
                collection=collection,
                parameters=parameters,
                undeclared=tuple(undeclared(kind, parameters)),
                body=self._body(place) if kind in (Kind.CREATE, Kind.UPDATE) else None,
                sent=self._sent(kind, place, collection),
                replaces=kind is Kind.UPDATE and self._replaces(dict(declared)),
            )

    # -- which operations there are ------------------------------------------------------------

    def _declared(self) -> Iterator[tuple[Kind, Place]]:
        paths = self.document.data["paths"]
        for path in (self.pair.path, self.pair.item_path):
            for key in paths.get(path, {}) if path else ():
                if key in ("summary", "description", "parameters") or key.startswith("x-"):
                    continue
                yield self._kind(path or "", key), ("paths", path or "", key)

    def _kind(self, path: str, key: str) -> Kind:
        place = ("paths", path, key)
        if key not in METHODS:
            raise ContractError(place, f"{key!r} is nothing that is served.", "Remove it.")
        for kind in Kind:
            if kind.method == key and kind.of_item == (path == self.pair.item_path):
                return kind
        raise ContractError(
            place,
            f"There is no rule for {key.upper()} on this path.",
            "A collection has GET (list) and POST (create); an item has GET, PUT and DELETE.",
        )

    def _check_declared(self, declared: list[tuple[Kind, Place]]) -> None:
        for kind, place in declared:
            operation = self.document.at(place)
            if not isinstance(operation, dict) or not operation.get("operationId"):
                raise ContractError(place, "The operation has no operationId.", "Give it one.")
            for key in _ASK_FOR_MORE & operation.keys():
                if operation[key]:
                    raise ContractError((*place, key), f"Nothing here obeys {key!r}.", "Remove it.")
            self._check_responses(kind, place, operation)
            if "requestBody" in operation and kind not in (Kind.CREATE, Kind.UPDATE):
                raise ContractError(
                    (*place, "requestBody"), "This operation takes no body.", "Remove it."
                )

    def _check_responses(self, kind: Kind, place: Place, operation: dict[str, Any]) -> None:
        responses = operation.get("responses", {})
        allowed = {kind.success} | ({"304"} if kind is Kind.GET else set())
        for status in responses:
            if status[0] in "123" and status not in allowed:
                raise ContractError(
                    (*place, "responses", status),
                    f"A success of this operation is {kind.success}.",
                    "Describe that one instead.",
                )
        if kind.success not in responses:
            raise ContractError(
                (*place, "responses"), f"{kind.success} is missing.", "Describe the success."
            )
        for status in _problem_statuses(kind):
            check_problem(self.document, place, sample(status))

    # -- the item ------------------------------------------------------------------------------

    def _collection(self, declared: dict[Kind, Place]) -> Collection:
        place = self._item_place(declared)
        properties = self.items.properties(place)
        sent = self._taken(declared)
        id = self.items.id(place, properties, self.pair.id_parameter, sent)
        created, written = self.items.stamps(properties, id, sent)
        defaults = _defaults(properties)
        defaults_on_create = defaults | self._defaults_of_create(declared)
        written_here = {id, *created, *written, *defaults_on_create}
        self._check_writable(declared, place, properties, written_here, sent)
        filters, page_size = self._list_parameters(declared, properties)
        return Collection(
            name=self.pair.path.removeprefix("/"),
            path=self.pair.path,
            id=id,
            properties=tuple(properties),
            required=frozenset(self.items.required(place)),
            defaults=defaults,
            defaults_on_create=defaults_on_create,
            stamped_on_create=created,
            stamped_on_write=written,
            filters={name: defaults.get(name) for name in filters},
            page_size=page_size,
        )

    def _item_place(self, declared: dict[Kind, Place]) -> Place:
        """Where the item's schema stands; every answer must show the same one."""
        places = dict.fromkeys(self._item_places(declared))
        if not places:
            raise ContractError(
                ("paths", self.pair.path),
                "No operation shows an item, so nothing tells what one is.",
                "Describe a list, a create, a get or an update.",
            )
        first, *others = places
        for other in others:
            if self.document.at(other) != self.document.at(first):
                raise ContractError(
                    other, "Two operations show different items.", "Refer to one schema in both."
                )
        return first

    def _item_places(self, declared: dict[Kind, Place]) -> Iterator[Place]:
        for kind, place in declared.items():
            if kind is Kind.DELETE:
                continue
            answer = self._answer_place(kind, place)
            if kind is Kind.LIST:
                yield self._page_item_place(answer, self._most_items(place))
            else:
                yield answer

    def _answer_place(self, kind: Kind, place: Place) -> Place:
        place, response = self.document.resolve((*place, "responses", kind.success))
        if list(response.get("content", {})) != [JSON]:
            raise ContractError(place, f"The answer has to be {JSON}.", "Describe that content.")
        return content_schema(self.document, place, JSON)

    def _most_items(self, place: Place) -> int:
        """The largest page that a client of a list may ask for."""
        for where, parameter in self._declared_parameters(place):
            if parameter["name"] == "limit":
                _, schema = whole(self.document, (*where, "schema"))
                most = schema.get("maximum", MOST_ITEMS)
                return min(int(most), MOST_ITEMS)
        return _PAGE_SIZE

    def _page_item_place(self, place: Place, most: int) -> Place:
        page = self.document.at(place)
        names = set(page.get("properties", {}))
        required = set(page.get("required", ()))
        if names != {"items", "count", "next"} or "next" in required:
            raise ContractError(
                place,
                "A list answers {items, count, next}, next absent on the last page.",
                "Give the page exactly these properties, and do not require next.",
            )
        self._check_cursor((*place, "properties", "next"))
        items, schema = self.document.resolve((*place, "properties", "items"))
        if schema.get("type") != "array" or "items" not in schema:
            raise ContractError(items, "items is no array.", "Make it an array of the item.")
        if schema.get("maxItems", most) < most:
            raise ContractError((*items, "maxItems"), "A page may be larger.", f"Allow {most}.")
        return self.document.resolve((*items, "items"))[0]

    # -- what a client sends -------------------------------------------------------------------

    def _body(self, place: Place) -> Schema:
        return schema_at(self.document, self._body_place(place), request=True)

    def _sent(self, kind: Kind, place: Place, collection: Collection) -> frozenset[str]:
        """Refuses an update that writes more at once than DynamoDB takes."""
        if kind not in (Kind.CREATE, Kind.UPDATE):
            return frozenset()
        body = self._body_place(place)
        ours = {collection.id, *collection.stamped_on_create, *collection.stamped_on_write}
        sent = frozenset(self.items.properties(body)) - ours
        most = MOST_WRITTEN - len(collection.stamped_on_write) - _OWN_ATTRIBUTES
        if kind is Kind.UPDATE and len(sent) > most:
            raise ContractError(
                body,
                f"An update of {len(sent)} properties is more than DynamoDB writes at once.",
                f"Keep {most}, or put some together into one property that is an object.",
            )
        return sent

    def _body_place(self, place: Place) -> Place:
        if "requestBody" not in self.document.at(place):
            raise ContractError(place, "The operation takes no body.", "Add a requestBody.")
        place, body = self.document.resolve((*place, "requestBody"))
        if list(body.get("content", {})) != [JSON] or not body.get("required"):
            raise ContractError(
                place, f"A body is {JSON} and required.", "Describe it so, with required: true."
            )
        return content_schema(self.document, place, JSON)

    def _replaces(self, declared: dict[Kind, Place]) -> bool:
        """Whether an update takes the very schema that create takes."""
        kinds = (Kind.CREATE, Kind.UPDATE)
        places = {self._body_place(declared[kind]) for kind in kinds if kind in declared}
        return len(places) == 1 and all(kind in declared for kind in kinds)

    def _defaults_of_create(self, declared: dict[Kind, Place]) -> dict[str, Any]:
        if Kind.CREATE not in declared:
            return {}
        return _defaults(self.items.properties(self._body_place(declared[Kind.CREATE])))

    def _taken(self, declared: dict[Kind, Place]) -> set[str]:
        """The properties that some body takes."""
        bodies = [
            self.items.properties(self._body_place(declared[kind]))
            for kind in (Kind.CREATE, Kind.UPDATE)
            if kind in declared
        ]
        return {
            name for body in bodies for name, (_, each) in body.items() if not each.get("readOnly")
        }

    def _check_writable(
        self,
        declared: dict[Kind, Place],
        item_place: Place,
        properties: Properties,
        written: set[str],
        sent: set[str],
    ) -> None:
        for kind in (Kind.CREATE, Kind.UPDATE):
            if kind in declared:
                self.items.check_body(self._body_place(declared[kind]), properties)
        if Kind.UPDATE in declared and not self._replaces(declared):
            self.items.check_no_defaults(self._body_place(declared[Kind.UPDATE]))
        if Kind.CREATE not in declared:
            return
        required = self.items.required(self._body_place(declared[Kind.CREATE]))
        for name in sorted(self.items.required(item_place) - required - written):
            if name not in sent:
                raise ContractError(
                    properties[name][0] if name in properties else item_place,
                    f"Nobody writes {name!r}.",
                    "Let clients send it, or do not require it.",
                )
            raise ContractError(
                item_place,
                f"{name!r} is required in an answer, but a client may leave it out.",
                "Require it in the request too, or give it a default.",
            )

    def _list_parameters(
        self, declared: dict[Kind, Place], properties: Properties
    ) -> tuple[list[str], int]:
        """The names of the filters, and the size of a page."""
        filters, page_size, names = [], _PAGE_SIZE, []
        for place, parameter in self._declared_parameters(declared.get(Kind.LIST)):
            name = parameter["name"]
            names.append(name)
            if name == "limit":
                page_size = self._page_size(place)
            elif name == "cursor":
                self._check_cursor((*place, "schema"))
            else:
                self._check_filter(place, name, properties)
                filters.append(name)
        if Kind.LIST in declared and "cursor" not in names:
            raise ContractError(
                declared[Kind.LIST], "Nobody can read on.", "Add the query parameter 'cursor'."
            )
        return filters, page_size

    def _page_size(self, place: Place) -> int:
        where, schema = whole(self.document, (*place, "schema"))
        most = schema.get("maximum")
        if (
            schema.get("type") != "integer"
            or schema.get("minimum") != 1
            or not most
            or most > MOST_ITEMS
        ):
            raise ContractError(where, "limit is an integer from 1 to at most 100.", "Say so.")
        default = schema.get("default", min(_PAGE_SIZE, most))
        if not isinstance(default, int) or not 1 <= default <= most:
            raise ContractError(where, "The default is not from 1 to the maximum.", "Choose one.")
        return int(default)

    def _check_cursor(self, place: Place) -> None:
        place, schema = whole(self.document, place)
        if schema.get("type") != "string" or not schema_at(self.document, place).accepts("A" * 32):
            raise ContractError(
                place,
                "A cursor is a string of 32 letters, digits, - and _.",
                "Allow that: pattern: '^[A-Za-z0-9_-]{32}$'.",
            )

    def _check_filter(self, place: Place, name: str, properties: Properties) -> None:
        if name not in properties:
            raise ContractError(
                place,
                f"{name!r} is no property of the item, nor limit or cursor.",
                "A list filters by properties; name one.",
            )
        where, schema = properties[name]
        if schema.get("type") not in ("string", "integer", "boolean"):
            raise ContractError(
                where,
                f"Nobody can filter by {name!r}.",
                "A filter is a string, integer or boolean.",
            )
        asked_place, asked = whole(self.document, (*place, "schema"))
        if asked.get("type") != schema["type"]:
            raise ContractError(
                asked_place,
                f"The filter is no {schema['type']}, as {name!r} is.",
                "Refer to the schema of the property.",
            )
        if "default" in asked:
            value = orjson.dumps(asked["default"]).decode()
            raise ContractError(
                (*asked_place, "default"),
                f"A client made from this contract sends {f'{name}={value}'!r} with every list,"
                " and never sees the other items.",
                "Remove the default here; the property may say it beside allOf: [$ref].",
            )
        if schema.get("type") == "string" and _longest(schema) > 266:
            raise ContractError(
                where,
                f"A value of {name!r} may be too long for the key of an index (2,048 bytes).",
                "Give it a maxLength of at most 266.",
            )
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise ContractError(where, f"No index can be named after {name!r}.", "Rename it.")

    def _declared_parameters(self, place: Place | None) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Those of the operation, then those of its path that it does not have itself."""
        if place is None:
            return
        seen: set[tuple[str, str]] = set()
        for owner in (place, place[:-1]):
            own = set()
            for index in range(len(self.document.at(owner).get("parameters", ()))):
                where, declared = self.document.resolve((*owner, "parameters", str(index)))
                name = declared["in"], declared["name"]
                if name in own:
                    raise ContractError(where, f"{name[1]!r} stands here twice.", "Keep one.")
                own.add(name)
                if name in seen:
                    continue
                if "schema" not in declared:
                    raise ContractError(where, "The parameter has no schema.", "Give it one.")
                yield where, declared
            seen |= own

    def _check_path_parameter(
        self, kind: Kind, place: Place, parameters: tuple[Parameter, ...]
    ) -> None:
        if kind.of_item and all(each.place != "path" for each in parameters):
            raise ContractError(
                place,
                f"The parameter {self.pair.id_parameter!r} of the path is not described.",
                "Describe it: in: path, required: true, a string with format: uuid.",
            )

    def _parameters(self, kind: Kind, place: Place, collection: Collection) -> Iterator[Parameter]:
        known = _known_parameters(kind, self.pair.id_parameter, collection)
        for where, declared in self._declared_parameters(place):
            name, part = declared["name"], declared["in"]
            if part == "header":
                name = SPELLINGS.get(name.lower(), name)
            if (part, name) not in known:
                raise ContractError(
                    where,
                    f"There is no rule for the {part} parameter {name!r} here.",
                    f"Remove it; known are: {', '.join(each for _, each in sorted(known))}.",
                )
            schema_place, schema = whole(self.document, (*where, "schema"))
            if schema.get("type") not in PARSERS:
                raise ContractError(schema_place, f"{name!r} is no scalar.", "Give it such a type.")
            if part == "header" and schema["type"] != "string":
                raise ContractError(schema_place, f"{name!r} is text.", "Write type: string.")
            if part == "path" and not schema_at(self.document, schema_place).accepts(SAMPLE_ID):
                raise ContractError(schema_place, "Ids are uuids.", "Allow them: format: uuid.")
            yield Parameter(
                name, part, declared.get("required", False), schema["type"],
                schema_at(self.document, (*where, "schema")),
            )  # fmt: skip


def _defaults(properties: Properties) -> dict[str, Any]:
    return {name: each["default"] for name, (_, each) in properties.items() if "default" in each}


def _known_parameters(
    kind: Kind, id_parameter: str | None, collection: Collection
) -> set[tuple[str, str]]:
    known = {("header", name) for name in OBEYED[kind]}
    if kind.of_item:
        known.add(("path", id_parameter or ""))
    if kind is Kind.LIST:
        known |= {("query", name) for name in ("limit", "cursor", *collection.filters)}
    return known


def _problem_statuses(kind: Kind) -> list[int]:
    """What may go wrong with an operation, and with another method on its path."""
    return {
        Kind.LIST: [400, 405, 429, 500, 503],
        Kind.CREATE: [400, 405, 413, 415, 422, 429, 500, 503],
        Kind.GET: [400, 404, 405, 412, 429, 500, 503],
        Kind.UPDATE: [400, 404, 405, 412, 413, 415, 429, 500, 503],
        Kind.DELETE: [400, 404, 405, 412, 429, 500, 503],
    }[kind]


def _longest(schema: dict[str, Any]) -> int:
    if "enum" in schema:
        return max(len(str(value)) for value in schema["enum"])
    if schema.get("format") in ("uuid", "date", "ipv4", "ipv6"):
        return 45
    return int(schema.get("maxLength", 1_000_000))
