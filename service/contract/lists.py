"""Lists: the shape of a page, and what the parameters of a list mean."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from service.contract.document import ContractError, Document, Faults, Place
from service.contract.item_schemas import Item, properties_of
from service.contract.model import ItemShape, PageShape, Parameter
from service.contract.parts import Whole, whole
from service.contract.schemas import schema_at
from service.contract.stated import Stated

MOST_ITEMS = 100
"""The most items that a page holds, whatever a client asks for."""

PAGE_SIZE = 50
"""Unless the contract says otherwise."""

LONGEST_FILTER = 266
"""Characters of a value that fits into the key of an index with all else that stands there: 2,048
bytes (AWS: Constraints in Amazon DynamoDB)."""

_CURSOR = "A" * 32
_LIMITS = {
    *("limit", "pagesize", "perpage", "maxresults", "maxitems", "size", "count", "top", "take"),
    "first",
}
_CURSORS = {
    *("cursor", "pagetoken", "nexttoken", "continuationtoken", "after", "startingafter"),
    *("marker", "lastevaluatedkey"),
}
_PAGES = {"page", "pagenumber", "offset", "skip", "start", "startindex"}
_COUNTS = {"count", "size", "length", "returned"}
_EXACTLY = re.compile(r"\bexact|\bequal|\bonly\b", re.IGNORECASE)


class Page(NamedTuple):
    """Where the parts of a page stand; `items` is None for a bare array."""

    item: Place
    array: Place
    items: str | None
    others: dict[str, tuple[Place, Whole]]


def page_place(document: Document, answer: Place) -> Page | None:
    """A page of items: an array of objects, or an object with exactly one such array."""
    _, schema = whole(document, answer)
    if schema.get("type") == "array":
        item = _item_of(document, answer)
        return Page(item, answer, None, {}) if item else None
    try:
        properties = properties_of(document, answer)
    except ContractError:
        return None
    arrays = [name for name, (_, each) in properties.items() if each.get("type") == "array"]
    if len(arrays) != 1:
        return None
    (name,) = arrays
    place = properties[name][0]
    others = {other: each for other, each in properties.items() if other != name}
    item = _item_of(document, place)
    return Page(item, place, name, others) if item else None


def _item_of(document: Document, array: Place) -> Place | None:
    if "items" not in document.at(array):
        return None
    place, _ = document.resolve((*array, "items"))
    return place if properties_of(document, place) else None


class ListReader:
    """Reads a list, and collects what keeps a rule from answering it."""

    def __init__(self, document: Document, stated: Stated, item: Item) -> None:
        self.document = document
        self.stated = stated
        self.item = item
        self.objections = Faults()
        self.filters: list[str] = []
        self._limit: Parameter | None = None
        self._cursor: Parameter | None = None
        self._size, self._most = PAGE_SIZE, MOST_ITEMS
        for parameter in stated.parameters:
            if parameter.place == "query":
                with self.objections.collected():
                    self._read(parameter)
        self.page: PageShape | None = None
        answer = next(iter(stated.successes.values()), None)
        page = page_place(document, answer) if answer else None
        if page is None and stated.undescribed:
            self.objections += stated.undescribed
        elif page is None:
            self._object(
                stated.place,
                f"{stated.name} returns neither an array of items nor an object with one.",
                "Return one, or write it by hand.",
                "no-page",
            )
        else:
            self._read_page(page)

    def _object(self, place: Place, reason: str, remedy: str, kind: str) -> None:
        self.objections.append(ContractError(place, reason, remedy, kind))

    # -- parameters ------------------------------------------------------------------------------

    def _read(self, parameter: Parameter) -> None:
        name = _plain(parameter.name)
        where = self.stated.parameter_places["query", parameter.name]
        if parameter.name in self.item.properties:
            self._check_filter(where, parameter)
            self.filters.append(parameter.name)
        elif name in _LIMITS and parameter.type == "integer" and not parameter.several:
            self._limit = parameter
            self._read_limit((*where, "schema"), parameter.name)
        elif name in _CURSORS and not parameter.several:
            self._cursor = parameter
            self._check_cursor((*where, "schema"))
        elif name in _PAGES:
            raise ContractError(
                where,
                f"{parameter.name!r} asks for a page by its number, which costs more with each page"
                " and repeats items that move.",
                "Use a cursor, or write this list by hand.",
                "page-number",
            )
        else:
            raise ContractError(
                where,
                f"{parameter.name!r} is not a property of the item, a limit or a cursor.",
                "A list filters by properties: name one, or write this list by hand.",
                "unknown-filter",
            )

    def _read_limit(self, place: Place, name: str) -> None:
        where, schema = whole(self.document, place)
        most, default = schema.get("maximum"), schema.get("default")
        if schema.get("minimum") != 1 or not most or not 1 <= most <= MOST_ITEMS:
            raise ContractError(
                where,
                f"{name!r} has to be from 1 to at most {MOST_ITEMS}.",
                "Write minimum: 1 and such a maximum ('todo-api complete' does).",
                "limit",
            )
        self._most = int(most)
        size = default if default is not None else min(PAGE_SIZE, self._most)
        if not isinstance(size, int) or not 1 <= size <= self._most:
            raise ContractError(
                where, "The default is not from 1 to the maximum.", "Choose one.", "limit"
            )
        self._size = size

    def _check_cursor(self, place: Place) -> None:
        place, schema = whole(self.document, place)
        if schema.get("type") != "string" or not schema_at(self.document, place).accepts(_CURSOR):
            raise ContractError(
                place,
                "A cursor is a string of 32 letters, digits, - and _.",
                "Allow that: pattern: '^[A-Za-z0-9_-]{32}$'.",
                "cursor",
            )

    def _check_filter(self, place: Place, parameter: Parameter) -> None:
        name = parameter.name
        where, schema = self.item.properties[name]
        if schema.get("type") not in ("string", "integer", "boolean"):
            raise ContractError(
                where,
                f"Clients cannot filter by {name!r}.",
                "A filter is a string, integer or boolean; or write this list by hand.",
                "filter",
            )
        asked_place, asked = whole(self.document, (*place, "schema"))
        if asked.get("type") != schema["type"]:
            raise ContractError(
                asked_place,
                f"The filter {name!r} is not of type {schema['type']}, as the property is.",
                "Refer to the schema of the property, or write this list by hand.",
                "filter",
            )
        if "default" in asked:
            value = orjson.dumps(asked["default"]).decode()
            raise ContractError(
                (*asked_place, "default"),
                f"A client made from this contract sends {f'{name}={value}'!r} with every list,"
                " and never sees the other items.",
                "Remove the default here; the property may say it beside its type and allOf:"
                " [$ref].",
                "filter-default",
            )
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise ContractError(
                where, f"No index can be named after {name!r}.", "Rename it.", "filter"
            )
        if schema["type"] == "string":
            self._check_text(place, where, name, schema)

    def _check_text(self, place: Place, where: Place, name: str, schema: Whole) -> None:
        if _longest(schema) > LONGEST_FILTER:
            raise ContractError(
                where,
                f"A value of {name!r} may be too long for the key of an index (2,048 bytes).",
                f"Give it a maxLength of at most {LONGEST_FILTER} ('todo-api complete' does).",
                "long-filter",
            )
        if "enum" in schema or "format" in schema:
            return
        description = str(self.document.at(place).get("description", ""))
        if not _EXACTLY.search(description):
            raise ContractError(
                place,
                f"{name!r} filters by equality, and its description does not say so: it could be"
                " taken for a search.",
                f"Describe it, such as: Exactly this {name} ('todo-api complete' does); or write"
                " this list by hand.",
                "free-text",
            )

    # -- the page --------------------------------------------------------------------------------

    def _read_page(self, page: Page) -> None:
        next_, count = self._named(page)
        if self._limit is None:
            self._size = self._most = MOST_ITEMS if page.items is None else PAGE_SIZE
        if self._cursor is None:
            self._object(
                self.stated.place,
                f"A client cannot ask for the next page: {self.stated.name} has no cursor.",
                "Add the query parameter cursor ('todo-api complete' does).",
                "no-cursor",
            )
        if next_ is None and not self._describes_link():
            self._object(
                (*self.stated.place, "responses"),
                "Nothing here tells a client about the next page.",
                "Describe the header Link and the parameter cursor ('todo-api complete' writes"
                " both).",
                "no-link",
            )
        for fault in self._other_properties(page):
            self.objections.append(fault)
        if self.document.at(page.array).get("maxItems", self._most) < self._most:
            self._object(
                (*page.array, "maxItems"),
                f"The limit allows {self._most} items a page, and maxItems fewer.",
                f"Set maxItems to {self._most}.",
                "page",
            )
        names = frozenset(properties_of(self.document, page.item))
        subset = None if names >= self.item.properties.keys() else names
        self.page = PageShape(
            size=self._size,
            most=self._most,
            items=page.items,
            count=count,
            next=next_,
            cursor=self._cursor.name if self._cursor else "",
            limit=self._limit.name if self._limit else None,
            shown=ItemShape(subset),
        )

    def _named(self, page: Page) -> tuple[str | None, str | None]:
        """The properties that hold the cursor and the count."""
        next_ = count = None
        for name, (where, schema) in page.others.items():
            with self.objections.collected():
                if schema.get("type") == "string" and next_ is None and self._means_next(name):
                    next_ = name
                    self._check_next(where, name)
                elif schema.get("type") == "integer" and _plain(name) in _COUNTS:
                    count = name
                else:
                    raise self._unknown(where, name, schema)
        return next_, count

    def _means_next(self, name: str) -> bool:
        plain = _plain(name)
        return plain.startswith("next") or plain in _CURSORS

    def _check_next(self, where: Place, name: str) -> None:
        answer = next(iter(self.stated.successes.values()))
        if answer and name in self.document.at(answer).get("required", ()):
            raise ContractError(
                where,
                f"{name!r} is absent on the last page, and yet required.",
                "Do not require it.",
                "next",
            )
        self._check_cursor(where)

    def _unknown(self, where: Place, name: str, schema: Whole) -> ContractError:
        if schema.get("type") == "integer" and re.search("total|pages", name, re.IGNORECASE):
            return ContractError(
                where,
                f"{name!r} promises how many items there are, and no list counts them all.",
                "Remove it, or write this list by hand.",
                "total",
            )
        return ContractError(
            where,
            f"No rule says what {name!r} of a page means.",
            "A page has an array of items, a cursor and their count. Remove it, or write this list"
            " by hand.",
            "page",
        )

    def _other_properties(self, page: Page) -> Iterator[ContractError]:
        names = properties_of(self.document, page.item).keys()
        for name in sorted(names - self.item.properties.keys())[:1]:
            yield ContractError(
                page.item,
                f"{self.stated.name} shows {name!r}, and no item has it.",
                "Show the item, or some of its properties, or write it by hand.",
                "other-item",
            )

    def _describes_link(self) -> bool:
        status = next(iter(self.stated.successes), "")
        if not status:
            return False
        _, response = self.document.resolve((*self.stated.place, "responses", status))
        return any(name.lower() == "link" for name in response.get("headers", {}))


def _plain(name: str) -> str:
    return re.sub("[-_]", "", name).lower()


def _longest(schema: Whole) -> int:
    if "enum" in schema:
        return max(len(str(value)) for value in schema["enum"])
    if schema.get("format") in ("uuid", "date", "ipv4", "ipv6"):
        return 45
    return int(schema.get("maxLength", 1_000_000))
