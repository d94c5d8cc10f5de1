"""The requests measured: events as API Gateway sends them, and the answers each must get.

Only the standard library is used here: every variant's venv imports this.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Event, Any], Answer]

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
MISSING_ID = "00000000-0000-4000-8000-000000000000"
SENT = {
    "title": "Learn AWS",
    "description": "Complete the serverless API project",
    "completed": False,
}
TODO = {
    "id": ID,
    **SENT,
    "createdAt": "2026-11-22T10:00:00.000Z",
    "updatedAt": "2026-11-22T10:00:00.000Z",
}
PAGE = 25
SCOPE = ("todos", "everyone")
"""The collection and the owner under which the store keeps them."""


@dataclass(frozen=True)
class Case:
    """One request; `check` raises AssertionError for any answer but the right one."""

    name: str
    event: Event
    statuses: tuple[int, ...]
    check: Callable[[Any], None]

    def ask(self, handler: Handler) -> None:
        answer = handler(self.event, None)
        assert int(answer["statusCode"]) in self.statuses, f"{self.name}: {answer}"
        self.check(json.loads(answer["body"]) if answer["body"] else None)


def _event(method: str, path: str, resource: str, body: Any = None, **more: Any) -> Event:
    """A REST API proxy event, whole: the headers a browser and CloudFront add are paid for."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate, br",
        "Accept-Language": "en-GB,en;q=0.9",
        "CloudFront-Forwarded-Proto": "https",
        "CloudFront-Is-Desktop-Viewer": "true",
        "CloudFront-Viewer-Country": "DE",
        "Content-Type": "application/json",
        "Host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
        "Origin": "https://d111111abcdef8.cloudfront.net",
        "Referer": "https://d111111abcdef8.cloudfront.net/",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Via": "2.0 f00d.cloudfront.net (CloudFront)",
        "X-Amz-Cf-Id": "Zk8Qm1kVbZ1x3Yf7c0aB5m2nQ0xkq7w9sR4tU6vW8yA0bC2dE4fG6h==",
        "X-Amzn-Trace-Id": "Root=1-6921a2b3-1a2b3c4d5e6f708192a3b4c5",
        "X-Forwarded-For": "203.0.113.7, 130.176.0.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    query: dict[str, str] = more.get("query", {})
    id = more.get("id")
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} or None,
        "pathParameters": {"id": id} if id else None,
        "stageVariables": None,
        "requestContext": _context(method, path, resource),
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def _context(method: str, path: str, resource: str) -> dict[str, Any]:
    return {
        "accountId": "123456789012",
        "apiId": "a1b2c3d4e5",
        "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
        "domainPrefix": "a1b2c3d4e5",
        "extendedRequestId": "UfFHhG7gliAFQpA=",
        "httpMethod": method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": "203.0.113.7",
            "user": None,
            "userAgent": "Mozilla/5.0",
            "userArn": None,
        },
        "path": f"/prod{path}",
        "protocol": "HTTP/1.1",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "requestTime": "22/Nov/2026:10:00:00 +0000",
        "requestTimeEpoch": 1795341600000,
        "resourceId": "q1w2e3",
        "resourcePath": resource,
        "stage": "prod",
    }


def on_item(method: str, id: str = ID, body: Any = None, collection: str = "/todos") -> Event:
    return _event(method, f"{collection}/{id}", f"{collection}/{{id}}", body, id=id)


def _is_todo(todo: Any) -> None:
    assert todo.keys() == TODO.keys(), todo
    assert {name: todo[name] for name in SENT} == SENT, todo


def _is_page(page: Any) -> None:
    assert page.keys() == {"items", "count"}, page
    assert page["count"] == PAGE, page
    assert len(page["items"]) == PAGE, page
    for todo in page["items"]:
        _is_todo(todo)


def _names_every_fault(error: Any) -> None:
    for name in ("title", "completed", "owner"):
        assert name in json.dumps(error), error


def _says_something(error: Any) -> None:
    assert error


def _says_little(answer: Any) -> None:
    assert answer is None or answer.keys() == {"message"}, answer


_INVALID = {"title": " ", "completed": "yes", "owner": "me"}

CREATE = Case("create", _event("POST", "/todos", "/todos", SENT), (201,), _is_todo)
GET = Case("get", on_item("GET"), (200,), _is_todo)
LIST = Case(
    "list of 25",
    _event("GET", "/todos", "/todos", query={"limit": str(PAGE)}),
    (200,),
    _is_page,
)
MISSING = Case("404", on_item("GET", MISSING_ID), (404,), _says_something)
INVALID = Case("400", _event("POST", "/todos", "/todos", _INVALID), (400,), _names_every_fault)
UPDATE = Case("update", on_item("PUT", body=SENT), (200,), _is_todo)
DELETE = Case("delete", on_item("DELETE"), (200, 204), _says_little)

STUBBED = (CREATE, GET, LIST, MISSING, INVALID)
"""Cases with the store stubbed: framework and validation alone."""

WHOLE = (CREATE, GET, LIST, UPDATE, DELETE)
"""Cases through a DynamoDB client and a real connection to an engine; a create comes first."""

CASES = {"stubbed": STUBBED, "whole": WHOLE}

UNANSWERED = {
    ("guide", "stubbed", "400"),
    ("powertools", "whole", "update"),
    ("powertools", "whole", "delete"),
}
"""The guide validates nothing; changes are compared with the guide only."""
