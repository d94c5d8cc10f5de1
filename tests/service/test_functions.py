"""What functions answer, through the handler."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.application import create_app
from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import read
from service.loading import load
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.contracts import ACTIONS

MISSING = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
SHARED = """
from typing import Any
from service.functions import *
def health() -> Any:
    return {"status": "ok"}
def clear_todos() -> Any:
    return {"cleared": 0, "more": False}
def complete_todo(id: str, todos: Items) -> Any:
    return todos.update(id, {"completed": True})
"""
"""What stands in every file of functions here, unless a test writes it anew."""

Write = Callable[..., Client]


@pytest.fixture
def actions(tmp_path: Path, lines: list[str]) -> Iterator[Client]:
    """The example as it is."""
    contract = bind(derive(read(ACTIONS)), load(ACTIONS))
    with closing(SQLiteStore(tmp_path / "actions.db", contract.filters)) as store:
        yield Client(create_handler(create_app(contract, store), lines.append), contract=contract)


@pytest.fixture
def written(tmp_path: Path, lines: list[str]) -> Iterator[Write]:
    """A client of the example's contract, changed or not, with functions of one's own."""
    stores: list[SQLiteStore] = []

    def serve(functions: str, change: Callable[[Any], None] = lambda _: None) -> Client:
        document = read(ACTIONS)
        change(document.data)
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(document.data))
        file.with_suffix(".py").write_text(SHARED + functions)
        contract = bind(derive(read(file)), load(file))
        stores.append(SQLiteStore(tmp_path / "written.db", contract.filters))
        return Client(create_handler(create_app(contract, stores[-1]), lines.append))

    yield serve
    for store in stores:
        store.close()


def todo(client: Client, **properties: Any) -> str:
    reply = client.post("/todos", {"title": "Learn AWS", **properties})
    assert reply.status == 201
    return str(reply.json["id"])


def fault(lines: list[str]) -> str:
    """What the log says of the last request."""
    return str(json.loads(lines[-1])["failure"]["fault"])


# -- the example -------------------------------------------------------------------------------


def test_a_function_answers_an_operation_that_no_rule_derives(actions: Client) -> None:
    assert (actions.get("/health").status, actions.get("/health").json) == (200, {"status": "ok"})


def test_a_function_changes_an_item_of_a_collection(actions: Client) -> None:
    id = todo(actions)
    reply = actions.post(f"/todos/{id}/complete", None)
    assert (reply.status, reply.json["completed"]) == (200, True)
    assert reply.headers["etag"] == actions.get(f"/todos/{id}").headers["etag"]
    assert reply.json == actions.get(f"/todos/{id}").json


def test_a_function_raises_a_problem_of_its_own(actions: Client) -> None:
    path = f"/todos/{todo(actions)}/complete"
    actions.post(path, None)
    reply = actions.post(path, None)
    assert (reply.status, reply.headers["content-type"]) == (409, "application/problem+json")
    assert reply.json == {
        "type": "urn:problem-type:already-done",
        "title": "The to-do is done already",
        "status": 409,
        "detail": "The to-do is done already.",
    }


def test_what_a_store_says_of_an_item_is_a_problem_by_itself(actions: Client) -> None:
    assert actions.post(f"/todos/{MISSING}/complete", None).status == 404
    stale = actions.post(f"/todos/{todo(actions)}/complete", None, if_match='"stale"')
    assert stale.status == 412


def test_requests_to_functions_are_held_against_the_contract(actions: Client) -> None:
    assert actions.post("/todos/7/complete", None).status == 400
    assert actions.get("/health?x=1").status == 400


def test_a_function_clears_what_is_done(actions: Client) -> None:
    kept = todo(actions)
    for _ in range(3):
        actions.post(f"/todos/{todo(actions)}/complete", None)
    assert actions.post("/todos/clear", None).json == {"cleared": 3, "more": False}
    assert [each["id"] for each in actions.get("/todos").json["items"]] == [kept]


def test_another_method_on_the_path_of_a_function_is_405(actions: Client) -> None:
    assert actions.get(f"/todos/{MISSING}/complete").headers["allow"] == "POST"
    assert actions.get("/todos/clear").headers["allow"] == "POST"
    assert actions.post("/health", None).headers["allow"] == "GET, HEAD"
    assert actions.get(f"/todos/{MISSING}/finish").status == 404


def test_head_calls_the_function_of_get(actions: Client) -> None:
    reply = actions.request("HEAD", "/health")
    assert (reply.status, reply.body) == (200, "")


def test_a_function_works_on_a_store_without_a_server(tmp_path: Path) -> None:
    """As the tests of somebody else's functions would have it."""
    from service.functions import Items

    contract = bind(derive(read(ACTIONS)), load(ACTIONS))
    complete = contract.operations["completeTodo"].function
    with closing(SQLiteStore(tmp_path / "todos.db", contract.filters)) as store:
        todos = Items(contract, "todos", store)
        made = todos.create({"title": "Learn AWS"})
        assert complete
        assert complete(made["id"], todos)["completed"] is True
        assert todos.get(made["id"])["completed"] is True


# -- items ---------------------------------------------------------------------------------------


def test_the_precondition_of_a_request_goes_with_the_first_write_to_its_item(
    written: Write,
) -> None:
    client = written("")
    id = todo(client)
    etag = client.get(f"/todos/{id}").headers["etag"]
    assert client.post(f"/todos/{id}/complete", None, if_match='"stale"').status == 412
    assert client.post(f"/todos/{id}/complete", None, if_match=etag).status == 200
    assert client.post(f"/todos/{id}/complete", None, if_match=etag).status == 412


def test_a_precondition_of_the_function_s_own_does_not_put_aside_the_request_s(
    written: Write,
) -> None:
    client = written("""
def complete_todo(id: str, todos: Items) -> Item:
    return todos.update(id, {"completed": True}, expected=todos.get(id).etag)
""")
    id = todo(client)
    assert client.post(f"/todos/{id}/complete", None, if_match='"stale"').status == 412
    assert client.post(f"/todos/{id}/complete", None).status == 200


def test_a_header_that_a_function_takes_is_its_own_to_obey(written: Write) -> None:
    client = written("""
def complete_todo(id: str, todos: Items, if_match: str | None = None) -> Item:
    return todos.update(id, {"completed": True})
""")
    assert client.post(f"/todos/{todo(client)}/complete", None, if_match='"stale"').status == 200


def test_a_second_write_to_the_item_finds_the_version_of_the_first(written: Write) -> None:
    client = written("""
def complete_todo(id: str, todos: Items) -> Item:
    todos.update(id, {"title": "Half done"})
    return todos.update(id, {"completed": True})
""")
    id = todo(client)
    etag = client.get(f"/todos/{id}").headers["etag"]
    assert client.post(f"/todos/{id}/complete", None, if_match=etag).json["title"] == "Half done"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('{"title": ""}', "writes into /todos: /title must have at least 1 character"),
        ('{"completed": "secret"}', "writes into /todos: /completed must be true or false"),
        ('{"secret": 1}', "writes a property that no item of /todos has"),
        ('{"id": "secret"}', "writes id, which the service writes"),
        ('{"createdAt": "2026-11-26T09:30:00Z"}', "writes createdAt, which the service writes"),
        ('{"title": {1, 2}}', "writes a value that JSON does not have"),
    ],
)
def test_what_a_function_writes_is_held_against_the_item_before_it_is_stored(
    written: Write, lines: list[str], change: str, told: str
) -> None:
    client = written(f"""
def complete_todo(id: str, todos: Items) -> Item:
    return todos.update(id, {change})
def clear_todos(todos: Items) -> dict[str, Any]:
    todos.create({{"title": "New", **{change}}})
    return {{"cleared": 0, "more": False}}
""")
    id = todo(client)
    before = client.get(f"/todos/{id}").json
    assert client.post(f"/todos/{id}/complete", None).status == 500
    assert fault(lines) == f"completeTodo: {told}"
    assert client.get(f"/todos/{id}").json == before
    assert client.post("/todos/clear", None).status == 500
    assert fault(lines) == f"clearTodos: {told}"
    assert client.get("/todos").json["count"] == 1
    assert "secret" not in "".join(lines)


def test_a_created_item_that_lacks_what_is_required_is_not_stored(
    written: Write, lines: list[str]
) -> None:
    client = written("""
def clear_todos(todos: Items) -> dict[str, Any]:
    todos.create({})
    return {"cleared": 0, "more": False}
""")
    assert client.post("/todos/clear", None).status == 500
    assert fault(lines) == "clearTodos: writes into /todos: /title is required"
    assert client.get("/todos").json["count"] == 0


# -- what is answered ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("None", "answers nothing, and 200 has a body"),
        ('{"status": "secret"}', 'answers 200 with /status: must be "ok"'),
        ("{}", "answers 200 with /status: is required"),
        (
            'Answer(201, {"status": "ok"})',
            "answers 201, and the contract describes no such success",
        ),
        (
            'Answer(200, {"status": "ok"}, {"X-Secret": "1"})',
            "answers 200 with X-Secret, which is not described",
        ),
        (
            'Answer(200, {"status": "ok"}, {"Link": "a\\nb"})',
            "answers 200 with Link, which is not one line of text",
        ),
        (
            'Answer(200, {"status": "ok"}, {"Content-Type": "text/html"})',
            "answers 200 with a header that is not its to send",
        ),
        ('{"status": object()}', "answers 200 with a value that JSON does not have"),
        ('{"status": "ok", "more": "x" * 6291456}', "answers 200 with more than Lambda sends"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_500_and_told_in_the_log(
    written: Write, lines: list[str], answer: str, told: str
) -> None:
    client = written(f"""
def health() -> Any:
    return {answer}
""")
    reply = client.get("/health")
    assert (reply.status, reply.json["type"]) == (500, "urn:problem-type:internal-error")
    assert fault(lines) == f"health: {told}"


def test_a_body_where_the_contract_has_none_is_told(written: Write, lines: list[str]) -> None:
    client = written("def delete_todo(id: str, todos: Items) -> Any:\n    return todos.get(id)\n")
    assert client.delete(f"/todos/{todo(client)}").status == 500
    assert fault(lines) == "deleteTodo: answers with a body, and 204 has none"


def test_a_problem_that_is_not_described_is_told(written: Write, lines: list[str]) -> None:
    def close(data: Any) -> None:
        responses = data["paths"]["/health"]["get"]["responses"]
        problem = responses.pop("default")
        responses |= dict.fromkeys(("400", "404", "405", "429", "500", "503"), problem)

    client = written(
        """
class Teapot(Problem):
    status, name, title = 418, "teapot", "It is a teapot"
def health() -> Any:
    raise Teapot()
def complete_todo(id: str) -> Any:
    raise Teapot("Short and stout.")
""",
        close,
    )
    assert client.get("/health").status == 500
    assert fault(lines).startswith("health: raises teapot, a 418 that is not described")
    assert client.post(f"/todos/{MISSING}/complete", None).json["detail"] == "Short and stout."


@pytest.mark.parametrize("way", ["raise SystemExit(0)", "raise HTTPException(404)", "1 / 0"])
def test_whatever_else_a_function_raises_is_500(written: Write, way: str) -> None:
    client = written(
        f"from starlette.exceptions import HTTPException\ndef health() -> Any:\n    {way}\n"
    )
    assert client.get("/health").status == 500


# -- around a rule -------------------------------------------------------------------------------

WRAPPED = """
class Full(Problem):
    status, name, title = 409, "full", "The list is full"
def create_todo(todos: Items, derived: Derived) -> Answer:
    if len(todos.list()) >= 1:
        raise Full()
    return derived()
"""


def test_a_function_may_stand_around_a_rule(written: Write) -> None:
    client = written(WRAPPED)
    reply = client.post("/todos", {"title": "One"})
    assert (reply.status, reply.json["title"]) == (201, "One")
    assert reply.headers["location"].endswith(reply.json["id"])
    assert "etag" in reply.headers
    assert client.post("/todos", {"title": "Two"}).json["title"] == "The list is full"


def test_a_wrapped_create_answers_a_repeated_key_with_the_same_item(written: Write) -> None:
    client = written(WRAPPED)
    first = client.post("/todos", {"title": "One"}, idempotency_key="k")
    again = client.post("/todos", {"title": "One"}, idempotency_key="k")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["location"] == first.headers["location"]
    assert client.post("/todos", {"title": "Two"}, idempotency_key="k").status == 422


def test_a_rule_writes_what_was_sent_whatever_a_function_made_of_it(written: Write) -> None:
    client = written("""
def create_todo(body: dict[str, Any], derived: Derived) -> Answer:
    body["title"] = 7
    return derived()
""")
    assert client.post("/todos", {"title": "As sent"}).json["title"] == "As sent"


def test_a_create_by_hand_takes_a_key_as_the_rule_does(written: Write) -> None:
    client = written("""
def create_todo(body: dict[str, Any], todos: Items, idempotency_key: str | None = None) -> Item:
    return todos.create(body, key=idempotency_key)
""")
    first = client.post("/todos", {"title": "One"}, idempotency_key="k")
    again = client.post("/todos", {"title": "One"}, idempotency_key="k")
    assert (first.status, again.body) == (201, first.body)
    assert first.headers["location"].endswith(first.json["id"])
    assert client.post("/todos", {"title": "Two"}, idempotency_key="k").status == 422


def test_a_wrapped_get_still_answers_304(written: Write) -> None:
    client = written("def get_todo(derived: Derived) -> Answer:\n    return derived()\n")
    path = f"/todos/{todo(client)}"
    etag = client.get(path).headers["etag"]
    assert client.get(path, if_none_match=etag).status == 304


# -- time and owners -----------------------------------------------------------------------------


def test_no_call_to_the_store_begins_after_the_deadline(
    written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = written("")
    id = todo(client)
    monkeypatch.setattr("service.functions.STORE_SECONDS", -1.0)
    reply = client.post(f"/todos/{id}/complete", None)
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
