"""What the tests hold answers against refuses whatever the contract does not describe."""

from typing import Any

import pytest

from service.contract.document import Document, Place
from service.contract.schemas import Schema
from tests.closed import closed
from tests.contracts import TODOS, load

ITEM = {
    "id": "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51", "title": "x", "description": "",
    "completed": False, "createdAt": "2026-11-22T10:00:00Z", "updatedAt": "2026-11-22T10:00:00Z",
}  # fmt: skip
PROBLEM = {"type": "urn:x", "title": "x", "status": 400, "detail": "x"}


def answer(document: Document, method: str, status: str, kind: str) -> Schema:
    place: Place = ("paths", "/todos", method, "responses", status)
    place, _ = document.resolve(place)
    return Schema(document, (*place, "content", kind, "schema"))


@pytest.mark.parametrize(
    ("method", "status", "kind", "good", "surplus"),
    [
        ("post", "201", "json", ITEM, {**ITEM, "more": 1}),
        ("get", "200", "json", {"items": [ITEM], "count": 1},
         {"items": [{**ITEM, "more": 1}], "count": 1}),
        ("get", "200", "json", {"items": [], "count": 0}, {"items": [], "count": 0, "more": 1}),
        ("get", "400", "problem+json", {**PROBLEM, "errors": [{"detail": "x"}]},
         {**PROBLEM, "errors": [{"detail": "x", "in": "query"}]}),
        ("get", "default", "problem+json", PROBLEM, {**PROBLEM, "more": 1}),
    ],
)  # fmt: skip
def test_answers_are_open_to_clients_and_closed_to_tests(
    method: str, status: str, kind: str, good: Any, surplus: Any
) -> None:
    document = load(TODOS).document
    to_clients = answer(document, method, status, f"application/{kind}")
    to_tests = answer(closed(document), method, status, f"application/{kind}")
    assert (to_clients.accepts(good), to_clients.accepts(surplus)) == (True, True)
    assert (to_tests.accepts(good), to_tests.accepts(surplus)) == (True, False)
