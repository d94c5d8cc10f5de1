"""A contract of many collections costs each of them what it costs one: nothing grows faster.

What is counted is the work, in calls of Python functions and bytes compiled, and never the time.
"""

import gc
import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from infra.capacity import capacity
from infra.check import Refused, check
from infra.gateway.import_document import import_document
from infra.gateway.imported import ImportedApi
from infra.portability import advice
from service.application import create_app
from service.contract.derivation import derive
from service.contract.document import Document
from service.contract.model import Contract
from service.contract.schemas import schema_at
from service.proxy import Handler, create_handler
from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.contracts.many import many

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"


def contract_of(collections: int) -> Contract:
    return derive(Document(many(collections)))


def calls(work: Callable[[], Any]) -> int:
    """How many Python functions it calls, once whatever is remembered for ever is known.

    What the garbage collector ends meanwhile calls none.
    """
    work()
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    gc.collect()
    gc.disable()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return counted


STEPS: dict[str, Callable[[Contract], Callable[[], Any]]] = {
    "derive": lambda contract: lambda: derive(Document(contract.document.data)),
    "import document": lambda contract: lambda: import_document(contract),
    "local gateway": lambda contract: lambda: ImportedApi(import_document(contract)),
    "capacity": lambda contract: lambda: capacity(contract),
    "warnings": lambda contract: lambda: list(advice(contract.document)),
}


@pytest.mark.parametrize("step", STEPS)
def test_what_is_done_at_start_grows_with_the_collections_and_no_faster(step: str) -> None:
    few, some, more = (calls(STEPS[step](contract_of(number))) for number in (4, 8, 16))
    assert 0 < more - some <= 2.02 * (some - few)


def test_a_schema_is_compiled_with_those_components_alone_that_it_reaches() -> None:
    contract = contract_of(12)
    for operation in contract.operations.values():
        if operation.body is not None:
            number = operation.collection.name.removeprefix("todos")
            own = {f"{name}{number}" for name in ("Title", "Description", "Completed")}
            assert operation.body.root["components"]["schemas"].keys() == own
    problem = schema_at(contract.document, ("components", "schemas", "Problem"))
    assert problem.root["components"]["schemas"].keys() == {"Fault"}


def test_a_schema_that_holds_itself_reaches_itself() -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Tree"}}}
    document = Document({"components": {"schemas": {"Tree": tree, "Other": {"type": "string"}}}})
    schema = schema_at(document, ("components", "schemas", "Tree"))
    assert schema.root["components"]["schemas"].keys() == {"Tree"}
    assert schema.faults({"below": {"below": 1}})[0].pointer == "/below/below"


def test_a_reference_into_a_component_brings_the_component() -> None:
    schemas = {
        "A/b~": {"type": "object", "properties": {"c": {"$ref": "#/components/schemas/D"}}},
        "D": {"type": "string", "enum": [{"$ref": "#/components/schemas/Nowhere"}, "d"]},
        "E": {"type": "array", "items": {"$ref": "#/components/schemas/A~1b~0/properties/c"}},
    }
    schema = schema_at(
        Document({"components": {"schemas": schemas}}), ("components", "schemas", "E")
    )
    assert schema.root["components"]["schemas"].keys() == {"A/b~", "D"}
    assert schema.accepts(["d"])
    assert not schema.accepts([1])


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "string", "pattern": "(?i)a"}, 'OpenAPI 3.0: "(?i)a" is not a "regex".'),
        ({"allOf": [{"$ref": "#/components/schemas/Unused"}]}, "This schema is part of itself"),
    ],
)
def test_check_tells_the_faults_of_what_nothing_refers_to(
    schema: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    data = many(1)
    data["components"]["schemas"] |= {
        "Unused": schema,
        "Around": {"type": "object", "properties": {"x": {"$ref": "#/components/schemas/Unused"}}},
    }
    (tmp_path / "unused.json").write_text(json.dumps(data))
    assert derive(Document(data)).operations
    with pytest.raises(Refused) as caught:
        check(tmp_path / "unused.json")
    assert reason in caught.value.faults[0].text


@pytest.mark.parametrize("body", ["TodoInput0", "TodoChanges0"])
def test_what_one_body_alone_refers_to_is_known_of_the_answers(body: str, tmp_path: Path) -> None:
    data = many(1)
    schemas = data["components"]["schemas"]
    label = {"text": {"$ref": "#/components/schemas/Text"}}
    schemas["Label"] = {"type": "object", "additionalProperties": False, "properties": label}
    schemas["Text"] = {"type": "string", "maxLength": 20}
    schemas[body]["properties"]["label"] = {"$ref": "#/components/schemas/Label"}
    shown = {"text": {"type": "string", "maxLength": 30}}
    schemas["Todo0"]["properties"]["label"] = {"type": "object", "properties": shown}
    (tmp_path / "one.json").write_text(json.dumps(data))
    assert check(tmp_path / "one.json").operations


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/todos{}"), ("GET", f"/todos{{}}/{ID}"), ("PATCH", "/todos{}/1")]
)
def test_the_last_route_is_found_as_fast_as_the_first(
    method: str, path: str, tmp_path: Path
) -> None:
    contract = contract_of(20)
    with closing(SQLiteStore(tmp_path / "todos.db", contract.filters)) as store:
        handler = create_handler(create_app(contract, store), lambda _: None)
        first, last = (asked(handler, method, path.format(number)) for number in (0, 19))
        assert calls(last) == calls(first)


def asked(handler: Handler, method: str, path: str) -> Callable[[], Any]:
    client = Client(handler)
    return lambda: client.request(method, path)


def test_the_last_resource_of_the_gateway_is_found_as_fast_as_the_first() -> None:
    api = ImportedApi(import_document(contract_of(20)))
    assert api.find(f"/todos19/{ID}")[0].path == "/todos19/{id}"
    assert calls(lambda: api.find(f"/todos19/{ID}")) == calls(lambda: api.find(f"/todos0/{ID}"))


@pytest.mark.parametrize(
    ("left_out", "method", "path", "status"),
    [
        ((), "GET", "/todos0/archive", 200),
        ((), "DELETE", "/todos0/archive", 405),
        ((), "GET", "/todos0/archive/x", 400),
        ((), "GET", "/todos0/archive/x/y", 404),
        ((), "GET", "/todos0/x", 400),
        (("/todos0/archive",), "GET", "/todos0/archive", 400),
        (("/todos0/archive",), "POST", "/todos0/archive", 405),
        (("/todos0/archive/{id}",), "GET", "/todos0/archive/x", 404),
        (("/todos0/{id}",), "GET", "/todos0/x", 404),
    ],
)
def test_a_collection_below_another_takes_no_path_from_it(
    left_out: tuple[str, ...], method: str, path: str, status: int, tmp_path: Path
) -> None:
    data = json.loads(json.dumps(many(2)).replace('"/todos1', '"/todos0/archive'))
    data["paths"] = {each: data["paths"][each] for each in data["paths"] if each not in left_out}
    contract = derive(Document(data))
    with closing(SQLiteStore(tmp_path / "todos.db", contract.filters)) as store:
        client = Client(create_handler(create_app(contract, store), lambda _: None))
        assert client.request(method, path).status == status
