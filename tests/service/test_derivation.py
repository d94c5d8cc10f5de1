"""What is derived from a contract, and what is refused with place, reason and remedy."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.binding import Unserved, bind
from service.contract.derivation import derive
from service.contract.document import ContractError, Document, read
from service.contract.rules import Rule
from service.contract.schemas import schema_at
from tests.contracts import CUSTOMERS, LIBRARY, TODOS, load


def test_the_to_do_contract_is_one_collection_of_five_operations() -> None:
    contract = load(TODOS)
    assert {each.id: each.rule for each in contract.operations.values()} == {
        "listTodos": Rule.LIST,
        "createTodo": Rule.CREATE,
        "getTodo": Rule.GET,
        "updateTodo": Rule.MERGE,
        "deleteTodo": Rule.DELETE,
    }
    todos = contract.collections["todos"]
    assert todos.id == "id"
    assert (todos.stamped_on_create, todos.stamped_on_write) == (("createdAt",), ("updatedAt",))
    assert todos.filters == {"completed": False}
    page = load(TODOS).operations["listTodos"].page
    assert page is not None
    assert page.size == 50


def test_a_schema_that_many_places_refer_to_is_compiled_once() -> None:
    document = read(TODOS)
    places = [("components", "responses", name, "content") for name in ("NotFound", "BadRequest")]
    first, second = (
        schema_at(document, (*place, "application/problem+json", "schema")) for place in places
    )
    assert first is second
    assert schema_at(document, ("components", "schemas", "Problem"), request=True) is not first
    assert schema_at(read(TODOS), ("components", "schemas", "Problem")) is not first


def test_the_customer_contract_is_derived_by_the_same_rules() -> None:
    customers = load(CUSTOMERS).collections["customers"]
    assert list(customers.filters) == ["email", "lastName"]
    assert customers.defaults == {"address": ""}


def test_ids_and_timestamps_may_have_any_name() -> None:
    books = load(LIBRARY).collections["books"]
    assert books.id == "bookId"
    assert (books.stamped_on_create, books.stamped_on_write) == (("addedAt",), ("modifiedAt",))
    page = load(LIBRARY).operations["browseBooks"].page
    assert page is not None
    assert page.size == 10


def test_any_of_the_five_operations_may_be_missing() -> None:
    contract = load(LIBRARY)
    rules = {each.rule for each in contract.operations.values() if each.path.startswith("/readers")}
    assert rules == {Rule.CREATE, Rule.GET, Rule.DELETE}


def refusals(document: Document) -> list[ContractError]:
    """All that keeps a document from being served."""
    try:
        bind(derive(document))
    except ContractError as fault:
        return [fault]
    except Unserved as error:
        return list(error.faults)
    return []


# -- refusals: an edit of a contract that is served, and what is said of it -----------------------

Edit = Callable[[dict[str, Any]], None]
BOOK = ("components", "schemas", "Book")
LIST = ("paths", "/books", "get")
CREATE = ("paths", "/books", "post")


def put(*keys: str, value: Any) -> Edit:
    """Set the value at a place of the document; list indexes as digits."""

    def edit(data: Any) -> None:
        *way, last = keys
        for key in way:
            data = data[int(key) if isinstance(data, list) else key]
        data[int(last) if isinstance(data, list) else last] = value

    return edit


def drop(*keys: str) -> Edit:
    def edit(data: Any) -> None:
        *way, last = keys
        for key in way:
            data = data[int(key) if isinstance(data, list) else key]
        del data[last]

    return edit


def prop(name: str, **schema: Any) -> Edit:
    return put(*BOOK, "properties", name, value=schema)


def parameter(**declared: Any) -> Edit:
    return put(*LIST, "parameters", "2", value={"in": "query", **declared})


ANYTHING = {
    "get": {
        "operationId": "anything",
        "responses": {"204": {}, "default": {"$ref": "#/components/responses/Failure"}},
    }
}

REFUSALS: list[tuple[str, Edit, str]] = [
    ("another version", put("openapi", value="3.2.0"), "'3.2.0' is not 3.0 or 3.1"),
    ("a version that is a number", put("openapi", value=3.0), "3.0 is not 3.0 or 3.1"),
    ("Swagger", put("swagger", value="2.0"), "This is Swagger 2.0"),
    ("no paths", put("paths", value={}), "There is no operation"),
    ("a deeper path", put("paths", "/books/{bookId}/pages", value=ANYTHING), "below an item"),
    ("a path that ends in a slash", put("paths", "/shelves/", value=ANYTHING), "ends in a slash"),
    ("two item paths", put("paths", "/books/{id}", value={}), "the same path"),
    ("another verb", put("paths", "/books", "patch", value={}), "what PATCH /books does"),
    ("a list of an item", put("paths", "/books/{bookId}", "post", value={}), "No rule says"),
    ("a parameter of a path that is of no use", put("paths", "/books", "parameters", value=[
        {"name": "loud", "in": "query", "schema": {"type": "boolean"}}]), "'loud' is not"),
    ("a parameter that stands twice", put("paths", "/books/{bookId}", "parameters", value=[
        {"$ref": "#/components/parameters/BookId"}] * 2), "appears twice here"),
    ("a path parameter that nobody describes", put(
        "paths", "/books/{bookId}", "get", "parameters", value=[]), "'bookId' of the path is not"),
    ("an unknown key", put("paths", "/books", "thing", value={}), "not a method"),
    ("no operationId", drop(*LIST, "operationId"), "has no operationId"),
    ("a doubled operationId", put(*LIST, "operationId", value="acquireBook"), "two operations"),
    ("a body of a list", put(*LIST, "requestBody", value={}), "takes no body"),
    ("another success", put(*CREATE, "responses", "202", value={}), "is a success of POST /books"),
    ("no success", drop(*CREATE, "responses", "201"), "No success is described"),
    ("an error not described", drop(*CREATE, "responses", "default"), "may return 400"),
    (
        "an error of another type",
        put("components", "responses", "Failure", "content", value={"application/json": {}}),
        "RFC 9457",
    ),
    (
        "an error of another shape",
        put("components", "schemas", "Failure", "required", value=["code"]),
        "refuses the problem",
    ),
    ("an envelope", put(
        *LIST, "responses", "200", "content", "application/json", "schema", "properties", "total",
        value={"type": "integer"},
    ), "'total' promises how many"),
    ("two items", put(
        *CREATE, "responses", "201", "content", "application/json", "schema",
        value={"$ref": "#/components/schemas/Reader"},
    ), "creates nothing that /books shows"),
    ("an answer of two types", put(
        *CREATE, "responses", "201", "content", "text/plain", value={},
    ), "promises text/plain too"),
    ("an open body", put(*BOOK, "additionalProperties", value=True), "nothing describes"),
    ("an optional body", put(*CREATE, "requestBody", "required", value=False), "may leave out"),
    ("no body", drop(*CREATE, "requestBody"), "creates nothing that /books shows"),
    ("an id that clients send", put(
        *BOOK, "properties", "bookId", "readOnly", value=False), "'bookId', which names the item"),
    ("no id", drop("components", "schemas", "Reader", "properties", "readerId"), "is the id"),
    ("an id that is no uuid", prop("bookId", type="boolean", readOnly=True), "uuids"),
    ("a second id", prop("id", type="string"), "another 'id'"),
    ("another readOnly property", prop("loans", type="string", readOnly=True), "Nothing writes"),
    ("a writeOnly property", prop("secret", type="string", writeOnly=True), "never be shown"),
    ("a name of the service's own", prop("_token", type="string"), "kept and shown as it is"),
    ("an integer over 64 bits", prop("loans", type="integer", maximum=2**63), "64 bits"),
    ("an integer under 64 bits", prop("loans", type="integer", minimum=-1e30), "64 bits"),
    ("a value over 64 bits", prop("loans", type="integer", enum=[1, 10**30]), "64 bits"),
    ("a default over 64 bits", prop("loans", type="integer", default=10**30), "64 bits"),
    ("a broken pattern", prop("isbn", type="string", pattern="("), "is not an expression of ECMA"),
    ("a pattern with a flag", put(
        "components", "schemas", "Motto", "pattern", value="(?i)a"), "not an expression of ECMA"),
    ("a schema that is none", prop("isbn", type="string", minLength=-1), "is broken: -1 is less"),
    ("a filter that is no property", parameter(name="q", schema={"type": "string"}), "'q' is not"),
    ("a filter by a list", parameter(name="keywords", schema={"type": "string"}), "Clients cannot"),
    ("a filter by a number", parameter(name="price", schema={"type": "number"}), "Clients cannot"),
    ("a limit over 100", put(
        *LIST, "parameters", "0", "schema", "maximum", value=101), "at most 100"),
    ("a list that cannot be read on", put(
        *LIST, "parameters", value=[]), "A client cannot ask"),
    ("a schema that is part of itself", put(
        *BOOK, "allOf", value=[{"$ref": "#/components/schemas/Book"}]), "part of itself"),
    ("a security requirement", put("security", value=[{"bearer": []}]), "Nothing describes the"),
    ("security of an operation", put(*LIST, "security", value=[{"b": []}]), "the scheme 'b'"),
    ("servers of an operation", put(*LIST, "servers", value=[{"url": "/v1"}]), "has no effect"),
    ("a parameter without a schema", parameter(name="genre", content={}), "has no schema"),
    ("a filter of another type", parameter(name="shelf", schema={"type": "string"}), "not of type"),
    ("a cursor that is no string", put(
        *LIST, "parameters", "1", "schema", value={"type": "integer"}), "A cursor is a string"),
    ("a default over the maximum", put(
        *LIST, "parameters", "0", "schema", "default", value=21), "not from 1 to the maximum"),
    ("a page smaller than the limit", put(
        *LIST, "responses", "200", "content", "application/json", "schema", "properties", "items",
        "maxItems", value=19), "and maxItems fewer"),
    ("a timestamp of another form", put(
        *BOOK, "properties", "addedAt", "pattern", value="^[^.]*$"), "Times are written like"),
    ("an integer over 64 bits in a list", prop(
        "loans", type="array", items={"type": "integer", "maximum": 1e19}), "64 bits"),
    ("a parameter over 64 bits", parameter(
        name="copies", schema={"type": "integer", "maximum": 2**64}), "64 bits"),
    ("a closed fault with the old name", put(
        "components", "schemas", "Failure", "properties", "errors", "items",
        value={"type": "object", "additionalProperties": False, "properties": {
            name: {"type": "string"} for name in ("detail", "pointer", "in", "name")}}),
        "Rename 'in' to 'part'"),
    ("a path parameter that is no uuid", put(
        "components", "parameters", "BookId", "schema", value={"type": "boolean"}), "are uuids"),
    ("no 405", put(*CREATE, "responses", value={
        "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}},
        **{status: {"$ref": "#/components/responses/Failure"}
           for status in ("400", "413", "415", "422", "429", "500", "503")},
    }), "may return 405"),
    ("an unknown header", put(
        *CREATE, "parameters", "0", "name", value="X-Trace"), "no rule for the header"),
    ("a header that is a number", put(
        *CREATE, "parameters", "0", "schema", "type", value="integer"), "is text"),
    ("a cookie", put(*CREATE, "parameters", "0", "in", value="cookie"), "Cookies are not read"),
    ("a reference to another file", put(
        *BOOK, "properties", "genre", value={"$ref": "other.yaml#/Genre"}), "leaves this file"),
    ("a reference to nothing", put(
        *BOOK, "properties", "genre", value={"$ref": "#/components/schemas/No"}), "nothing at"),
    ("a circle of references", put(
        "components", "schemas", "Genre", value={"$ref": "#/components/schemas/Genre"}), "circle"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "said"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_what_no_rule_derives_is_refused_with_place_reason_and_remedy(
    edit: Edit, said: str
) -> None:
    document = read(LIBRARY)
    edit(document.data)
    told = [fault for fault in refusals(document) if said in str(fault)]
    assert told, refusals(document)
    assert told[0].remedy
    assert document.line(told[0].place) > 0


def test_what_an_answer_requires_a_create_must_provide() -> None:
    document = read(TODOS)
    document.data["components"]["schemas"]["TodoInput"]["required"] = []
    with pytest.raises(Unserved, match="'title' is required in a response"):
        bind(derive(document))


@pytest.mark.parametrize(
    ("name", "schema", "said"),
    [
        ("id", {"type": "string"}, "Clients may send 'id'"),
        ("createdAt", {"type": "string"}, "The service writes 'createdAt'"),
    ],
)
def test_what_a_client_may_send_is_what_may_be_shown(
    name: str, schema: dict[str, Any], said: str
) -> None:
    for body in ("TodoInput", "TodoChanges"):
        document = read(TODOS)
        document.data["components"]["schemas"][body]["properties"][name] = schema
        with pytest.raises(Unserved, match=re.escape(said)):
            bind(derive(document))


def test_two_defaults_of_one_property_are_refused() -> None:
    document = read(TODOS)
    other = {"type": "boolean", "default": True}
    document.data["components"]["schemas"]["TodoInput"]["properties"]["completed"] = other
    with pytest.raises(Unserved, match="another default of 'completed'"):
        bind(derive(document))


def test_a_request_may_be_stricter_than_the_item() -> None:
    document = read(TODOS)
    stricter = {"type": "boolean", "enum": [True]}
    document.data["components"]["schemas"]["TodoChanges"]["properties"]["completed"] = stricter
    assert bind(derive(document))


@pytest.fixture
def todos_document() -> Document:
    return read(TODOS)


def test_a_default_of_create_alone_is_no_default_of_the_item(todos_document: Document) -> None:
    schemas = todos_document.data["components"]["schemas"]
    schemas["Todo"]["properties"]["completed"] = {"$ref": "#/components/schemas/Completed"}
    todos = bind(derive(todos_document)).collections["todos"]
    assert todos.defaults == {"description": ""}
    assert todos.defaults_on_create == {"description": "", "completed": False}
    assert todos.filters == {"completed": None}


Wrap = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda schema: schema, id="its own"),
        pytest.param(lambda schema: {"allOf": [schema]}, id="allOf"),
        pytest.param(lambda schema: {"anyOf": [{"type": "string"}, schema]}, id="anyOf"),
        pytest.param(lambda schema: {"oneOf": [schema]}, id="oneOf"),
        pytest.param(lambda schema: {"type": "array", "items": schema}, id="items"),
        pytest.param(
            lambda schema: {"type": "object", "properties": {"x": schema}}, id="properties"
        ),
        pytest.param(lambda _: {"$ref": "#/components/schemas/Completed"}, id="$ref"),
        pytest.param(
            lambda _: {"allOf": [{"$ref": "#/components/schemas/Completed"}]}, id="allOf of $ref"
        ),
    ],
)
def test_no_default_is_reachable_from_an_update_that_merges(
    todos_document: Document, wrap: Wrap
) -> None:
    """A generated client would send it with every update, and overwrite what is there."""
    schemas = todos_document.data["components"]["schemas"]
    schemas["Completed"]["default"] = False
    for name in ("Todo", "TodoInput", "TodoChanges"):
        schemas[name]["properties"]["completed"] = wrap({"type": "boolean", "default": False})
    todos_document.data["paths"]["/todos"]["get"]["parameters"].pop()
    said = r"A client made from this contract sends 'completed(\.x)?: false' with every update"
    with pytest.raises(Unserved, match=said) as caught:
        bind(derive(todos_document))
    assert "default" in {each.place[-1] for each in caught.value.faults}


def test_an_update_that_takes_what_create_takes_replaces_and_keeps_its_defaults() -> None:
    contract = load(LIBRARY)
    assert contract.operations["amendBook"].replaces
    assert contract.collections["books"].defaults_on_create["shelf"] == 0
    assert not load(TODOS).operations["updateTodo"].replaces


@pytest.mark.parametrize(("count", "served"), [(268, True), (269, False)])
def test_an_update_of_more_than_dynamodb_writes_at_once_is_refused(
    count: int, served: bool
) -> None:
    """300 operators an expression: one is for the time of the change, 20 are for the service's."""
    document = read(LIBRARY)
    properties = document.at((*BOOK, "properties"))
    properties |= {f"extra{n}": {"type": "boolean"} for n in range(count)}
    if served:
        assert len(bind(derive(document)).operations["amendBook"].sent) == 279
    else:
        with pytest.raises(Unserved, match="280 properties is more than DynamoDB writes"):
            bind(derive(document))


def test_a_schema_of_its_own_merges_whatever_it_says(todos_document: Document) -> None:
    schemas = todos_document.data["components"]["schemas"]
    schemas["TodoChanges"] = {**schemas["TodoInput"], "required": []}
    with pytest.raises(Unserved, match="sends 'description: \"\"' with every update"):
        bind(derive(todos_document))


def test_parameters_of_a_path_are_those_of_its_operations_which_go_first() -> None:
    document = read(LIBRARY)
    path = document.data["paths"]["/books/{bookId}"]
    for method in ("get", "put", "delete"):
        path[method]["parameters"].remove({"$ref": "#/components/parameters/BookId"})
    path["parameters"] = [
        {"$ref": "#/components/parameters/BookId"},
        {"name": "If-Match", "in": "header", "schema": {"type": "string", "maxLength": 3}},
    ]
    operations = bind(derive(document)).operations
    for name, accepted in [("amendBook", True), ("showBook", False)]:
        found = {each.name: each.schema for each in operations[name].parameters}
        assert found.keys() >= {"bookId", "If-Match"}
        assert found["If-Match"].accepts('"longer"') == accepted


def test_headers_mean_the_same_in_any_case() -> None:
    document = read(TODOS)
    document.data["components"]["parameters"]["IfMatch"]["name"] = "if-match"
    names = [each.name for each in bind(derive(document)).operations["updateTodo"].parameters]
    assert names == ["id", "If-Match"]


def test_a_long_filter_is_refused_before_dynamodb_would() -> None:
    document = read(CUSTOMERS)
    document.data["components"]["schemas"]["Name"]["maxLength"] = 267
    with pytest.raises(Unserved, match="too long for the key of an index"):
        bind(derive(document))


def test_a_filter_has_no_default_that_would_hide_the_other_items() -> None:
    document = read(LIBRARY)
    document.data["components"]["schemas"]["Shelf"]["default"] = 0
    with pytest.raises(Unserved, match="sends 'shelf=0' with every list"):
        bind(derive(document))


def test_a_refusal_points_at_the_line(tmp_path: Path) -> None:
    text = TODOS.read_text("utf-8")
    broken = text.replace("operationId: listTodos", "operationId: createTodo")
    (tmp_path / "openapi.yaml").write_text(broken, "utf-8")
    document = read(tmp_path / "openapi.yaml")
    (fault,) = refusals(document)
    line = document.line(fault.place)
    assert broken.splitlines()[line - 1].strip() == "operationId: createTodo"


# -- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: 3.0.3\nopenapi: 3.0.3\n", "duplicate key"),
        ("a: [1", "Not well-formed"),
        ("- a", "no mapping"),
        ("", "no mapping"),
        ("a: \ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "Not well-formed"),
    ],
)
def test_a_file_that_is_no_contract_is_told_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    with pytest.raises(ContractError, match=said):
        read(tmp_path / "c.yaml")


def test_a_json_file_that_is_no_contract_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"openapi": ', "utf-8")
    with pytest.raises(ContractError, match="Not well-formed JSON"):
        read(tmp_path / "c.json")


def test_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("on: [on, yes, no, 18:00, 010]\n200: ok\n", "utf-8")
    assert read(tmp_path / "c.yaml").data == {
        "on": ["on", "yes", "no", "18:00", 10],
        "200": "ok",
    }


def test_a_contract_is_the_same_in_yaml_and_in_json(tmp_path: Path) -> None:
    document = read(TODOS)
    (tmp_path / "c.json").write_bytes(orjson.dumps(document.data))
    assert read(tmp_path / "c.json").data == document.data
