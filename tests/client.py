"""A client that speaks to the Lambda handler in REST API proxy events."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from service.contract.model import Contract
from service.proxy import Handler
from tests.callers import person, service
from tests.closed import ClosedAnswers


@dataclass(frozen=True)
class Reply:
    """An answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[dict[str, str]]:
        errors: list[dict[str, str]] = self.json["errors"]
        return errors


class Client:
    """`stage` is what API Gateway puts before the path in `requestContext.path`.

    With a `contract` every answer is held against what it says, and may not hold a property more,
    and the caller is one who may call everything.
    """

    def __init__(
        self, handler: Handler, stage: str = "prod", contract: Contract | None = None
    ) -> None:
        self.handler = handler
        self.stage = stage
        self.caller = _entitled(contract) if contract else {}
        self.answers = ClosedAnswers(contract) if contract else None

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        raw: str | None = None,
        **members: Any,
    ) -> Reply:
        """`body` is sent as JSON, `raw` as it is; `members` replace those of the event."""
        text = raw if raw is not None else None if body is None else json.dumps(body)
        fields = {"Content-Type": "application/json"} if text is not None else {}
        event = self.event(method, target, text, {**fields, **(headers or {})})
        answer = self.handler({**event, **members}, None)
        names = {name.lower(): value for name, value in answer["headers"].items()}
        reply = Reply(int(answer["statusCode"]), names, answer["body"])
        if self.answers and reply.body:
            kind = reply.headers["content-type"]
            assert self.answers.faults(method, event["path"], reply.status, kind, reply.json) == []
        return reply

    def event(
        self, method: str, target: str, body: str | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        path, _, query_string = target.partition("?")
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(query_string, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        return {
            "httpMethod": method,
            "path": path,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "requestContext": {
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "path": f"/{self.stage}{path}",
                "stage": self.stage,
                **self.caller,
            },
            "body": body,
            "isBase64Encoded": False,
        }

    def get(self, target: str, **headers: str) -> Reply:
        return self.request("GET", target, headers=_fields(headers))

    def post(self, target: str, body: Any, **headers: str) -> Reply:
        return self.request("POST", target, body, _fields(headers))

    def put(self, target: str, body: Any, **headers: str) -> Reply:
        return self.request("PUT", target, body, _fields(headers))

    def delete(self, target: str, **headers: str) -> Reply:
        return self.request("DELETE", target, headers=_fields(headers))


def _entitled(contract: Contract) -> dict[str, Any]:
    """What an event has for a caller of every kind that some operation asks for."""
    schemes = contract.schemes
    somebody = person("ann", *schemes.person.scopes) if schemes.person else {}
    return {**somebody, **(service("AIDAUSER") if schemes.service else {})}


def _fields(headers: dict[str, str]) -> dict[str, str]:
    """`if_match` is the header If-Match."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
