"""Collections: the role of each operation on a pair of paths, and the objections to its rule.

What an operation takes and returns decides its role, before any name; a rule needs evidence for it.
A doubtful meaning is an objection: a function may be what is meant.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.contract.document import ContractError, Document, Faults, Place
from service.contract.headers import undeclared
from service.contract.item_schemas import (
    SAMPLE_ID,
    SAMPLE_NUMBER,
    Item,
    Properties,
    body_objections,
    defaults_of,
    merge_objections,
    properties_of,
    required_of,
    taken_by,
)
from service.contract.lists import ListReader, page_place
from service.contract.model import Collection, ItemShape, Operation, PageShape
from service.contract.owners import owner_of
from service.contract.parts import whole
from service.contract.rules import OBEYED, POSITIONS, SUCCESSES, Rule, problems
from service.contract.schemas import schema_at
from service.contract.security import OPEN, Kind
from service.contract.stated import MERGE_PATCH, Stated, undescribed_problem
from service.stores.limits import MOST_WRITTEN

_OWN_ATTRIBUTES = 20
"""The most that the service writes with an update: the token, and the key of every filter."""

_ITEM_PATH = re.compile(r"(?P<path>(?:/[^/{}]+)+)/\{(?P<parameter>[^/{}]+)\}")
_COLLECTION_PATH = re.compile(r"(?:/[^/{}]+)+")


class Pair(NamedTuple):
    """The operations on the two paths of a collection; `named` is the parameter of the second."""

    path: str
    named: str | None
    operations: Sequence[Stated]


def pairs(operations: Sequence[Stated]) -> list[Pair]:
    """The operations that a rule might answer, grouped by the path of their collection."""
    found: dict[str, list[Stated]] = {}
    named: dict[str, str] = {}
    for each in operations:
        item = _ITEM_PATH.fullmatch(each.path)
        if item:
            named.setdefault(item["path"], item["parameter"])
        if item or _COLLECTION_PATH.fullmatch(each.path):
            found.setdefault(item["path"] if item else each.path, []).append(each)
    return [Pair(path, named.get(path), each) for path, each in found.items()]


def rows(document: Document, pair: Pair, can_fill: bool) -> list[Operation]:
    """A row for each operation. `can_fill`: another operation may put items into the collection."""
    return _Reader(document, pair, can_fill).rows()


def row_without_rule(stated: Stated) -> Operation:
    """The row of an operation that only a function can answer."""
    remedy = "It wants a function."
    reason = f"No rule says what {stated.name} does."
    above = stated.path.partition("/{")[0].rpartition("/")[2]
    if above and "}/" in stated.path:
        reason = f"{stated.path} stands below an item of /{above}."
        remedy = (
            "It wants a function. Or make it a collection of its own, with the id of the item above"
            " as a filter."
        )
    objection = ContractError(stated.place, reason, remedy, "no-rule")
    return _row(stated, objections=[objection])


def _row(
    stated: Stated,
    rule: Rule | None = None,
    *,
    of: Collection | None = None,
    shown: ItemShape | None = None,
    page: PageShape | None = None,
    sent: frozenset[str] = frozenset(),
    objections: Sequence[ContractError] = (),
) -> Operation:
    faults = Faults(stated.faults)
    parameters = stated.parameters
    ours = tuple(undeclared(rule, parameters)) if of and not objections else ()
    headers = (*OBEYED[rule], *(each.name for each in parameters if each.place == "header"))
    access = stated.demand.access
    statuses = tuple(
        problems(
            path="{" in stated.path,
            body=bool(stated.body_places),
            headers=headers,
            closed=access != OPEN,
            person=access.caller is Kind.PERSON,
        )
    )
    with faults.collected():
        bodies = stated.bodies
    if fault := undescribed_problem(stated, statuses):
        faults.append(fault)
    success = next(iter(stated.successes), "204")
    return Operation(
        id=stated.id,
        method=stated.method,
        path=stated.path,
        parameters=parameters,
        undeclared=ours,
        bodies={} if faults else bodies,
        body_places=stated.body_places,
        success=success,
        answer=stated.successes.get(success),
        problems=statuses,
        rule=rule,
        of=of,
        shown=shown,
        page=page,
        sent=sent,
        access=access,
        faults=tuple(faults),
        objections=tuple(objections),
    )


class _Reader:
    """Finds the item of a pair of paths, and the role of each of its operations."""

    def __init__(self, document: Document, pair: Pair, can_fill: bool) -> None:
        self.document = document
        self.pair = pair
        self.can_fill = can_fill
        self.by_role: dict[tuple[str, bool], Stated] = {
            (each.method, each.path != pair.path): each for each in pair.operations
        }
        self.wrapper: dict[Stated, str] = {}

    def rows(self) -> list[Operation]:
        place = self._item_place()
        if not self._is_collection():
            return [_row(each, objections=[self._no_rule(each)]) for each in self.pair.operations]
        if place is None:
            return [
                _row(each, objections=[self._nothing_shown(each)]) for each in self.pair.operations
            ]
        self.bodies = {each.name: self._body(each) for each in self.pair.operations}
        shown = set(properties_of(self.document, place))
        self.creates = self._creates(shown)
        if not self.creates and not self.can_fill:
            return [
                _row(each, objections=[self._never_filled(each)]) for each in self.pair.operations
            ]
        taken = {
            name
            for each in self.pair.operations
            if self.creates or each.method != "post"
            for name in taken_by(self.bodies[each.name])
        }
        self.item = Item(self.document, place, self.pair.named, taken)
        if not self.item.id:
            return [_row(each, objections=self.item.faults) for each in self.pair.operations]
        self.list = self._list()
        self.collection = self._collection()
        if self.item.faults:
            return [
                _row(each, self._role(each), of=self.collection, objections=self.item.faults)
                for each in self.pair.operations
            ]
        return [self._row(each) for each in self.pair.operations]

    def _is_collection(self) -> bool:
        """Whether there is a path of an item, or a list of items."""
        listed = self._at("get", of_item=False)
        return self.pair.named is not None or (
            listed is not None and self._shown_place(listed) is not None
        )

    def _role(self, stated: Stated) -> Rule | None:
        role = POSITIONS.get((stated.method, stated.path != self.pair.path))
        if role is Rule.CREATE and not self.creates:
            return None
        if role is Rule.MERGE and self._replaces(stated):
            return Rule.REPLACE
        return role

    def _at(self, method: str, *, of_item: bool) -> Stated | None:
        return self.by_role.get((method, of_item))

    # -- the item --------------------------------------------------------------------------------

    def _item_place(self) -> Place | None:
        """A pointer to the schema of an item: what GET returns, else the largest one shown."""
        got = self._at("get", of_item=True)
        if got is not None and (place := self._shown_place(got)):
            return place
        candidates = [
            place for each in self.pair.operations if (place := self._shown_place(each)) is not None
        ]
        return max(candidates, key=lambda place: len(self._properties(place)), default=None)

    def _shown_place(self, stated: Stated) -> Place | None:
        """A pointer to the schema of the item that an operation returns."""
        answer = next(iter(stated.successes.values()), None)
        if answer is None:
            return None
        if (stated.method, stated.path) == ("get", self.pair.path):
            page = page_place(self.document, answer)
            return page.item if page else None
        properties = self._properties(answer)
        if len(properties) == 1:
            ((name, (where, _)),) = properties.items()
            if self._properties(where):
                self.wrapper[stated] = name
                return self.document.resolve(where)[0]
        return answer if properties else None

    def _properties(self, place: Place) -> Properties:
        try:
            return properties_of(self.document, place)
        except ContractError:
            return {}

    def _nothing_shown(self, stated: Stated) -> ContractError:
        if stated.undescribed:
            return stated.undescribed[0]
        reason = f"Nothing says what an item of {self.pair.path} is, so no rule can"
        return ContractError(
            stated.place,
            f"{reason} answer {stated.name}.",
            "It wants a function; or describe the item, in what GET answers.",
            "no-item",
        )

    def _body(self, stated: Stated) -> Properties:
        return self._properties(stated.body_place) if stated.body_place else {}

    def _creates(self, shown: set[str]) -> bool:
        """Whether POST creates what is shown: it takes and returns no other properties."""
        post = self._at("post", of_item=False)
        if post is None or post.body_place is None:
            return False
        if len(self.by_role) == 1 or not taken_by(self.bodies[post.name]) <= shown:
            return False
        answered = self._shown_place(post)
        if answered is None:
            return not post.successes or None in post.successes.values()
        return set(self._properties(answered)) <= shown

    def _replaces(self, stated: Stated) -> bool:
        """Whether a PUT takes the very schema that create takes."""
        post = self._at("post", of_item=False)
        return (
            stated.method == "put"
            and self.creates
            and post is not None
            and post.body_place == stated.body_place
        )

    def _list(self) -> ListReader | None:
        stated = self._at("get", of_item=False)
        if stated is None:
            return None
        return ListReader(self.document, stated, self.item)

    def _collection(self) -> Collection:
        item, post = self.item, self._at("post", of_item=False)
        defaults = defaults_of(item.properties)
        more = defaults_of(self.bodies[post.name]) if post and self.creates else {}
        return Collection(
            name=self.pair.path.removeprefix("/"),
            path=self.pair.path,
            place=item.place,
            id=item.id,
            integer_ids=item.integer_ids,
            properties=tuple(item.properties),
            required=frozenset(required_of(self.document, item.place)),
            defaults=defaults,
            defaults_on_create=defaults | more,
            stamped_on_create=item.stamped_on_create,
            stamped_on_write=item.stamped_on_write,
            filters={name: defaults.get(name) for name in self.list.filters} if self.list else {},
            caller=owner_of(
                self.document, self.pair.path, [each.demand for each in self.pair.operations]
            ),
        )

    # -- the rows --------------------------------------------------------------------------------

    def _row(self, stated: Stated) -> Operation:
        role = self._role(stated)
        if role is None:
            return _row(stated, of=self.collection, objections=[self._no_rule(stated)])
        objections = Faults()
        page = None
        if role is Rule.LIST and self.list:
            objections += self.list.objections
            page = self.list.page
        with objections.collected():
            self._check_success(stated, role)
        shown = self._shape(stated, role, objections)
        objections += self._unknown_parameters(stated, role)
        sent = frozenset(taken_by(self.bodies[stated.name])) - {
            self.item.id,
            *self.collection.stamped,
        }
        if role is Rule.CREATE or role.updates:
            objections += self._body_objections(stated, role, sent)
        return _row(
            stated, role, of=self.collection, shown=shown, page=page, sent=sent,
            objections=list(dict.fromkeys(objections)),
        )  # fmt: skip

    def _no_rule(self, stated: Stated) -> ContractError:
        if stated.undescribed:
            return stated.undescribed[0]
        if stated.method == "post" and stated.path == self.pair.path:
            return ContractError(
                stated.place,
                f"{stated.name} creates nothing that {self.pair.path} shows: it takes or answers"
                " something else.",
                "It wants a function.",
                "action",
            )
        return ContractError(
            stated.place,
            f"No rule says what {stated.name} does.",
            "It wants a function.",
            "no-rule",
        )

    def _never_filled(self, stated: Stated) -> ContractError:
        """A path that nothing can add items to is not a collection."""
        return ContractError(
            stated.place,
            f"Nothing ever puts an item into {self.pair.path}: it would be empty for good.",
            f"Add POST {self.pair.path}, or write it by hand.",
            "never-filled",
        )

    def _check_success(self, stated: Stated, role: Rule) -> None:
        allowed = SUCCESSES[role]
        others = [
            each
            for each in stated.data.get("responses", {})
            if each[0] in "123" and each not in allowed and (each, role) != ("304", Rule.GET)
        ]
        place = (*stated.place, "responses")
        if others:
            raise ContractError(
                (*place, others[0]),
                f"No rule answers {others[0]} here: {_or(allowed)} is a success of {stated.name}.",
                "Describe that one instead, or write it by hand.",
                "success",
            )
        if len(stated.successes) > 1:
            both = "both creates and changes" if stated.method == "put" else "has several successes"
            raise ContractError(
                place,
                f"{stated.name} {both}: {' and '.join(stated.successes)}.",
                "Leave one success, or write it by hand.",
                "successes",
            )
        answer = next(iter(stated.successes.values()), None)
        if role is Rule.DELETE and (answer is not None or stated.undescribed):
            raise ContractError(
                (*place, next(iter(stated.successes))),
                "A deletion has nothing to show.",
                "Answer 204, or write it by hand.",
                "delete-content",
            )

    def _shape(self, stated: Stated, role: Rule, objections: Faults) -> ItemShape | None:
        """How the item is shown; None if the response has no content, or shows a page."""
        if role in (Rule.LIST, Rule.DELETE):
            return None
        objections += stated.undescribed
        place = self._shown_place(stated)
        if place is None:
            if role is Rule.GET and not stated.undescribed:
                objections.append(self._nothing_shown(stated))
            return None
        names = set(self._properties(place))
        if not names <= set(self.item.properties):
            more = sorted(names - set(self.item.properties))[0]
            objections.append(
                ContractError(
                    place,
                    f"{stated.name} shows {more!r}, and no item of {self.pair.path} has it.",
                    "Show the item, or some of its properties, or write it by hand.",
                    "other-item",
                )
            )
        subset = None if names >= set(self.item.properties) else frozenset(names)
        return ItemShape(subset, self.wrapper.get(stated))

    def _unknown_parameters(self, stated: Stated, role: Rule) -> Iterator[ContractError]:
        for parameter in stated.parameters:
            where = stated.parameter_places[parameter.place, parameter.name]
            if parameter.place == "path":
                yield from self._other_ids(where)
            elif parameter.place == "header":
                if parameter.name not in OBEYED[role]:
                    yield _no_meaning(where, parameter.place, parameter.name)
                elif parameter.type != "string" or parameter.several:
                    yield ContractError(
                        where, f"{parameter.name!r} is text.", "Write type: string.", "parameter"
                    )
            elif role is not Rule.LIST:
                yield _no_meaning(where, parameter.place, parameter.name)

    def _other_ids(self, where: Place) -> Iterator[ContractError]:
        """A parameter of the path that refuses the ids of the collection."""
        place, schema = whole(self.document, (*where, "schema"))
        is_number = schema.get("type") == "integer"
        sample = SAMPLE_NUMBER if is_number else SAMPLE_ID
        if self.item.integer_ids and not is_number:
            sample = str(SAMPLE_NUMBER)
        fits = is_number <= self.item.integer_ids
        if not fits or not schema_at(self.document, place).accepts(sample):
            what = "integers" if self.item.integer_ids else "uuids"
            yield ContractError(
                place, f"Ids are {what}.", "Allow them here, or write it by hand.", "path-id"
            )

    # -- what is written -------------------------------------------------------------------------

    def _body_objections(
        self, stated: Stated, role: Rule, sent: frozenset[str]
    ) -> Iterator[ContractError]:
        place, properties = stated.body_place, self.bodies[stated.name]
        if place is None:
            yield ContractError(
                stated.place,
                f"{stated.name} takes no body.",
                "Add a requestBody, or write it by hand.",
                "no-body",
            )
            return
        yield from body_objections(self.item, place, properties)
        if role is Rule.CREATE:
            yield from self._unwritten(place)
        else:
            yield from self._too_many(place, sent)
        if role is Rule.MERGE:
            yield from merge_objections(self.document, place)
            if MERGE_PATCH in stated.body_places:
                yield from self._merged_inside(place, properties)

    def _unwritten(self, place: Place) -> Iterator[ContractError]:
        """Properties that an item may lack although they are required, or that it always lacks."""
        item, collection = self.item, self.collection
        ours = {item.id, *collection.stamped, *collection.defaults_on_create}
        always = required_of(self.document, place) | ours
        for name, (where, schema) in item.properties.items():
            if name not in item.taken | ours:
                if name in collection.required or schema.get("type") not in ("array", "object"):
                    yield ContractError(
                        where,
                        f"Nothing writes {name!r}.",
                        "Let clients send it, or write create by hand.",
                        "unwritten",
                    )
            elif name in collection.required - always:
                yield ContractError(
                    item.place,
                    f"{name!r} is required in a response, but a client may leave it out.",
                    "Require it in the request too, or give it a default.",
                    "not-required",
                )

    def _too_many(self, place: Place, sent: frozenset[str]) -> Iterator[ContractError]:
        most = MOST_WRITTEN - len(self.collection.stamped_on_write) - _OWN_ATTRIBUTES
        if len(sent) > most:
            yield ContractError(
                place,
                f"An update of {len(sent)} properties is more than DynamoDB writes at once.",
                f"Keep {most}, or put some together into one property that is an object.",
                "too-many",
            )

    def _merged_inside(self, place: Place, properties: Properties) -> Iterator[ContractError]:
        """RFC 7396 merges into nested objects, but the service writes whole properties."""
        for name, (_, schema) in properties.items():
            if schema.get("type") == "object":
                yield ContractError(
                    (*place, "properties", name),
                    f"A merge patch merges into the object {name!r}, but the service writes whole"
                    " properties.",
                    "Take application/json, or a flat item.",
                    "merge-patch",
                )


def _no_meaning(where: Place, part: str, name: str) -> ContractError:
    return ContractError(
        where,
        f"There is no rule for the {part} parameter {name!r} here.",
        "Remove it, or write this operation by hand.",
        "parameter",
    )


def _or(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
