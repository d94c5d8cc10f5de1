"""What each operation means in HTTP: pages and cursors, entity tags, idempotency keys."""

import base64
import re
import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson

from service.call import Answer, Call
from service.contract.model import Collection, Kind
from service.problems import InvalidRequest
from service.stores import MOST_TOKENS, Item, Position, Scope, Store, TokenStale, Values
from service.stores.limits import most_items

_NAMESPACE = uuid.UUID("a9e8a1a4-7f0e-5d0c-9f55-0c8b9a3f6f1d")
_ENTITY_TAG = re.compile(r'(?:^|(?<=,))\s*(W/)?"([!#-~]*)"\s*(?=,|$)')
_ANY = "*"
_END = Position(0, str(uuid.UUID(int=0)))
_LATEST = 10**13 - 1
"""The last millisecond of 13 digits, in the year 2286."""


class Operations:
    """The five operations over one store."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self.store = store
        self.now = now
        self._by_kind: Mapping[Kind, Callable[[Call], Answer]] = {
            Kind.LIST: self.list,
            Kind.CREATE: self.create,
            Kind.GET: self.get,
            Kind.UPDATE: self.update,
            Kind.DELETE: self.delete,
        }

    def answer(self, call: Call) -> Answer:
        """Carry out a validated call. Raises what the store raises, and InvalidRequest."""
        return self._by_kind[call.operation.kind](call)

    def list(self, call: Call) -> Answer:
        collection = call.operation.collection
        parameters = dict(call.parameters)
        limit = parameters.pop("limit", collection.page_size)
        cursor = parameters.pop("cursor", None)
        after = _position(cursor) if cursor is not None else None
        page = self.store.list(_scope(call), parameters, limit, after)
        items = [_shown(collection, item) for item in page.items]
        query = {**parameters, "limit": limit} if call.operation.takes_limit else parameters
        answer = _page(items, page.next, query)
        most = most_items(answer.body or b"", map(orjson.dumps, items))
        return answer if most is None else _page(items[:most], page.position(most - 1), query)

    def create(self, call: Call) -> Answer:
        collection = call.operation.collection
        key = call.parameters.get("Idempotency-Key")
        scope = _scope(call)
        milliseconds = int(self.now() * 1000)
        id = _derived_id(scope, key) if key is not None else str(uuid.uuid4())
        item = self.store.create(
            scope,
            Position(milliseconds, id),
            _new_values(collection, id, call.body, milliseconds),
            _new_token(),
            call.fingerprint if key is not None else None,
        )
        location = f"{call.path}/{id}"
        return _whole(201, collection, item, {"Location": location})

    def get(self, call: Call) -> Answer:
        collection = call.operation.collection
        id = _id(call)
        item = self.store.get(_scope(call), id)
        wanted, known = _preconditions(call)
        if wanted is not None and not _names(wanted, item.token, weak=False):
            raise TokenStale(id)
        if known is not None and _names(known, item.token, weak=True):
            return Answer(304, None, {"ETag": f'"{item.token}"'})
        return _whole(200, collection, item, {})

    def update(self, call: Call) -> Answer:
        operation, collection = call.operation, call.operation.collection
        stamp = _timestamp(int(self.now() * 1000))
        changes = {**call.body, **dict.fromkeys(collection.stamped_on_write, stamp)}
        removed: list[str] = []
        if operation.replaces:
            changes = {**operation.defaults, **changes}
            removed = [name for name in operation.sent if name not in changes]
        item = self.store.update(
            _scope(call), _id(call), changes, _new_token(), *_accepted(call), removed
        )
        return _whole(200, collection, item, {})

    def delete(self, call: Call) -> Answer:
        self.store.delete(_scope(call), _id(call), *_accepted(call))
        return Answer(204)


def _page(items: Sequence[Values], next: Position | None, query: Values) -> Answer:
    body: dict[str, Any] = {"items": items, "count": len(items)}
    if next is None:
        return Answer(200, orjson.dumps(body))
    body["next"] = _cursor(next)
    link = f'<?{_encoded({**query, "cursor": body["next"]})}>; rel="next"'
    return Answer(200, orjson.dumps(body), {"Link": link})


def _scope(call: Call) -> Scope:
    return Scope(call.operation.collection.name, call.caller.owner)


def _id(call: Call) -> str:
    """The id in the path; a uuid is the same in capitals (RFC 9562, 4)."""
    return str(call.parameters[call.operation.id_parameter]).lower()


def _derived_id(scope: Scope, key: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, orjson.dumps([*scope, key]).decode()))


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
    stamps = (*collection.stamped_on_create, *collection.stamped_on_write)
    values = {
        **collection.defaults_on_create,
        **body,
        **dict.fromkeys(stamps, _timestamp(milliseconds)),
        collection.id: id,
    }
    return {name: values[name] for name in collection.properties if name in values}


def _shown(collection: Collection, item: Item) -> Values:
    """The item as the contract describes it today, whenever it was written."""
    values = item.values
    if values.keys() == collection.names:
        return values
    return {
        name: values[name] if name in values else collection.defaults[name]
        for name in collection.properties
        if name in values or name in collection.defaults
    }


def _whole(status: int, collection: Collection, item: Item, headers: dict[str, str]) -> Answer:
    body = orjson.dumps(_shown(collection, item))
    return Answer(status, body, {"ETag": f'"{item.token}"', **headers})


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


def _cursor(position: Position) -> str:
    """32 characters of base64url: 8 bytes of time, 16 of the id."""
    raw = position.created.to_bytes(8, "big") + uuid.UUID(position.id).bytes
    return base64.urlsafe_b64encode(raw).decode()


def _position(cursor: str) -> Position:
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        created = min(int.from_bytes(raw[:8], "big"), _LATEST)
        return Position(created, str(uuid.UUID(bytes=raw[8:])))
    except ValueError:
        return _END  # of one's own list; a contract with the pattern refuses it before


def _encoded(query: Values) -> str:
    texts = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return urlencode(texts)
