"""Responses for collections without any: the item, derived from what creates it."""

import copy

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.operations import camel, singular
from infra.complete.schemas import is_plain, properties, written
from service.contract.document import Json
from service.contract.model import Operation

_JSON = "application/json"
_STAMP = {"type": "string", "format": "date-time", "readOnly": True}
_UUID = {"type": "string", "format": "uuid", "readOnly": True}
_NUMBER = {"type": "integer", "format": "int64", "maximum": 2**53 - 1, "readOnly": True}
_TELLS_PEOPLE = {"description", "title", "example", "examples"}


def describe_answer(draft: Draft, row: Operation) -> None:
    """Let GET show the item, or the list an array of them, if the response is not described."""
    if row.method != "get" or not _shows_nothing(row) or not _says_nothing(draft, row):
        return
    of_item = row.path.endswith("}")
    path = row.path.rpartition("/{")[0] if of_item else row.path
    rows = {(each.method, each.path): each for each in draft.contract.operations.values()}
    create = rows.get(("post", path))
    if create is None or not _shows_nothing(create):
        return
    beside = (each for each in rows.values() if each.path.startswith(f"{path}/{{"))
    item = _item(draft, create, next(beside, None))
    if item is not None:
        name = singular(camel(path.rpartition("/")[2])) or "Item"
        schema = draft.shared("schemas", name, item)
        _answer(draft, row, schema if of_item else {"type": "array", "items": schema})


def _shows_nothing(row: Operation) -> bool:
    """Whether no response on its paths shows an item."""
    return any(each.kind == "no-item" for each in row.objections)


def _says_nothing(draft: Draft, row: Operation) -> bool:
    for media_type in draft.success(row).get("content", {}).values():
        schema = draft.resolved(media_type.get("schema"))
        if schema.keys() - _TELLS_PEOPLE - {"type"} or schema.get("type", "object") != "object":
            return False
    return True


def _item(draft: Draft, create: Operation, named: Operation | None) -> Mapping | None:
    """What is sent, the id, and the time of creation. Response schemas stay open."""
    for media_type in draft.body(create).get("content", {}).values():
        schema: Json = media_type.get("schema")
        sent = properties(draft, schema)
        if sent and "id" not in sent and is_plain(draft, schema):
            body = written(draft, schema)
            stamps = [each for each in ("created", "updated") if each not in sent]
            ours = {"id": _id(draft, named)}, dict.fromkeys(stamps, _STAMP)
            return {
                "type": "object",
                "required": ["id", *body.get("required", []), *stamps],
                "properties": copy.deepcopy({**ours[0], **body["properties"], **ours[1]}),
            }
    return None


def _id(draft: Draft, named: Operation | None) -> Mapping:
    """The id: an integer if the path of an item has one."""
    for parameter in draft.parameters(named) if named else ():
        if parameter["in"] == "path":
            is_number = draft.resolved(parameter.get("schema")).get("type") == "integer"
            return _NUMBER if is_number else _UUID
    return _UUID


def _answer(draft: Draft, row: Operation, schema: Mapping) -> None:
    response = draft.success(row)
    content = {_JSON: {"schema": schema}}
    if "content" in response:
        response["content"] = content
    elif response:
        put_behind(response, ("description", "headers"), {"content": content})
