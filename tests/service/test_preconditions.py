"""Preconditions and idempotency keys are honoured, named by the contract or not.

RFC 9110, 13.1 and 13.2. The library names If-None-Match where a book is got and If-Match where one
is amended, and nothing else.
"""

import pytest

from tests.client import Client, Reply

BOOK = {"name": "Walden", "genre": "travel", "pages": 300}
MISSING = "/books/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
OTHER = '"pMVLTQVC7hVdDbLSXqN7WQ"'


@pytest.fixture
def book(library: Client) -> Reply:
    reply = library.post("/books", BOOK)
    assert reply.status == 201
    return reply


def path_of(book: Reply) -> str:
    return f"/books/{book.json['bookId']}"


def tag_of(book: Reply) -> str:
    return book.headers["etag"]


def amended(client: Client, book: Reply, **headers: str) -> Reply:
    return client.put(path_of(book), {**BOOK, "name": "Walden Pond"}, **headers)


@pytest.mark.parametrize("known", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_a_write_stops_at_a_version_that_if_none_match_names(
    library: Client, book: Reply, known: str
) -> None:
    known = known.format(tag=tag_of(book))
    for reply in (
        amended(library, book, if_none_match=known),
        library.delete(path_of(book), if_none_match=known),
    ):
        assert reply.status == 412
        assert reply.json["type"] == "urn:problem-type:precondition-failed"
    assert library.get(path_of(book)).json == book.json


def test_a_write_goes_on_where_if_none_match_names_other_versions(
    library: Client, book: Reply
) -> None:
    assert amended(library, book, if_none_match=OTHER).status == 200
    assert library.delete(path_of(book), if_none_match=f"{OTHER}, x").status == 204


def test_both_preconditions_have_to_hold(library: Client, book: Reply) -> None:
    tag = tag_of(book)
    for wanted, known in ((tag, tag), (OTHER, OTHER), ("*", "*"), ("*", tag), (OTHER, tag)):
        assert amended(library, book, if_match=wanted, if_none_match=known).status == 412
    assert amended(library, book, if_match=tag, if_none_match=OTHER).status == 200


def test_a_delete_honours_if_match(library: Client, book: Reply) -> None:
    for stale in (OTHER, f"W/{tag_of(book)}"):
        assert library.delete(path_of(book), if_match=stale).status == 412
    assert library.delete(path_of(book), if_match=tag_of(book)).status == 204


def test_a_get_of_another_version_than_if_match_names_is_412(library: Client, book: Reply) -> None:
    for stale in (OTHER, f"W/{tag_of(book)}"):
        assert library.get(path_of(book), if_match=stale).status == 412
    for wanted in (f"{OTHER}, {tag_of(book)}", "*"):
        assert library.get(path_of(book), if_match=wanted).status == 200


def test_if_match_is_looked_at_before_if_none_match(library: Client, book: Reply) -> None:
    tag = tag_of(book)
    assert library.get(path_of(book), if_match=OTHER, if_none_match=tag).status == 412
    assert library.get(path_of(book), if_match=tag, if_none_match=tag).status == 304


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
@pytest.mark.parametrize("tags", ["*", OTHER])
def test_a_missing_item_is_404_whatever_the_precondition(
    library: Client, header: str, tags: str
) -> None:
    for reply in (
        library.get(MISSING, **{header: tags}),
        library.put(MISSING, BOOK, **{header: tags}),
        library.delete(MISSING, **{header: tags}),
    ):
        assert reply.status == 404


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_lists_and_creates_ignore_preconditions(library: Client, book: Reply, header: str) -> None:
    for tags in ("*", tag_of(book), OTHER):
        assert library.get("/books", **{header: tags}).status == 200
        assert library.post("/books", BOOK, **{header: tags}).status == 201


def test_an_idempotency_key_makes_one_item_of_two_requests(library: Client) -> None:
    first, second = (
        library.post("/readers", {"name": "Ann"}, idempotency_key="k") for _ in range(2)
    )
    assert (first.status, first.body) == (second.status, second.body)
    assert library.post("/readers", {"name": "Bob"}, idempotency_key="k").status == 422


@pytest.mark.parametrize("value", ["", "x" * 1001, '"\x7f"', '"é"'])
def test_a_precondition_that_is_not_named_has_the_limits_of_one_that_is(
    library: Client, book: Reply, value: str
) -> None:
    for reply, name in (
        (library.get(path_of(book), if_match=value), "If-Match"),
        (amended(library, book, if_none_match=value), "If-None-Match"),
        (library.delete(path_of(book), if_match=value), "If-Match"),
        (library.delete(path_of(book), if_none_match=value), "If-None-Match"),
    ):
        assert reply.status == 400
        assert {error["name"] for error in reply.errors} == {name}


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_an_idempotency_key_that_is_not_named_has_the_limits_of_one_that_is(
    library: Client, key: str
) -> None:
    reply = library.post("/readers", {"name": "Ann"}, idempotency_key=key)
    assert reply.status == 400
    assert {error["name"] for error in reply.errors} == {"Idempotency-Key"}


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_more_versions_than_a_store_compares_are_400(
    library: Client, book: Reply, header: str
) -> None:
    tags = ",".join(f'"{n}"' for n in range(101))
    assert library.delete(path_of(book), **{header: tags}).status == 400
