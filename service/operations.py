"""What each operation means in HTTP: pages and cursors, entity tags, idempotency keys."""

import base64
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

import orjson

from service.call import Answer, Call
from service.contract.model import Collection, ItemShape, PageShape
from service.contract.rules import Rule
from service.contract.stated import MERGE_PATCH
from service.ids import Ids, ids_of
from service.problems import IdTaken, InvalidRequest
from service.stores import (
    MOST_TOKENS,
    Item,
    ItemMissing,
    KeyReused,
    Position,
    Scope,
    Store,
    StoreUnavailable,
    TokenStale,
    Values,
)
from service.stores.limits import most_items

_ENTITY_TAG = re.compile(r'(?:^|(?<=,))\s*(W/)?"([!#-~]*)"\s*(?=,|$)')
_ANY = "*"
_FIRST = bytes(16)
_DRAWS = 4
"""Of integer ids, until one is free."""

_LATEST = 10**13 - 1
"""The last millisecond of 13 digits, in the year 2286."""


class Operations:
    """What the rules answer, over one store."""

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
        after = _position(ids_of(collection), cursor) if cursor is not None else None
        page = self.store.list(_scope(call), parameters, limit, after)
        items = [_shown(collection, item, shape.shown) for item in page.items]
        query = parameters if shape.limit is None else {**parameters, shape.limit: limit}
        answer = _page(call, items, page.next, query)
        most = most_items(answer.body or b"", map(orjson.dumps, items))
        if most is None:
            return answer
        return _page(call, items[:most], page.position(most - 1), query)

    def create(self, call: Call) -> Answer:
        key = call.parameters.get("Idempotency-Key")
        item, id = self._created(call) if key is None else self._created_once(call, key)
        return _whole(call, item, {"Location": f"{call.path}/{id}"})

    def _created(self, call: Call) -> tuple[Item, str]:
        """An integer may be taken: then another is drawn."""
        ids = ids_of(call.operation.collection)
        for _ in range(_DRAWS):
            id = ids.new()
            try:
                return self._put(call, id, None), id
            except KeyReused:
                continue
        raise StoreUnavailable(f"No free id in {_DRAWS} draws")

    def _created_once(self, call: Call, key: str) -> tuple[Item, str]:
        """No other id is tried: whoever repeated the request would not find it again."""
        collection = call.operation.collection
        id = ids_of(collection).derived(_scope(call), key)
        if not collection.integer_ids:
            return self._put(call, id, call.fingerprint), id
        try:
            return self._put(call, id, call.fingerprint_with(key)), id
        except KeyReused as error:
            raise IdTaken() from error

    def _put(self, call: Call, id: str, fingerprint: str | None) -> Item:
        collection, milliseconds = call.operation.collection, int(self.now() * 1000)
        values = _new_values(collection, id, call.body, milliseconds)
        position = Position(milliseconds, id)
        return self.store.create(_scope(call), position, values, _new_token(), fingerprint)

    def get(self, call: Call) -> Answer:
        id = _id(call)
        item = self.store.get(_scope(call), id)
        wanted, known = _preconditions(call)
        if wanted is not None and not _names(wanted, item.token, weak=False):
            raise TokenStale(id)
        if known is not None and _names(known, item.token, weak=True):
            return Answer(304, None, {"ETag": f'"{item.token}"'})
        return _whole(call, item, {})

    def update(self, call: Call) -> Answer:
        operation, collection = call.operation, call.operation.collection
        stamp = _timestamp(int(self.now() * 1000))
        changes, removed = call.body, []
        if operation.replaces:
            changes = {**operation.defaults, **changes}
            removed = [name for name in operation.sent if name not in changes]
        elif call.media_type == MERGE_PATCH:
            changes, removed = _patched(collection, changes)
        changes = {**changes, **dict.fromkeys(collection.stamped_on_write, stamp)}
        item = self.store.update(
            _scope(call), _id(call), changes, _new_token(), *_accepted(call), removed
        )
        return _whole(call, item, {})

    def delete(self, call: Call) -> Answer:
        self.store.delete(_scope(call), _id(call), *_accepted(call))
        return Answer(int(call.operation.success))


def _page(call: Call, items: Sequence[Values], next: Position | None, query: Values) -> Answer:
    shape = cast(PageShape, call.operation.page)
    cursor = None
    headers = {}
    if next is not None:
        cursor = _cursor(ids_of(call.operation.collection), next)
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
    return Scope(call.operation.collection.name, call.caller.owner)


def _id(call: Call) -> str:
    """The id in the path. Raises ItemMissing for what no item can be named."""
    value = call.parameters[call.operation.id_parameter]
    id = ids_of(call.operation.collection).named(value)
    if id is None:
        raise ItemMissing(str(value))
    return id


def _new_token() -> str:
    return secrets.token_urlsafe(16)


def _timestamp(milliseconds: int) -> str:
    """RFC 3339 in UTC, always with three digits of a second."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def _new_values(collection: Collection, id: str, body: Values, milliseconds: int) -> Values:
    values = {
        **collection.defaults_on_create,
        **body,
        **dict.fromkeys(collection.stamped, _timestamp(milliseconds)),
        collection.id: ids_of(collection).shown(id),
    }
    return {name: values[name] for name in collection.properties if name in values}


def _shown(collection: Collection, item: Item, shape: ItemShape) -> Values:
    """The item as the contract describes it today, whenever it was written."""
    values = item.values
    if values.keys() == collection.names and not (collection.integer_ids or shape.names):
        return values
    values = {**collection.defaults, **values}
    if collection.integer_ids:
        values[collection.id] = int(values[collection.id])
    names = collection.names if shape.names is None else shape.names
    return {
        name: values[name] for name in collection.properties if name in values and name in names
    }


def _whole(call: Call, item: Item, headers: dict[str, str]) -> Answer:
    """An item, or as much of it as the operation shows."""
    operation = call.operation
    headers = {"ETag": f'"{item.token}"', **headers}
    if operation.shown is None:
        return Answer(int(operation.success), None, headers)
    values = _shown(operation.collection, item, operation.shown)
    if operation.shown.wrapper is not None:
        values = {operation.shown.wrapper: values}
    return Answer(int(operation.success), orjson.dumps(values), headers)


def _preconditions(call: Call) -> tuple[str | None, str | None]:
    """If-Match and If-None-Match, in the order of RFC 9110, 13.2.2."""
    return call.parameters.get("If-Match"), call.parameters.get("If-None-Match")


def _names(tags: str, token: str, *, weak: bool) -> bool:
    return tags.strip() == _ANY or token in _tokens(tags, weak=weak)


def _tokens(tags: str, *, weak: bool) -> list[str]:
    """What a list of entity tags names, compared weakly or strongly (RFC 9110, 8.8.3.2)."""
    return [tag for prefix, tag in _ENTITY_TAG.findall(tags) if weak or not prefix]


def _accepted(call: Call) -> tuple[list[str] | None, list[str]]:
    """The tokens that a write may find (None for any), and those that it may not.

    Whichever precondition fails, a write is answered 412 (RFC 9110, 13.1.1 and 13.1.2).
    """
    wanted, known = _preconditions(call)
    if wanted is None and known is None:
        return None, []
    if known is not None and known.strip() == _ANY:
        return [], []
    expected = None if wanted is None or wanted.strip() == _ANY else _tokens(wanted, weak=False)
    unexpected = [] if known is None else _tokens(known, weak=True)
    _check_number("If-Match", expected or [])
    _check_number("If-None-Match", unexpected)
    return expected, unexpected


def _check_number(name: str, tokens: list[str]) -> None:
    if len(tokens) > MOST_TOKENS:
        detail = f"names more than {MOST_TOKENS} versions"
        raise InvalidRequest([{"detail": detail, "part": "header", "name": name}])


def _cursor(ids: Ids, position: Position) -> str:
    """32 characters of base64url: 8 bytes of time, 16 of the id."""
    raw = position.created.to_bytes(8, "big") + ids.raw(position.id)
    return base64.urlsafe_b64encode(raw).decode()


def _position(ids: Ids, cursor: str) -> Position:
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        created = min(int.from_bytes(raw[:8], "big"), _LATEST)
        return Position(created, ids.of(raw[8:]))
    except ValueError:
        # The end of one's own list; a contract with the pattern refuses it before.
        return Position(0, ids.of(_FIRST))


def _encoded(query: Values) -> str:
    texts = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return urlencode(texts)
