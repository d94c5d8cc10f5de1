"""What each rule means in HTTP: pages and cursors, entity tags, idempotency keys."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

import orjson

from service.call import Answer, Call, scope_in
from service.contract.model import Collection, PageShape
from service.contract.rules import Rule
from service.contract.stated import MERGE_PATCH
from service.cursors import cursor_of, position_of
from service.ids import ids_of
from service.preconditions import accepted, names
from service.problems import InvalidRequest
from service.records import (
    Place,
    all_shown,
    created,
    created_once,
    new_token,
    recalled,
    shown,
    timestamp,
)
from service.stores import Item, ItemMissing, Position, Scope, Store, TokenStale, Values
from service.stores.limits import most_items


class Operations:
    """Carries out the rules, over one store."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self.store = store
        self.now = now
        self._by_rule: Mapping[Rule, Callable[[Call], Answer]] = {
            Rule.LIST: self.list,
            Rule.CREATE: self.create,
            Rule.GET: self.get,
            Rule.REPLACE: self.update,
            Rule.MERGE: self.update,
            Rule.DELETE: self.delete,
        }

    def answer(self, call: Call) -> Answer:
        """Carry out a validated call. Raises what the store raises, and InvalidRequest."""
        return self._by_rule[cast(Rule, call.operation.rule)](call)

    def list(self, call: Call) -> Answer:
        collection, shape = call.operation.collection, cast(PageShape, call.operation.page)
        parameters = dict(call.parameters)
        limit = shape.size if shape.limit is None else parameters.pop(shape.limit, shape.size)
        cursor = parameters.pop(shape.cursor, None)
        after = position_of(ids_of(collection), cursor) if cursor is not None else None
        page = self.store.list(_scope(call), parameters, limit, after)
        items = all_shown(collection, page.items, shape.shown)
        query = parameters if shape.limit is None else {**parameters, shape.limit: limit}
        answer = _page(call, items, page.next, query)
        most = most_items(answer.body or b"", map(orjson.dumps, items))
        if most is None:
            return answer
        return _page(call, items[:most], page.position(most - 1), query)

    def create(self, call: Call) -> Answer:
        key = call.parameters.get("Idempotency-Key")
        collection, place = call.operation.collection, self._place(call)
        if key is None:
            return _created(call, *created(place, collection, call.body))
        fingerprint = _fingerprint(call, key)
        return _created(call, *created_once(place, collection, call.body, key, fingerprint))

    def recall(self, call: Call) -> Answer | None:
        """The answer to a create whose idempotency key repeats an earlier one's; else None."""
        key = call.parameters.get("Idempotency-Key")
        if key is None:
            return None
        place, collection = self._place(call), call.operation.collection
        found = recalled(place, collection, key, _fingerprint(call, key))
        return None if found is None else _created(call, *found)

    def _place(self, call: Call) -> Place:
        return Place(self.store, _scope(call), int(self.now() * 1000))

    def get(self, call: Call) -> Answer:
        id = _id(call)
        item = self.store.get(_scope(call), id)
        wanted, known = preconditions(call)
        if wanted is not None and not names(wanted, item.token, weak=False):
            raise TokenStale(id)
        if known is not None and names(known, item.token, weak=True):
            return Answer(304, None, {"ETag": f'"{item.token}"'})
        return _whole(call, item, {})

    def update(self, call: Call) -> Answer:
        operation, collection = call.operation, call.operation.collection
        stamp = timestamp(int(self.now() * 1000))
        changes, removed = call.body, []
        if operation.replaces:
            changes = {**operation.defaults, **changes}
            removed = [name for name in operation.sent if name not in changes]
        elif call.media_type == MERGE_PATCH:
            changes, removed = _patched(collection, changes)
        changes = {**changes, **dict.fromkeys(collection.stamped_on_write, stamp)}
        item = self.store.update(
            _scope(call), _id(call), changes, new_token(), *accepted(*preconditions(call)), removed
        )
        return _whole(call, item, {})

    def delete(self, call: Call) -> Answer:
        self.store.delete(_scope(call), _id(call), *accepted(*preconditions(call)))
        return Answer(int(call.operation.success))


def _page(call: Call, items: Sequence[Values], next: Position | None, query: Values) -> Answer:
    shape = cast(PageShape, call.operation.page)
    cursor = None
    headers = {}
    if next is not None:
        cursor = cursor_of(ids_of(call.operation.collection), next)
        link = _encoded({**query, shape.cursor: cursor})
        headers = {"Link": f'<?{link}>; rel="next"'}
    if shape.items is None:
        return Answer(200, orjson.dumps(items), headers)
    body: dict[str, Any] = {shape.items: items}
    if shape.count is not None:
        body[shape.count] = len(items)
    if cursor is not None and shape.next is not None:
        body[shape.next] = cursor
    return Answer(200, orjson.dumps(body), headers)


def _patched(collection: Collection, patch: Values) -> tuple[Values, list[str]]:
    """What a merge patch sets, and what it removes (RFC 7396, 2)."""
    removed = [name for name, value in patch.items() if value is None]
    for name in removed:
        if name in collection.required:
            raise InvalidRequest([{"detail": "cannot be removed", "pointer": f"/{name}"}])
    return {name: value for name, value in patch.items() if value is not None}, removed


def _scope(call: Call) -> Scope:
    return scope_in(call.caller, call.operation.collection)


def _id(call: Call) -> str:
    """The id in the path. Raises ItemMissing for a value that no id can have."""
    value = call.parameters[call.operation.id_parameter]
    id = ids_of(call.operation.collection).named(value)
    if id is None:
        raise ItemMissing(str(value))
    return id


def _fingerprint(call: Call, key: str) -> str:
    """An item with another key may have the same integer id: the fingerprint shows that."""
    is_drawn = call.operation.collection.integer_ids
    return call.fingerprint_with(key) if is_drawn else call.fingerprint


def _created(call: Call, item: Item, id: str) -> Answer:
    return _whole(call, item, {"Location": f"{call.path}/{id}"})


def _whole(call: Call, item: Item, headers: dict[str, str]) -> Answer:
    """An answer with the item, or with as much of it as the operation shows."""
    operation = call.operation
    headers = {"ETag": f'"{item.token}"', **headers}
    if operation.shown is None:
        return Answer(int(operation.success), None, headers)
    values = shown(operation.collection, item, operation.shown)
    if operation.shown.wrapper is not None:
        values = {operation.shown.wrapper: values}
    return Answer(int(operation.success), orjson.dumps(values), headers)


def preconditions(call: Call) -> tuple[str | None, str | None]:
    """If-Match and If-None-Match, in the order of RFC 9110, 13.2.2."""
    return call.parameters.get("If-Match"), call.parameters.get("If-None-Match")


def _encoded(query: Values) -> str:
    texts = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return urlencode(texts)
