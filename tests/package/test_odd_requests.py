"""The zip answers as the service does with every library whole, whatever it is asked."""

import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client, Reply
from tests.package.conftest import RunZip

PATHS = (
    *("/todos", "/todos/", "//todos", "/", "/nothing", "/Todos", "/todos%2F", "/docs/"),
    *("/todos?limit=0", "/todos?limit=1_0&x=%00", "/todos?completed=TRUE", "/todos?cursor=x"),
    *("/todos/ID", "/todos/ID/more", "/todos/none", "/todos/%0a"),
    "/todos/00000000-0000-4000-8000-000000000000",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS", "TRACE", "get", "DELETE")
BODIES = (
    None,
    "",
    "{",
    '{"title": " ", "owner": "me", "completed": 1e400}',
    '{"title": "a", "title": "b"}',
    '{"title": "\\ud800"}',
    "[" * 2000,
    f'{{"title": "{"x" * 70_000}"}}',
)
HEADERS: tuple[dict[str, str], ...] = (
    *({"Content-Type": each} for each in ("", "text/plain", "Application/JSON", "a/b; c=d")),
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Encoding": "gzip"},
    *({"Accept": each} for each in ("text/html", "*/*;q=0", ",")),
    *({"If-Match": each} for each in ("*", '"stale"', 'W/"x"', "?", "", '"a", "b"')),
    *({"If-None-Match": each} for each in ("*", '"stale"', "?")),
    *({"Idempotency-Key": each} for each in ("1", "", " ", "ü", "x" * 300)),
    {"Authorization": "Bearer x", "X-HTTP-Method-Override": "DELETE", "Expect": "100-continue"},
    {"Transfer-Encoding": "chunked", "Content-Length": "-1", "Host": "a b", "Cookie": "a=b;;"},
)


@pytest.fixture
def both(run_zip: RunZip, run_unpacked: RunZip, tmp_path: Path) -> list[tuple[Client, str]]:
    """Each with the id of an item that it has."""
    clients = [
        run({"STORE": f"sqlite:///{tmp_path}/{n}.db"})
        for n, run in enumerate((run_zip, run_unpacked))
    ]
    made = [client.post("/todos", {"title": "Milk"}).json["id"] for client in clients]
    return list(zip(clients, made, strict=True))


def odd_requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for method, path, headers in product(METHODS, ("/todos", "/todos/ID"), HEADERS):
        yield method, path, {"raw": '{"title": "Tea"}', "headers": headers}
    yield "POST", "/todos", {"raw": '{"title": "?"}', "headers": {"Idempotency-Key": "1"}}
    for method, path, body in product(METHODS, PATHS, BODIES):
        yield method, path, {"raw": body}
    for binary in (b"\xff", b"\x1f\x8b\x08", b'{"title": "Tea"}', b""):
        encoded = b64encode(binary).decode()
        yield "POST", "/todos", {"raw": encoded, "isBase64Encoded": True}


def masked(reply: Reply) -> list[Any]:
    """Without ids, times, tags and cursors, which are never the same."""
    text = repr([reply.status, sorted(reply.headers.items()), reply.body])
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.split(r'"[A-Za-z0-9_-]{22}"|cursor=[A-Za-z0-9_-]{32}', text)


def test_the_zip_answers_as_the_unpacked_service(both: list[tuple[Client, str]]) -> None:
    statuses = set()
    for method, path, given in odd_requests():
        replies = [client.request(method, path.replace("ID", id), **given) for client, id in both]
        assert masked(replies[0]) == masked(replies[1]), (method, path, given)
        statuses.add(replies[0].status)
    assert statuses >= {200, 201, 204, 304, 400, 404, 405, 412, 413, 415, 422}
