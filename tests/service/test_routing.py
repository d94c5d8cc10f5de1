"""A request is routed by the resource that API Gateway chose, whatever stands around its path."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.client import Client, Reply

MISSING = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"


def sent(
    client: Client, method: str, resource: str, path: str, id: str | None = None, body: Any = None
) -> Reply:
    """A request as API Gateway hands it on: `requestContext.path` is the client's own."""
    return client.request(
        method,
        path,
        body,
        resource=resource,
        pathParameters=id if id is None else {"id": id},
        requestContext={"requestId": "1", "path": path, "stage": "prod", "resourcePath": resource},
    )


@pytest.mark.parametrize(
    "before",
    ["/v1", "/shop/v2", "/prod"],
    ids=["a base path", "a longer one", "a mapping that leaves the stage in the path"],
)
def test_whatever_stands_before_the_path_changes_nothing_but_location(
    todos: Client, before: str
) -> None:
    created = sent(todos, "POST", "/todos", f"{before}/todos", body={"title": "x"})
    assert created.status == 201
    id = created.json["id"]
    assert created.headers["location"] == f"{before}/todos/{id}"
    path = f"{before}/todos/{id}"
    assert sent(todos, "GET", "/todos/{id}", path, id).json == created.json
    assert sent(todos, "PUT", "/todos/{id}", path, id, {"title": "y"}).json["title"] == "y"
    assert sent(todos, "GET", "/todos", f"{before}/todos").json["count"] == 1
    assert sent(todos, "PATCH", "/todos", f"{before}/todos").headers["allow"] == "GET, HEAD, POST"
    assert sent(todos, "DELETE", "/todos/{id}", path, id).status == 204


def test_a_slash_at_the_end_is_not_in_location(todos: Client) -> None:
    created = sent(todos, "POST", "/todos", "/todos/", body={"title": "x"})
    assert created.headers["location"] == f"/todos/{created.json['id']}"


def test_an_event_without_a_resource_is_routed_by_its_path(todos: Client) -> None:
    created = todos.post("/todos/", {"title": "x"})
    assert created.headers["location"] == f"/prod/todos/{created.json['id']}"
    assert todos.get(f"/todos/{created.json['id']}/").json == created.json


@pytest.mark.parametrize(
    "parameters", [None, {}, {"id": None}, {"proxy": f"todos/{MISSING}"}], ids=str
)
@pytest.mark.parametrize("resource", ["/{proxy+}", "/todos/{id}", "", None])
def test_a_resource_that_does_not_tell_the_path_leaves_it_to_the_path(
    todos: Client, resource: str | None, parameters: Any
) -> None:
    reply = todos.request("GET", f"/todos/{MISSING}", resource=resource, pathParameters=parameters)
    assert reply.json["type"] == "urn:problem-type:item-not-found"


def test_an_id_is_read_as_api_gateway_has_decoded_it(todos: Client) -> None:
    item = todos.post("/todos", {"title": "x"}).json
    encoded = "".join(f"%{ord(each):02X}" for each in item["id"])
    assert sent(todos, "GET", "/todos/{id}", f"/todos/{encoded}", item["id"]).json == item
    assert todos.get(f"/todos/{encoded}").json == item


@pytest.mark.parametrize(
    ("id", "status"),
    [
        (f"{MISSING}/", 400),
        (f"../{MISSING}", 400),
        ("a/b", 400),
        ("%2F", 400),
        ("%s", 400),
        ("%(id)s", 400),
        ("{id}", 400),
        ("\0", 400),
        ("�", 400),
        (".", 400),
        (f"{MISSING}\n", 404),
        (MISSING, 404),
    ],
)
def test_what_is_no_id_gets_the_same_answer_by_resource_and_by_path(
    todos: Client, id: str, status: int
) -> None:
    path = f"/todos/{quote(id, safe='')}"
    by_resource, by_path = sent(todos, "GET", "/todos/{id}", path, id), todos.get(path)
    assert (by_resource.status, by_resource.body) == (status, by_path.body)
