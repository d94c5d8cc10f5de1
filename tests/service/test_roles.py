"""Roles in other shapes than our own contracts have: ids, pages, successes, and patches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service import ids
from service.application import create_app
from service.ids import Integers
from service.proxy import create_handler
from service.stores import OWNER, Filters, Position, Scope, Store
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.contracts import TRAITS, load

FILTERS: Filters = load(TRAITS).filters


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "items.db", FILTERS)
    yield store
    store.close()


@pytest.fixture
def garage(store: Store) -> Client:
    contract = load(TRAITS)
    return Client(create_handler(create_app(contract, store), lambda _: None), contract=contract)


def new_car(garage: Client, **more: object) -> int:
    reply = garage.request("POST", "/cars", {"make": "Saab", **more})
    assert reply.status == 200
    id = reply.json["id"]
    assert isinstance(id, int)
    assert reply.json == {"id": id}
    assert reply.headers["location"] == f"/prod/cars/{id}"
    return id


# -- ids -----------------------------------------------------------------------------------------


def test_an_integer_id_is_a_random_number_that_every_client_holds(garage: Client) -> None:
    made = [new_car(garage) for _ in range(20)]
    assert len({*made}) == 20
    assert all(0 < id < 2**53 for id in made)
    shown = garage.request("GET", f"/cars/{made[0]}").json
    assert (shown["id"], shown["doors"]) == (made[0], 4)


@pytest.mark.parametrize("text", ["007", "0", "-1", "-0", "00", "9223372036854775807"])
def test_a_number_that_names_no_item_is_not_found(garage: Client, text: str) -> None:
    assert garage.request("GET", f"/cars/{text}").status == 404


def test_a_number_names_an_item_as_it_is_shown_and_not_otherwise(
    garage: Client, store: SQLiteStore
) -> None:
    store.create(Scope("cars", OWNER), Position(1, "7"), {"id": 7, "make": "Saab"}, "token", None)
    assert garage.request("GET", "/cars/7").json["id"] == 7
    for text in ("07", "007", "7.0", "+7", "7e0", "٧"):
        assert garage.request("GET", f"/cars/{text}").status in (400, 404), text


def test_an_id_may_be_text_without_a_format_and_begin_with_an_underscore(garage: Client) -> None:
    task = garage.request("POST", "/tasks", {"title": "Paint"}).json["task"]
    assert garage.request("GET", f"/tasks/{task['id']}").json == {"task": task}
    noted = garage.request("POST", "/notes", {"text": "Oil", "weight": 0.5})
    assert (noted.status, noted.body) == (204, "")
    path = noted.headers["location"].removeprefix("/prod")
    assert garage.request("GET", path).json == {
        "_id": path.rpartition("/")[2], "text": "Oil", "weight": 0.5,
    }  # fmt: skip


class Few(Integers):
    def __init__(self) -> None:
        super().__init__(8)


@pytest.fixture
def few_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were eight numbers."""
    monkeypatch.setattr(ids, "INTEGERS", Few())


@pytest.mark.usefixtures("few_ids")
def test_an_integer_that_is_taken_is_drawn_again_and_no_item_stands_for_another(
    garage: Client, store: SQLiteStore
) -> None:
    store.create(Scope("notes", OWNER), Position(1, "3"), {"_id": "3", "text": ""}, "x", None)
    makes: dict[int, str] = {}
    for number in range(60):
        reply = garage.request("POST", "/cars", {"make": f"make {number}"})
        if reply.status == 200:
            assert reply.json["id"] not in makes
            makes[reply.json["id"]] = f"make {number}"
        else:
            assert reply.status == 503
    assert {*makes} == {1, 2, 4, 5, 6, 7, 8}
    for id, make in makes.items():
        assert garage.request("GET", f"/cars/{id}").json["make"] == make


@pytest.mark.usefixtures("few_ids")
def test_a_key_whose_integer_is_taken_is_refused_and_never_answered_with_anothers_item(
    garage: Client,
) -> None:
    made: dict[str, int] = {}
    for number in range(40):
        key = f"key-{number}"
        body = {"make": "Saab"}  # all alike: the body cannot tell them apart
        reply = garage.request("POST", "/cars", body, {"Idempotency-Key": key})
        if reply.status == 200:
            assert reply.json["id"] not in made.values()
            made[key] = reply.json["id"]
        else:
            assert reply.status == 422
            assert "Send another key" in reply.json["detail"]
    for key, id in made.items():
        again = garage.request("POST", "/cars", {"make": "Saab"}, {"Idempotency-Key": key})
        assert again.json == {"id": id}
        other = garage.request("POST", "/cars", {"make": "Volvo"}, {"Idempotency-Key": key})
        assert other.status == 422
    gone, *_ = made.items()
    assert garage.request("DELETE", f"/cars/{gone[1]}").status == 202
    for key, id in [*made.items()][1:]:
        again = garage.request("POST", "/cars", {"make": "Saab"}, {"Idempotency-Key": key})
        assert again.json == {"id": id}


# -- pages ---------------------------------------------------------------------------------------


def test_a_bare_array_is_read_to_its_end_by_its_link(garage: Client) -> None:
    made = [new_car(garage, colour=("red", "blue")[n % 2]) for n in range(20)]
    target, seen = "/cars?colour=red", []
    while target:
        reply = garage.request("GET", target)
        assert isinstance(reply.json, list)
        assert len(reply.json) <= 7
        seen += [car["id"] for car in reply.json]
        link = reply.headers.get("link")
        target = f"/cars{link.removeprefix('<').partition('>')[0]}" if link else ""
    assert sorted(seen) == sorted(made[::2])


def test_a_page_has_the_names_that_the_contract_gives_it(garage: Client) -> None:
    for number in range(60):
        garage.request("POST", "/tasks", {"title": f"{number}", "owner": "Ann"})
    page = garage.request("GET", "/tasks?owner=Ann").json
    assert page.keys() == {"data", "next_page_token", "size"}
    assert (len(page["data"]), page["size"]) == (50, 50)
    assert page["data"][0].keys() == {"id", "title"}
    more = garage.request("GET", f"/tasks?owner=Ann&page_token={page['next_page_token']}").json
    assert (more.keys(), more["size"]) == ({"data", "size"}, 10)


def test_a_link_has_only_parameters_that_the_contract_names(garage: Client) -> None:
    for number in range(51):
        garage.request("POST", "/tasks", {"title": f"{number}"})
    link = garage.request("GET", "/tasks").headers["link"]
    assert garage.request("GET", f"/tasks{link[1:].partition('>')[0]}").json["size"] == 1


# -- successes -----------------------------------------------------------------------------------


def test_a_success_is_what_the_contract_states(garage: Client) -> None:
    id = new_car(garage)
    tag = garage.request("GET", f"/cars/{id}").headers["etag"]
    put = garage.request("PUT", f"/cars/{id}", {"make": "Volvo"}, {"If-Match": tag})
    assert (put.status, put.body, put.headers["etag"] != tag) == (204, "", True)
    assert garage.request("PUT", f"/cars/{id}", {"make": "Fiat"}, {"If-Match": tag}).status == 412
    gone = garage.request("DELETE", f"/cars/{id}")
    assert (gone.status, gone.body) == (202, "")
    assert garage.request("DELETE", f"/cars/{id}").status == 404


def test_a_put_with_creates_schema_replaces_and_keeps_what_it_does_not_name(
    garage: Client,
) -> None:
    id = new_car(garage, colour="red", doors=2)
    before = garage.request("GET", f"/cars/{id}").json
    garage.request("PUT", f"/cars/{id}", {"make": "Volvo"})
    after = garage.request("GET", f"/cars/{id}").json
    assert after == {
        "id": id, "make": "Volvo", "doors": 4, "registered": before["registered"],
    }  # fmt: skip


def test_a_date_time_that_no_body_takes_is_written_by_the_service(garage: Client) -> None:
    task = garage.request("POST", "/tasks", {"title": "Paint"}).json["task"]
    assert task["created"] == task["last_changed"]
    garage.request("PATCH", f"/tasks/{task['id']}", {"owner": "Ann"})
    changed = garage.request("GET", f"/tasks/{task['id']}").json["task"]
    assert changed["created"] == task["created"]
    assert changed["last_changed"] >= task["last_changed"]
    assert changed["owner"] == "Ann"


# -- patches -------------------------------------------------------------------------------------

PATCH = {"Content-Type": "application/merge-patch+json"}


def test_null_in_a_merge_patch_removes_what_is_optional(garage: Client) -> None:
    id = new_car(garage, colour="red")
    patched = garage.request("PATCH", f"/cars/{id}", {"colour": None, "doors": 2}, PATCH)
    assert patched.status == 200
    assert ("colour" in patched.json, patched.json["doors"]) == (False, 2)
    assert garage.request("GET", "/cars?colour=red").json == []


def test_null_in_a_merge_patch_is_refused_where_the_contract_does_not_allow_it(
    garage: Client,
) -> None:
    id = new_car(garage)
    refused = garage.request("PATCH", f"/cars/{id}", {"make": None}, PATCH)
    assert (refused.status, refused.errors[0]["pointer"]) == (400, "/make")


def test_each_media_type_of_a_patch_has_its_own_schema(garage: Client) -> None:
    id = new_car(garage, colour="red")
    assert garage.request("PATCH", f"/cars/{id}", {"doors": None}).status == 400
    assert garage.request("PATCH", f"/cars/{id}", {"colour": "blue"}).status == 400
    assert garage.request("PATCH", f"/cars/{id}", {"doors": 3}).json["doors"] == 3
    other = garage.request("PATCH", f"/cars/{id}", {}, {"Content-Type": "application/json-patch"})
    assert other.status == 415
    assert "application/merge-patch+json" in other.json["detail"]
