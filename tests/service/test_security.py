"""Who may call, as a contract says it: what is derived, and what is refused in which words."""

from typing import Any

import pytest

from service.binding import Unserved, bind
from service.contract.derivation import derive
from service.contract.document import ContractError, Document, read
from service.contract.model import Contract
from service.contract.security import OPEN, Access, Kind, PersonScheme
from tests.contracts import TODOS

Json = dict[str, Any]

KEY = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
PERSON = {"type": "openIdConnect", "openIdConnectUrl": "/.well-known/openid-configuration"}
SERVICE = {"type": "http", "scheme": "AWS4-HMAC-SHA256"}
OAUTH: Json = {
    "type": "oauth2",
    "flows": {
        "authorizationCode": {
            "authorizationUrl": "https://example.com/authorize",
            "tokenUrl": "https://example.com/token",
            "scopes": {"todos/read": "See to-dos", "todos/write": "Change to-dos"},
        }
    },
}
READ, WRITE = {"person": ["todos/read"]}, {"person": ["todos/write"]}


def closed(security: Any = (READ,), owner: str | None = "caller", **schemes: Json) -> Document:
    """The to-do contract, closed; schemes replace `key`, `person` and `service`."""
    document = read(TODOS)
    data = document.data
    data["components"]["securitySchemes"] = {
        "key": KEY, "person": PERSON, "service": SERVICE, **schemes,
    }  # fmt: skip
    data["security"] = list(security) if isinstance(security, tuple) else security
    if owner is not None:
        data["paths"]["/todos"]["x-owner"] = owner
    return document


def served(document: Document) -> Contract:
    return bind(derive(document))


def refused(document: Document) -> list[ContractError]:
    with pytest.raises(Unserved) as refusal:
        served(document)
    return list(refusal.value.faults)


def operation(document: Document, path: str, method: str) -> Json:
    found: Json = document.data["paths"][path][method]
    return found


# -- what is derived -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("security", "access"),
    [
        ((READ,), Access(Kind.PERSON, ("todos/read",))),
        (({"person": ["todos/read", "todos/write"]},),
         Access(Kind.PERSON, ("todos/read", "todos/write"))),
        (({"key": [], **READ},), Access(Kind.PERSON, ("todos/read",), key=True)),
        (({"service": []},), Access(Kind.SERVICE)),
        (({"service": [], "key": []},), Access(Kind.SERVICE, key=True)),
    ],
)  # fmt: skip
def test_an_operation_says_who_may_call_it(security: Any, access: Access) -> None:
    contract = served(closed(security))
    assert {each.access for each in contract.operations.values()} == {access}
    assert contract.collections["todos"].caller == access.caller
    assert contract.collections["todos"].owned


@pytest.mark.parametrize("security", [[], [{}]])
def test_an_operation_may_be_open_beside_closed_ones(security: Any) -> None:
    document = closed(owner="everyone")
    operation(document, "/todos", "get")["security"] = security
    contract = served(document)
    assert contract.operations["listTodos"].access == OPEN
    assert contract.operations["createTodo"].access == Access(Kind.PERSON, ("todos/read",))
    assert not contract.collections["todos"].owned


def test_keys_alone_are_of_applications_and_their_items_are_everyones() -> None:
    contract = served(closed(({"key": []},), owner=None))
    assert {each.access for each in contract.operations.values()} == {Access(key=True)}
    assert not contract.collections["todos"].owned
    assert (contract.schemes.key, contract.schemes.person) == ("key", None)


def test_an_open_contract_has_no_schemes_and_may_say_that_all_share_its_items() -> None:
    contract = served(closed([], owner="everyone"))
    assert {each.access for each in contract.operations.values()} == {OPEN}
    assert contract.schemes == served(closed([], owner=None)).schemes
    assert (contract.schemes.key, contract.schemes.person, contract.schemes.service) == (None,) * 3


def test_schemes_are_those_that_operations_use_with_the_scopes_they_ask_for() -> None:
    document = closed(({"person": ["todos/read"], "key": []},), person=OAUTH, unused=PERSON)
    operation(document, "/todos", "post")["security"] = [WRITE]
    schemes = served(document).schemes
    described = {"todos/read": "See to-dos", "todos/write": "Change to-dos"}
    assert schemes.person == PersonScheme("person", None, described)
    assert (schemes.key, schemes.service) == ("key", None)
    discovered = served(closed()).schemes.person
    assert discovered is not None
    assert discovered.discovery == PERSON["openIdConnectUrl"]
    assert discovered.scopes == {"todos/read": "todos/read"}


def test_a_scheme_may_be_a_reference() -> None:
    document = closed(person={"$ref": "#/components/securitySchemes/real"}, real=OAUTH)
    assert served(document).operations["listTodos"].access == Access(Kind.PERSON, ("todos/read",))


def test_methods_that_a_closed_path_does_not_declare_take_the_union_of_its_scopes() -> None:
    document = closed(owner="everyone")
    operation(document, "/todos", "post")["security"] = [{**WRITE, "key": []}]
    contract = served(document)
    assert contract.undeclared("/todos") == Access(Kind.PERSON, ("todos/read", "todos/write"))
    operation(document, "/todos", "get")["security"] = []
    assert served(document).undeclared("/todos") == OPEN
    assert served(document).undeclared("/todos/{id}") == Access(Kind.PERSON, ("todos/read",))


def test_a_closed_operation_has_to_describe_401_403_and_429() -> None:
    document = closed()
    responses = operation(document, "/todos", "post")["responses"]
    del responses["default"]
    described = responses["400"]
    for status in ("405",):
        responses[status] = described
    assert any("may return 401" in str(each) for each in refused(document))
    responses["401"] = described
    assert any("may return 403" in str(each) for each in refused(document))
    responses["403"] = described
    served(document)


# -- what API Gateway understands otherwise ------------------------------------------------------

COMPLETES = "('todo-api complete --sign-in' does)."
REFUSALS: dict[str, tuple[Document, str]] = {
    "either of two": (
        closed(({"key": []}, READ)),
        "Either 'key' or 'person' is enough here, and API Gateway would demand them all. Keep one",
    ),
    "either of two scopes": (closed((READ, WRITE)), "is enough here, and API Gateway would demand"),
    "optional": (closed(({}, READ)), "Signing in is optional here, and API Gateway would demand"),
    "optional, named first": (closed((READ, {})), "'security: []' to open the operation"),
    "a person and a service": (
        closed(({**READ, "service": []},)), "A person and a service are demanded at once"),
    "a service and a person": (
        closed(({"service": [], **READ},)), "A person and a service are demanded at once"),
    "two people": (closed(({**READ, "other": ["todos/read"]},), other=PERSON), "both mean people"),
    "two keys": (closed(({"key": [], "other": []},), other=KEY), "both mean a key"),
    "nobody declares it": (
        closed(({"nobody": []},)),
        "Nothing describes the scheme 'nobody': API Gateway would leave the operation open.",
    ),
    "no scope": (closed(({"person": []},)), "asks for no scope: API Gateway would take ID tokens"),
    "no scope of oauth2": (closed(({"person": []},), person=OAUTH), "asks for no scope"),
    "a scope of another form": (
        closed(({"person": ["read:todos"]},)), "'read:todos' is not written IDENTIFIER/NAME"),
    "a scope without a name": (closed(({"person": ["todos/"]},)), "IDENTIFIER/NAME"),
    "a scope without an identifier": (closed(({"person": ["/read"]},)), "IDENTIFIER/NAME"),
    "a scope in two words": (closed(({"person": ["todos/read all"]},)), "IDENTIFIER/NAME"),
    "a scope of the provider's": (closed(({"person": ["openid"]},)), "IDENTIFIER/NAME"),
    "a scope that is not described": (
        closed(({"person": ["todos/delete"]},), person=OAUTH), "has no scope 'todos/delete'"),
    "bearer": (
        closed(({"person": []},), person={"type": "http", "scheme": "bearer"}),
        f"Write openIdConnect with a scope {COMPLETES}",
    ),
    "basic": (closed(({"person": []},), person={"type": "http", "scheme": "basic"}), "HTTP basic"),
    "mutual TLS": (closed(({"tls": []},), tls={"type": "mutualTLS"}), "is mutualTLS"),
    "another flow": (
        closed(person={"type": "oauth2", "flows": {"implicit": {"scopes": {"todos/read": ""}}}}),
        "has the flow 'implicit'",
    ),
    "two flows": (
        closed(person={"type": "oauth2", "flows": {**OAUTH["flows"], "clientCredentials": {}}}),
        f"Keep authorizationCode alone {COMPLETES}",
    ),
    "no flow": (closed(person={"type": "oauth2", "flows": {}}), "has no flow"),
    "another header": (
        closed(({"key": []},), owner=None, key={**KEY, "name": "api_key"}),
        "API Gateway reads a key from X-Api-Key alone",
    ),
    "a key in the query": (
        closed(({"key": []},), owner=None, key={**KEY, "in": "query"}), "from X-Api-Key alone"),
    "a key in a cookie": (
        closed(({"key": []},), owner=None, key={**KEY, "in": "cookie"}), "from X-Api-Key alone"),
    "scopes of a key": (closed(({"key": ["a/b"]},), owner=None), "'key' has no scopes"),
    "scopes of a service": (closed(({"service": ["a/b"]},)), "'service' has no scopes"),
    "no list": (closed({"person": []}), "This is not a list of requirements"),
    "an owner that is none": (closed(owner="me"), "'me' owns nothing"),
    "no owner": (
        closed(owner=None),
        "Nothing says whose items '/todos' holds. Write 'x-owner: caller' (each has their own) or"
        " 'x-owner: everyone' (all share them).",
    ),
    "an owner, and nobody signs in": (
        closed([]),
        "'x-owner: caller', and listTodos names no person or service. Give it security, or write"
        " 'x-owner: everyone'.",
    ),
    "an owner, and only keys": (closed(({"key": []},)), "listTodos names no person or service"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_api_gateway_understands_otherwise_is_refused(document: Document, said: str) -> None:
    told = [each for each in refused(document) if said in f"{each.reason} {each.remedy}"]
    assert told, [str(each) for each in refused(document)]
    assert {each.kind for each in refused(document)} == {"security"}
    assert told[0].place


def test_an_owner_wants_every_operation_of_the_collection_closed() -> None:
    document = closed()
    operation(document, "/todos/{id}", "get")["security"] = [{"key": []}]
    (fault,) = refused(document)
    assert fault.place == ("paths", "/todos/{id}", "get")
    assert "getTodo names no person or service" in fault.reason


def test_an_owner_wants_the_same_kind_of_caller_everywhere() -> None:
    document = closed()
    operation(document, "/todos/{id}", "delete")["security"] = [{"service": []}]
    (fault,) = refused(document)
    assert "deleteTodo names a service, but listTodos a person" in fault.reason
    document.data["paths"]["/todos"]["x-owner"] = "everyone"
    served(document)


def test_nobody_owns_anything_where_there_is_no_collection() -> None:
    document = closed()
    health = {"responses": {"204": {"description": "Well"}}, "operationId": "health"}
    health["responses"]["default"] = {"$ref": "#/components/responses/Problem"}  # type: ignore[index]
    document.data["paths"]["/health"] = {"x-owner": "caller", "get": health}
    said = [str(each) for each in refused(document)]
    assert any(
        "'/health' is not a collection: nobody owns anything there." in each for each in said
    )


@pytest.mark.parametrize("place", [("/todos/{id}",), ("/todos", "get")])
def test_the_owner_stands_on_the_path_of_the_list(place: tuple[str, ...]) -> None:
    document = closed()
    node = document.data["paths"]
    for key in place:
        node = node[key]
    node["x-owner"] = "caller"
    (fault,) = refused(document)
    assert "stands on the path of a collection's list alone" in fault.reason
    assert fault.remedy == "Move it to the path /todos."


def test_two_schemes_of_one_sort_are_one_too_many() -> None:
    document = closed(other=PERSON)
    operation(document, "/todos", "post")["security"] = [{"other": ["todos/write"]}]
    (fault,) = refused(document)
    assert "'person' and 'other' both mean people who sign in" in fault.reason


def test_all_that_is_wrong_is_told_at_once() -> None:
    flows = {"implicit": {"scopes": {"write:todos": ""}}}
    document = closed(({"person": ["write:todos"]},), person={"type": "oauth2", "flows": flows},
                      owner=None)  # fmt: skip
    said = " ".join(str(each) for each in refused(document))
    for each in ("the flow 'implicit'", "IDENTIFIER/NAME", "Nothing says whose items"):
        assert each in said
