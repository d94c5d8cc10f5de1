"""What each operation promises over HTTP."""

import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from tests.client import Client, Reply
from tests.contracts import TODOS
from tests.service.conftest import ServeContract

MISSING = "/todos/5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"


def created(client: Client, **properties: object) -> Reply:
    reply = client.post("/todos", {"title": "Learn AWS", **properties})
    assert reply.status == 201
    return reply


def path_of(reply: Reply) -> str:
    return f"/todos/{reply.json['id']}"


# -- create ------------------------------------------------------------------------------------


def test_creating_answers_with_the_whole_item(todos: Client) -> None:
    item = created(todos, description="Complete the project").json
    assert list(item) == ["id", "title", "description", "completed", "createdAt", "updatedAt"]
    assert item["title"] == "Learn AWS"
    assert item["description"] == "Complete the project"
    assert UUID(item["id"])
    assert datetime.fromisoformat(item["createdAt"]).tzinfo is not None
    assert item["createdAt"] == item["updatedAt"]


def test_creating_fills_in_the_defaults_of_the_contract(todos: Client) -> None:
    item = created(todos).json
    assert item["description"] == ""
    assert item["completed"] is False


def test_location_keeps_the_stage(todos: Client) -> None:
    reply = created(todos)
    assert reply.headers["location"] == "/prod" + path_of(reply)


def test_an_idempotency_key_makes_one_item_of_two_requests(todos: Client) -> None:
    first = todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    second = todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert first.headers["location"] == second.headers["location"]
    assert todos.get("/todos").json["count"] == 1


def test_a_repeated_create_answers_with_the_item_as_it_is_now(todos: Client) -> None:
    first = todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    todos.put(path_of(first), {"completed": True})
    again = todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    assert again.status == 201
    assert again.json["completed"] is True


def test_an_idempotency_key_with_another_body_is_422(todos: Client) -> None:
    todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    reply = todos.post("/todos", {"title": "twice"}, idempotency_key="k1")
    assert reply.status == 422
    assert reply.json["type"] == "urn:problem-type:idempotency-key-reused"


def test_an_idempotency_key_is_free_again_once_its_item_is_deleted(todos: Client) -> None:
    first = todos.post("/todos", {"title": "once"}, idempotency_key="k1")
    todos.delete(path_of(first))
    assert todos.post("/todos", {"title": "twice"}, idempotency_key="k1").status == 201


@pytest.mark.parametrize("name", ["id", "createdAt", "updatedAt", "_token", "owner"])
def test_a_client_cannot_write_what_the_service_writes(todos: Client, name: str) -> None:
    for reply in (
        todos.post("/todos", {"title": "x", name: "2026-11-22T10:00:00Z"}),
        todos.put(MISSING, {"title": "x", name: "2026-11-22T10:00:00Z"}),
    ):
        assert reply.status == 400
        assert [error["pointer"] for error in reply.errors] == [f"/{name}"]


# -- get ---------------------------------------------------------------------------------------


def test_what_was_created_can_be_read(todos: Client) -> None:
    reply = created(todos)
    read = todos.get(path_of(reply))
    assert (read.status, read.body) == (200, reply.body)
    assert read.headers["etag"] == reply.headers["etag"]


def test_the_capitals_of_a_uuid_do_not_matter(todos: Client) -> None:
    reply = created(todos)
    assert todos.get("/todos/" + reply.json["id"].upper()).json == reply.json


def test_a_known_version_is_not_sent_again(todos: Client) -> None:
    reply = created(todos)
    tag = reply.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = todos.get(path_of(reply), if_none_match=known)
        assert (again.status, again.body) == (304, "")
        assert again.headers["etag"] == tag


def test_white_space_around_a_header_does_not_matter(todos: Client) -> None:
    reply = created(todos)
    tag = f" {reply.headers['etag']}\t"
    assert todos.get(path_of(reply), if_none_match=tag).status == 304


def test_an_unknown_or_unreadable_tag_is_answered_in_full(todos: Client) -> None:
    reply = created(todos)
    tag = reply.headers["etag"]
    for other in ('"other"', tag.strip('"'), f"x{tag}", f"{tag}x", "0"):
        assert todos.get(path_of(reply), if_none_match=other).status == 200


def test_head_is_get_without_a_body(todos: Client) -> None:
    reply = created(todos)
    head = todos.request("HEAD", path_of(reply))
    assert (head.status, head.body) == (200, "")
    assert head.headers["etag"] == reply.headers["etag"]


def test_every_answer_may_be_kept_but_must_be_checked(todos: Client) -> None:
    for reply in (created(todos), todos.get("/todos"), todos.get(MISSING), todos.get("/nowhere")):
        assert reply.headers["cache-control"] == "private, no-cache"
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_page_of_any_origin_may_read_every_answer_and_its_headers(todos: Client) -> None:
    for reply in (created(todos), todos.get(MISSING), todos.get("/nowhere")):
        assert reply.headers["access-control-allow-origin"] == "*"
        exposed = reply.headers["access-control-expose-headers"].split(",")
        assert exposed == ["ETag", "Link", "Location", "Retry-After", "WWW-Authenticate"]
        assert "vary" not in reply.headers


# -- update ------------------------------------------------------------------------------------


def test_an_update_keeps_what_it_does_not_name(todos: Client) -> None:
    before = created(todos, description="as it was").json
    after = todos.put(f"/todos/{before['id']}", {"completed": True})
    assert after.status == 200
    assert after.json == {**before, "completed": True, "updatedAt": after.json["updatedAt"]}
    assert after.json["updatedAt"] >= before["updatedAt"]
    assert todos.get(f"/todos/{before['id']}").json == after.json


def test_an_empty_update_is_refused(todos: Client) -> None:
    reply = todos.put(path_of(created(todos)), {})
    assert reply.status == 400
    assert reply.errors == [{"detail": "must have at least 1 property", "pointer": ""}]


def test_an_update_of_the_version_read_succeeds_once(todos: Client) -> None:
    reply = created(todos)
    tag = reply.headers["etag"]
    assert todos.put(path_of(reply), {"title": "mine"}, if_match=tag).status == 200
    late = todos.put(path_of(reply), {"title": "yours"}, if_match=tag)
    assert late.status == 412
    assert late.json["type"] == "urn:problem-type:precondition-failed"
    assert todos.get(path_of(reply)).json["title"] == "mine"


def test_if_match_takes_any_of_several_versions_or_a_star(todos: Client) -> None:
    reply = created(todos)
    for known in (f'"other",  {reply.headers["etag"]}', "*"):
        reply = todos.put(path_of(reply), {"title": "x"}, if_match=known)
        assert reply.status == 200


def test_weak_and_unreadable_tags_match_nothing(todos: Client) -> None:
    reply = created(todos)
    tag = reply.headers["etag"]
    for known in (f"W/{tag}", tag.strip('"'), f"x{tag}", "0", '""'):
        assert todos.put(path_of(reply), {"title": "x"}, if_match=known).status == 412


def test_updating_a_missing_item_is_404_whatever_the_tag(todos: Client) -> None:
    assert todos.put(MISSING, {"title": "x"}).status == 404
    assert todos.put(MISSING, {"title": "x"}, if_match='"x"').status == 404


# -- delete ------------------------------------------------------------------------------------


def test_deleting_answers_204_and_then_404(todos: Client) -> None:
    path = path_of(created(todos))
    gone = todos.delete(path)
    assert (gone.status, gone.body) == (204, "")
    assert "content-type" not in gone.headers
    assert todos.delete(path).status == 404
    assert todos.get(path).status == 404
    assert todos.get("/todos").json == {"items": [], "count": 0}


def test_deleting_honours_if_match(todos: Client) -> None:
    reply = created(todos)
    todos.put(path_of(reply), {"title": "changed"})
    assert todos.delete(path_of(reply), if_match=reply.headers["etag"]).status == 412
    assert todos.get(path_of(reply)).status == 200


# -- list --------------------------------------------------------------------------------------


def test_an_empty_list_is_an_empty_page(todos: Client) -> None:
    reply = todos.get("/todos")
    assert (reply.status, reply.json) == (200, {"items": [], "count": 0})
    assert "link" not in reply.headers


def test_a_list_is_newest_first_and_paged(todos: Client) -> None:
    titles = [f"number {i}" for i in range(7)]
    for title in titles:
        created(todos, title=title)
    found, target = [], "/todos?limit=3"
    sizes = []
    while target:
        reply = todos.get(target)
        found += reply.json["items"]
        sizes.append(reply.json["count"])
        target = f"/todos?limit=3&cursor={reply.json['next']}" if "next" in reply.json else ""
    assert sizes == [3, 3, 1]
    assert sorted(item["title"] for item in found) == titles
    order = [(item["createdAt"], item["id"]) for item in found]
    assert order == sorted(order, reverse=True)


def test_the_last_page_is_known_to_be_the_last_even_when_full(todos: Client) -> None:
    for _ in range(4):
        created(todos)
    first = todos.get("/todos?limit=2").json
    second = todos.get(f"/todos?limit=2&cursor={first['next']}").json
    assert second["count"] == 2
    assert "next" not in second


def test_the_link_header_leads_to_the_next_page(todos: Client) -> None:
    for _ in range(3):
        created(todos, completed=True)
    reply = todos.get("/todos?completed=true&limit=2")
    match = re.fullmatch(r'<(\?[^>]+)>; rel="next"', reply.headers["link"])
    assert match
    assert todos.get("/todos" + match[1]).json["count"] == 1
    assert "completed=true" in match[1]


def test_a_filter_follows_every_change(todos: Client) -> None:
    first, second = created(todos), created(todos)
    todos.put(path_of(first), {"completed": True})
    done = todos.get("/todos?completed=true").json["items"]
    still_open = todos.get("/todos?completed=false").json["items"]
    assert [item["id"] for item in done] == [first.json["id"]]
    assert [item["id"] for item in still_open] == [second.json["id"]]


def test_two_filters_select_what_satisfies_both(library: Client) -> None:
    for genre in ("poetry", "travel"):
        for shelf in (1, 2):
            book = {"name": f"{genre} {shelf}", "genre": genre, "shelf": shelf, "pages": 10}
            assert library.post("/books", book).status == 201
    page = library.get("/books?genre=poetry&shelf=2").json
    assert [book["name"] for book in page["items"]] == ["poetry 2"]


def test_every_string_of_a_cursors_form_is_taken(todos: Client) -> None:
    created(todos)
    for cursor in ("0" * 32, "_" * 32, "-" * 32, "AAABm0KUqABfDGsejRxMYp9LD2ovjypR"):
        assert todos.get(f"/todos?cursor={cursor}").status == 200


@pytest.mark.parametrize("cursor", ["", "x", "0" * 31, "0" * 33, "!" * 32, "ä" * 32, "=" * 32])
def test_what_no_list_gave_is_no_cursor(library: Client, todos: Client, cursor: str) -> None:
    for client, path in ((todos, "/todos"), (library, "/books")):
        reply = client.get(f"{path}?cursor={cursor}")
        assert reply.status == 400
        assert {(error["part"], error["name"]) for error in reply.errors} == {("query", "cursor")}


@pytest.mark.parametrize("cursor", ["x", "0" * 33, "!" * 32, "ä" * 32])
def test_where_a_contract_takes_any_cursor_an_unknown_one_is_the_end_of_the_list(
    serve: ServeContract, tmp_path: Path, cursor: str
) -> None:
    text = TODOS.read_text("utf-8")
    for line in ("pattern: '^[A-Za-z0-9_-]{32}$'", "minLength: 32", "maxLength: 32"):
        text = text.replace(f"      {line}\n", "")
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    client = serve(tmp_path / "c.yaml")
    created(client)
    assert client.get(f"/todos?cursor={cursor}").json == {"items": [], "count": 0}


# -- paths and methods -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/todos", "GET, HEAD, POST"), (MISSING, "GET, HEAD, PUT, DELETE")],
)
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_405_and_told_which_are_allowed(
    todos: Client, path: str, allowed: str, method: str
) -> None:
    reply = todos.request(method, path)
    assert reply.status == 405
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path",
    ["", "/", "/todo", "//todos", "/todos//", MISSING + "/x", "/todos%0a", "/Todos"],
)
def test_every_path_has_one_spelling(todos: Client, path: str) -> None:
    reply = todos.request("GET", path)
    assert reply.status == 404
    assert reply.json["type"] == "urn:problem-type:no-such-path"


def test_a_line_feed_at_the_end_is_another_path_for_every_method(library: Client) -> None:
    for method in ("GET", "POST", "PATCH"):
        assert library.request(method, "/readers%0a", {}).status == 404


def test_a_fixed_path_goes_before_one_with_a_variable(serve: ServeContract, tmp_path: Path) -> None:
    text = TODOS.read_text("utf-8")
    start, end = text.index("  /todos:\n"), text.index("  /todos/{id}:\n")
    archive = text[start:end].replace("/todos", "/todos/archive")
    for name in ("listTodos", "createTodo"):
        archive = archive.replace(name, f"{name}OfArchive")
    (tmp_path / "c.yaml").write_text(text[:end] + archive + text[end:], "utf-8")
    client = serve(tmp_path / "c.yaml")
    assert client.get("/todos/archive").json["count"] == 0
    for method in ("PUT", "DELETE", "PATCH"):
        reply = client.request(method, "/todos/archive", {"title": "x"})
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")


def test_headers_are_obeyed_however_a_contract_spells_them(
    serve: ServeContract, tmp_path: Path
) -> None:
    text = TODOS.read_text("utf-8").replace("name: If-Match", "name: if-match")
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    client = serve(tmp_path / "c.yaml")
    reply = created(client)
    assert client.put(path_of(reply), {"title": "x"}, if_match='"stale"').status == 412


def test_two_collections_in_one_store_do_not_see_each_other(library: Client) -> None:
    reader = library.post("/readers", {"name": "Ada"}).json
    assert library.get("/readers/" + reader["readerId"]).status == 200
    assert library.get("/books/" + reader["readerId"]).status == 404
    assert library.delete("/books/" + reader["readerId"]).status == 404
    assert library.get("/books").json["count"] == 0
