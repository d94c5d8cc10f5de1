"""Who calls, as the event says it: whose items they have, what they may do, and who is nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.contract.derivation import derive
from service.contract.document import read
from service.functions import Caller, ItemMissing, Items, Kind
from service.stores.sqlite import SQLiteStore
from tests.callers import VARIABLES, person, service, subject
from tests.client import Client, Reply
from tests.contracts import CLUB, SIGNED_IN, load
from tests.service.conftest import ServeContract

READ, WRITE = "club/read", "club/write.notes"


def call(
    client: Client,
    caller: Any,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    variables: Any = VARIABLES,
) -> Reply:
    """As somebody, on a stage that knows its application."""
    client.caller = caller
    return client.request(method, target, body, headers, stageVariables=variables)


@pytest.fixture
def club(serve: ServeContract) -> Client:
    return serve(CLUB)


ANN, BOB = person("ann", READ, WRITE), person("bob", READ, WRITE)


def test_each_person_has_their_own_items(club: Client) -> None:
    note = call(club, ANN, "POST", "/notes", {"text": "hers"}).json
    assert call(club, ANN, "GET", "/notes").json["count"] == 1
    assert call(club, BOB, "GET", "/notes").json["count"] == 0
    assert call(club, ANN, "GET", f"/notes/{note['noteId']}").status == 200
    assert call(club, BOB, "GET", f"/notes/{note['noteId']}").status == 404


def test_a_function_has_the_items_of_its_caller(club: Client) -> None:
    id = call(club, ANN, "POST", "/notes", {"text": "hers"}).json["noteId"]
    assert call(club, BOB, "POST", f"/notes/{id}/pin").status == 404
    assert call(club, ANN, "POST", f"/notes/{id}/pin").json["pinned"]


def test_a_function_may_ask_who_calls(club: Client) -> None:
    told = {"kind": "person", "id": subject("ann"), "scopes": [READ, WRITE]}
    assert call(club, ANN, "GET", "/me").json == told


def test_what_everyone_owns_is_everyones_whoever_made_it(club: Client) -> None:
    editor = person("ann", "club/write.news")
    made = call(club, editor, "POST", "/news", {"headline": "Free beer"}).json
    assert club.get(f"/news/{made['id']}").json == made
    assert call(club, BOB, "GET", "/news").json == [made]


@pytest.mark.parametrize("scopes", [(READ,), (WRITE,), (), (f"{READ}only", WRITE)])
def test_a_token_has_to_have_all_scopes(club: Client, scopes: tuple[str, ...]) -> None:
    """To API Gateway any one of them is enough."""
    refused = call(club, person("ann", *scopes), "POST", "/notes", {"text": "x"})
    assert (refused.status, refused.json["type"]) == (403, "urn:problem-type:forbidden")
    assert refused.json["detail"].startswith("The token lacks club/")


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": [READ, WRITE]},
        {"scope": f"{READ},{WRITE}"},
        {"scope": None},
        {"token_use": "id"},
        {"token_use": None},
        {"client_id": "another"},
        {"client_id": None},
    ],
    ids=str,
)
def test_a_token_of_another_sort_is_refused(club: Client, claims: Any) -> None:
    hostile = person("ann", READ, WRITE, **claims)
    assert call(club, hostile, "POST", "/notes", {"text": "x"}).status == 403


def test_without_a_stage_variable_no_application_is_asked_for(club: Client) -> None:
    other = person("ann", READ, WRITE, client_id="another")
    assert call(club, other, "GET", "/notes", variables=None).status == 200


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"claims": None}},
        {"authorizer": {"claims": {"scope": READ, "token_use": "access"}}},
        person("ann", READ, sub=""),
        person("ann", READ, sub="everyone"),
        person("ann", READ, sub=None),
        service("AIDAEXAMPLE"),
    ],
    ids=str,
)
def test_nobody_where_a_person_is_due_is_a_fault_and_never_everyone(
    club: Client, lines: list[str], context: Any
) -> None:
    failed = call(club, context, "GET", "/notes", variables=None)
    assert failed.status == 500
    (line,) = map(json.loads, lines)
    assert (line["level"], line["failure"]["errors"]) == ("ERROR", ["CallerUnknown"])


@pytest.mark.parametrize("context", [{}, ANN, service(""), service("everyone")], ids=str)
def test_nobody_where_a_service_is_due_is_a_fault(club: Client, context: Any) -> None:
    assert call(club, context, "GET", "/readings").status == 500


def test_a_role_is_one_caller_whatever_its_sessions_are_called(club: Client) -> None:
    made = call(club, service("AROAROLE:one"), "POST", "/readings", {"value": 1}).json
    target = f"/readings/{made['id']}"
    assert call(club, service("AROAROLE:two"), "GET", target).json == made
    assert call(club, service("AROAOTHER:one"), "GET", target).status == 404
    assert call(club, service("AIDAUSER"), "GET", target).status == 404


def test_federated_users_of_an_account_are_told_apart(club: Client) -> None:
    made = call(club, service("123456789012:ann"), "POST", "/readings", {"value": 1}).json
    assert call(club, service("123456789012:bob"), "GET", f"/readings/{made['id']}").status == 404


def test_users_of_an_identity_pool_are_refused_as_they_would_be_one(club: Client) -> None:
    user = service("AROAPOOL:CognitoIdentityCredentials", cognitoIdentityId="eu-central-1:1")
    assert call(club, user, "GET", "/readings").status == 403


METHODS = [
    ("GET", None), ("HEAD", None), ("PUT", {"title": "x"}), ("DELETE", None),
]  # fmt: skip
HEADERS = [{}, {"If-Match": "*"}, {"If-None-Match": "*"}, {"If-Match": '"x"'}, "tag", "no tag"]


@pytest.mark.parametrize("sent", HEADERS, ids=str)
@pytest.mark.parametrize(("method", "body"), METHODS)
def test_anothers_item_is_byte_for_byte_none(
    serve: ServeContract, method: str, body: Any, sent: Any
) -> None:
    todos = serve(SIGNED_IN)
    ann, bob = (person(name, "todos/read", "todos/write") for name in ("ann", "bob"))
    made = call(todos, ann, "POST", "/todos", {"title": "hers"})
    tag = made.headers["etag"]
    headers = {"tag": {"If-Match": tag}, "no tag": {"If-None-Match": tag}}.get(str(sent), sent)
    answers = []
    for id in (made.json["id"], "11111111-1111-4111-8111-111111111111"):
        event = todos.event(method, f"/todos/{id}", None, {})
        context = {**event["requestContext"], **bob}
        answers.append(todos.request(method, f"/todos/{id}", body, headers, requestContext=context))
    hers, none = answers
    assert hers == none
    assert hers.status == 404
    assert call(todos, ann, "GET", f"/todos/{made.json['id']}").json == made.json


def test_an_idempotency_key_is_the_callers_own(serve: ServeContract) -> None:
    todos = serve(SIGNED_IN)
    made = []
    for name in ("ann", "bob", "ann"):
        caller = person(name, "todos/read", "todos/write")
        reply = call(todos, caller, "POST", "/todos", {"title": "x"}, {"Idempotency-Key": "k"})
        made.append(reply.json["id"])
    assert made[0] == made[2] != made[1]


def test_a_cursor_of_anothers_list_leads_through_ones_own(serve: ServeContract) -> None:
    todos = serve(SIGNED_IN)
    ann, bob = (person(name, "todos/read", "todos/write") for name in ("ann", "bob"))
    for caller in (bob, ann, ann):
        call(todos, caller, "POST", "/todos", {"title": "x"})
    cursor = call(todos, ann, "GET", "/todos?limit=1").json["next"]
    page = call(todos, bob, "GET", f"/todos?cursor={cursor}").json
    assert page["items"] == call(todos, bob, "GET", "/todos?completed=false").json["items"]
    assert page["count"] == 1


# -- functions -----------------------------------------------------------------------------------


def bound(tmp_path: Path, edit: dict[str, Any], text: str) -> list[str]:
    """What `bind` says of the club with other security of an operation, and other functions."""
    from service.binding import Unserved, bind
    from service.loading import load as load_functions

    document = read(CLUB)
    for path, security in edit.items():
        document.data["paths"][path]["get"]["security"] = security
    (tmp_path / "club.py").write_text(CLUB.with_suffix(".py").read_text() + text)
    try:
        bind(derive(document), load_functions(tmp_path / "club.yaml"))
    except Unserved as refusal:
        return [f"{each.reason} {each.remedy}" for each in refusal.faults]
    return []


TAKES = "\n\ndef get_health(notes: Items) -> None:\n    notes.list()\n"


@pytest.mark.parametrize("security", [[], [{"application": []}], [{"meter": []}]], ids=str)
def test_a_function_that_takes_owned_items_has_to_demand_their_owners(
    security: Any, tmp_path: Path
) -> None:
    (said,) = bound(tmp_path, {"/health": security}, TAKES)
    assert "each person has their own items of /notes, and getHealth names no person" in said
    assert "Give it security, or write 'x-owner: everyone'." in said


def test_a_function_that_demands_their_owners_may_take_their_items(tmp_path: Path) -> None:
    assert bound(tmp_path, {"/health": [{"member": [READ]}]}, TAKES) == []


def test_a_caller_is_no_other_type(tmp_path: Path) -> None:
    text = "\n\ndef list_visits(caller: str) -> list[Item]:\n    return []\n"
    (said,) = bound(tmp_path, {}, text)
    assert "'caller' is of type Caller." in said


def test_a_function_may_be_tried_as_anybody(tmp_path: Path) -> None:
    contract = load(CLUB)
    store = SQLiteStore(tmp_path / "club.db", contract.filters)
    ann, bob = (Caller(name, Kind.PERSON, name) for name in ("ann", "bob"))
    made = Items(contract, "notes", store, caller=ann).create({"text": "hers"})
    assert Items(contract, "notes", store, caller=ann).list() == [made]
    assert Items(contract, "notes", store, caller=bob).list() == []
    with pytest.raises(ItemMissing):
        Items(contract, "notes", store, caller=bob).get(made["noteId"])
    store.close()
