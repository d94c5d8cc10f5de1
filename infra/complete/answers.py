"""Answers for collections that describe none: an item as it must be, made of what creates it."""

import copy

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.operations import camel, singular
from infra.complete.schemas import is_plain, properties, written
from service.contract.document import Json
from service.contract.model import Operation

_STAMP = {"type": "string", "format": "date-time", "readOnly": True}
_OURS: Mapping = {
    "id": {"type": "string", "format": "uuid", "readOnly": True},
    "created": _STAMP,
    "updated": _STAMP,
}


def describe_answer(draft: Draft, row: Operation) -> None:
    """Lets GET show the item, and the list an array of it, where nothing says what they answer."""
    path, _, parameter = row.path.rpartition("/{")
    if row.method != "get" or not parameter or not _shows_nothing(row):
        return
    rows = {(each.method, each.path): each for each in draft.contract.operations.values()}
    body = _sent(draft, rows.get(("post", path)))
    if body is None:
        return
    name = singular(camel(path.rpartition("/")[2])) or "Item"
    item = draft.component("schemas", name, _item(draft, body))
    _answer(draft, row, item)
    listed = rows.get(("get", path))
    if listed and _shows_nothing(listed):
        _answer(draft, listed, {"type": "array", "items": dict(item)})


def _shows_nothing(row: Operation) -> bool:
    return any(each.kind == "no-item" for each in row.objections)


def _sent(draft: Draft, row: Operation | None) -> Json:
    """The schema of what is created, if one object can say it, without what is ours."""
    if row is None or not _shows_nothing(row):
        return None
    schema = next(
        (each.get("schema") for each in draft.body(row).get("content", {}).values()), None
    )
    names = properties(draft, schema).keys() if schema else set()
    return schema if names and not names & _OURS.keys() and is_plain(draft, schema) else None


def _item(draft: Draft, body: Json) -> Mapping:
    """What is sent, what names it, and when it was written. Answers stay open."""
    sent = written(draft, body)
    name, *stamps = _OURS
    return {
        "type": "object",
        "required": [name, *sent.get("required", []), *stamps],
        "properties": {name: {}, **sent["properties"], **copy.deepcopy(_OURS)},
    }


def _answer(draft: Draft, row: Operation, schema: Mapping) -> None:
    response = draft.success(row)
    content = {"application/json": {"schema": schema}}
    if "content" in response:
        response["content"] = content
    elif response:
        put_behind(response, ("description", "headers"), {"content": content})
