"""A PUT that takes what create takes replaces (RFC 9110, 9.3.4); any other merges."""

import pytest

from tests.client import Client, Reply

PLAIN = {"name": "Walden", "genre": "travel", "pages": 300}


@pytest.fixture
def book(library: Client) -> Reply:
    """With all that a client may say of one."""
    reply = library.post("/books", {**PLAIN, "subtitle": "Or", "shelf": 2, "keywords": ["pond"]})
    assert reply.status == 201
    return reply


def path_of(book: Reply) -> str:
    return f"/books/{book.json['bookId']}"


def test_what_is_not_sent_goes_or_takes_its_default(library: Client, book: Reply) -> None:
    plain = library.post("/books", PLAIN).json
    replaced = library.put(path_of(book), PLAIN)
    assert replaced.status == 200
    written = {"bookId", "addedAt", "modifiedAt"}
    assert {name: each for name, each in replaced.json.items() if name not in written} == {
        name: each for name, each in plain.items() if name not in written
    }
    assert library.get(path_of(book)).json == replaced.json


def test_what_the_service_writes_stays_its_own(library: Client, book: Reply) -> None:
    replaced = library.put(path_of(book), PLAIN)
    for name in ("bookId", "addedAt"):
        assert replaced.json[name] == book.json[name]
    assert replaced.json["modifiedAt"] >= book.json["modifiedAt"]
    assert replaced.headers["etag"] != book.headers["etag"]


def test_what_is_sent_is_kept(library: Client, book: Reply) -> None:
    sent = {**PLAIN, "shelf": 7, "keywords": ["woods"]}
    replaced = library.put(path_of(book), sent).json
    assert {name: replaced[name] for name in sent} == sent


def test_a_filter_follows_what_was_not_sent(library: Client, book: Reply) -> None:
    assert library.get("/books?shelf=2").json["count"] == 1
    library.put(path_of(book), PLAIN)
    assert library.get("/books?shelf=2").json["count"] == 0


def test_what_create_requires_a_replacement_requires(library: Client, book: Reply) -> None:
    reply = library.put(path_of(book), {"name": "Walden"})
    assert {error["pointer"] for error in reply.errors} == {"/genre", "/pages"}


def test_a_stale_replacement_changes_nothing(library: Client, book: Reply) -> None:
    assert library.put(path_of(book), PLAIN, if_match='"stale"').status == 412
    assert library.get(path_of(book)).json == book.json


def test_a_body_of_its_own_merges(todos: Client) -> None:
    todo = todos.post("/todos", {"title": "Milk", "description": "2 l"}).json
    changed = todos.put(f"/todos/{todo['id']}", {"completed": True}).json
    assert changed["description"] == "2 l"
