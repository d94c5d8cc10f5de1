"""AWS Lambda Powertools: the contract as pydantic models, requests and answers validated.

It is spared timestamps that are parsed, entity tags, idempotency and a log line.
"""
# Powertools is in this variant's own venv only, so its types are unknown here.
# ruff: noqa: ARG001 - a parameter is declared to be validated
# mypy: disable-error-code="import-not-found,misc,untyped-decorator"

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from tests.benchmarks.cases import Handler
from tests.benchmarks.stubs import StubTable
from tests.benchmarks.variants.models import Todo, TodoInput, TodoPage

Cursor = Annotated[str, Query(min_length=32, max_length=32, pattern="^[A-Za-z0-9_-]{32}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
Id = Annotated[uuid.UUID, Path()]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern="^[!-~]+$"),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", min_length=1, max_length=1000, pattern="^[!-~]([ -~]*[!-~])?$"),
]


def stubbed() -> Handler:
    return create_handler(StubTable())


def whole() -> Handler:
    import boto3

    return create_handler(boto3.resource("dynamodb").Table("TodoItems"))


def create_handler(table: Any) -> Handler:
    app = APIGatewayRestResolver(enable_validation=True)

    @app.get("/todos")
    def list_todos(
        limit: Limit = 50, cursor: Cursor | None = None, completed: bool | None = None
    ) -> TodoPage:
        items = table.scan()["Items"]
        return {"items": items, "count": len(items)}  # type: ignore[return-value]

    @app.post("/todos", status_code=201)
    def create_todo(todo: TodoInput, idempotency_key: IdempotencyKey = None) -> Todo:
        now = datetime.now(UTC).isoformat()
        stamps = {"createdAt": now, "updatedAt": now}
        item = {"id": str(uuid.uuid4()), **todo.model_dump(), **stamps}
        table.put_item(Item=item)
        return item  # type: ignore[return-value]

    @app.get("/todos/<id>")
    def get_todo(id: Id, if_none_match: IfNoneMatch = None) -> Todo:
        found = table.get_item(Key={"id": str(id)})
        if "Item" not in found:
            raise NotFoundError("There is no such to-do")
        return found["Item"]  # type: ignore[no-any-return]

    @app.exception_handler(RequestValidationError)
    def tell(error: RequestValidationError) -> Response:
        faults = [{"at": each["loc"], "detail": each["msg"]} for each in error.errors()]
        return Response(400, "application/json", json.dumps({"errors": faults}))

    handler: Handler = app.resolve
    return handler
