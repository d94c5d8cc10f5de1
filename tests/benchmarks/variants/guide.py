"""The guide's handler: one function, an if for each route, no validation, nothing logged.

Told in our own words, with the guide's steps: a Scan for the list, a get before each write.
"""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.benchmarks.cases import Answer, Event, Handler
from tests.benchmarks.stubs import StubTable

_CORS = {"Access-Control-Allow-Origin": "*"}
_CHANGEABLE = ("title", "description", "completed")


def stubbed() -> Handler:
    return create_handler(StubTable())


def whole() -> Handler:
    import boto3

    return create_handler(boto3.resource("dynamodb").Table("TodoItems"))


def create_handler(table: Any) -> Handler:
    def handler(event: Event, _: Any) -> Answer:
        try:
            return _route(table, event)
        except Exception as error:
            print(f"Error: {error}")  # noqa: T201 - the guide's only log
            return _answer(500, {"error": "Internal server error"})

    return handler


def _route(table: Any, event: Event) -> Answer:
    method, path = event["httpMethod"], event["path"]
    id = path.split("/")[-1]
    if method == "GET" and path == "/todos":
        return _list(table)
    if method == "GET" and path.startswith("/todos/"):
        return _get(table, id)
    if method == "POST":
        return _create(table, json.loads(event["body"]))
    if method == "PUT":
        return _update(table, id, json.loads(event["body"]))
    if method == "DELETE":
        return _delete(table, id)
    return _answer(405, {"error": "Method not allowed"})


def _list(table: Any) -> Answer:
    items = _without_decimals(table.scan()["Items"])
    return _answer(200, {"items": items, "count": len(items)})


def _get(table: Any, id: str) -> Answer:
    found = table.get_item(Key={"id": id})
    if "Item" not in found:
        return _answer(404, {"error": "Todo not found"})
    return _answer(200, _without_decimals(found["Item"]))


def _create(table: Any, body: dict[str, Any]) -> Answer:
    now = _now()
    item = {
        "id": str(uuid.uuid4()),
        "title": body.get("title", ""),
        "description": body.get("description", ""),
        "completed": body.get("completed", False),
        "createdAt": now,
        "updatedAt": now,
    }
    table.put_item(Item=item)
    return _answer(201, item)


def _update(table: Any, id: str, body: dict[str, Any]) -> Answer:
    if "Item" not in table.get_item(Key={"id": id}):
        return _answer(404, {"error": "Todo not found"})
    changes = {name: body[name] for name in _CHANGEABLE if name in body} | {"updatedAt": _now()}
    changed = table.update_item(
        Key={"id": id},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
        ExpressionAttributeNames={f"#{name}": name for name in changes},
        ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
        ReturnValues="ALL_NEW",
    )
    return _answer(200, _without_decimals(changed["Attributes"]))


def _delete(table: Any, id: str) -> Answer:
    if "Item" not in table.get_item(Key={"id": id}):
        return _answer(404, {"error": "Todo not found"})
    table.delete_item(Key={"id": id})
    return _answer(200, {"message": "Todo deleted successfully"})


def _answer(status: int, body: Any) -> Answer:
    headers = {**_CORS, "Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def _without_decimals(value: Any) -> Any:
    return json.loads(json.dumps(value, default=_float))


def _float(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
