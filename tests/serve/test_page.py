"""What the page is told of a contract."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.page import page_files, page_of
from service.contract.document import Document, read
from tests.contracts import ACTIONS, ALL, CUSTOMERS, LIBRARY, TODOS, TRAITS
from tests.contracts.editions import later


def told(path: Path) -> dict[str, Any]:
    """The only collection of a contract that has one."""
    (collection,) = page_of(read(path))["collections"]
    return collection  # type: ignore[no-any-return]


def test_a_collection_says_how_each_of_its_operations_is_called() -> None:
    todos = told(TODOS)
    calls = {
        name: (todos[name]["method"], todos[name]["path"])
        for name in ("list", "create", "get", "update", "delete")
    }
    assert calls == {
        "list": ("GET", "/todos"),
        "create": ("POST", "/todos"),
        "get": ("GET", "/todos/{id}"),
        "update": ("PUT", "/todos/{id}"),
        "delete": ("DELETE", "/todos/{id}"),
    }
    assert (todos["id"], todos["created"]) == ("id", "createdAt")
    assert todos["stamps"] == ["createdAt", "updatedAt"]
    assert (todos["filters"], todos["list"]["most"]) == (["completed"], 100)


def test_bodies_come_resolved_with_their_bounds() -> None:
    title = told(TODOS)["create"]["body"]["properties"]["title"]
    assert (title["type"], title["minLength"], title["maxLength"]) == ("string", 1, 200)
    assert told(TODOS)["create"]["body"]["required"] == ["title"]
    assert "default" not in told(TODOS)["update"]["body"]["properties"]["description"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_contract_of_openapi_3_1_tells_the_page_the_same(path: Path, tmp_path: Path) -> None:
    assert page_of(read(later(path, tmp_path))) == page_of(read(path))


def test_each_contract_tells_its_own_collections() -> None:
    names = {
        path.stem: sorted(each["name"] for each in page_of(read(path))["collections"])
        for path in ALL
    }
    assert names == {
        "todos": ["todos"],
        "customers": ["customers"],
        "library": ["books", "readers"],
        "traits": ["cars", "notes", "tasks"],
        "todos-signed-in": ["todos"],
        "club": ["news", "notes", "readings", "visits"],
    }


def test_a_schema_that_holds_itself_ends_somewhere() -> None:
    document = read(CUSTOMERS)
    data = json.loads(json.dumps(document.data))
    schemas = data["components"]["schemas"]
    schemas["Tree"] = {
        "type": "object",
        "properties": {"trees": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }
    for name in ("Customer", "CustomerInput"):
        schemas[name]["properties"]["tree"] = {"$ref": "#/components/schemas/Tree"}
    text = json.dumps(page_of(Document(data)))
    assert 1 < text.count('"trees"') < 20


@pytest.mark.parametrize(
    ("path", "one", "many"),
    [
        (TODOS, "to-do", "to-dos"),
        (CUSTOMERS, "customer", "customers"),
        (LIBRARY, "book", "books"),
        (TRAITS, "task", "tasks"),
    ],
    ids=lambda each: each.stem if isinstance(each, Path) else "",
)
def test_a_collection_is_called_as_its_contract_writes_it(path: Path, one: str, many: str) -> None:
    names = [(each["one"], each["many"]) for each in page_of(read(path))["collections"]]
    assert (one, many) in names


def test_the_collections_of_a_contract_with_several_have_a_file_each() -> None:
    files = page_files(read(LIBRARY))
    assert [each["heading"] for each in files["page.json"]["collections"]] == ["Readers", "Books"]
    told = [files[each["file"]]["name"] for each in files["page.json"]["collections"]]
    assert told == ["readers", "books"]
    assert set(page_files(read(TODOS))) == {"page.json"}


def test_functions_are_told_with_what_they_take() -> None:
    clear, complete = told(ACTIONS)["functions"]
    assert (clear["label"], clear["on"]) == ("Delete the to-dos that are done", None)
    assert (complete["label"], complete["on"]) == ("Complete", "id")
    assert (complete["method"], complete["path"]) == ("POST", "/todos/{id}/complete")
    assert complete["parameters"] == {}
