"""`complete --sign-in`: security as it is served, for those who ask for it."""

import copy
from contextlib import suppress
from typing import Any

import pytest

from infra.check import Refused, sound
from infra.complete import complete
from infra.complete.notices import Notice
from infra.edits import CannotWrite
from service.contract.derivation import derive
from service.contract.document import Document, read
from tests.contracts import TODOS

Json = dict[str, Any]

OAUTH = {
    "type": "oauth2",
    "flows": {
        "implicit": {
            "authorizationUrl": "https://example.com/authorize",
            "scopes": {"read:todos": "See to-dos", "write:todos": "Change to-dos"},
        }
    },
}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Ours"}


def secured(scheme: Json, scopes: list[str], owner: str = "caller") -> Json:
    data = copy.deepcopy(read(TODOS).data)
    data["components"]["securitySchemes"] = {"who": copy.deepcopy(scheme)}
    data["security"] = [{"who": scopes}]
    data["paths"]["/todos"]["x-owner"] = owner
    return data


def done(data: Json, *notices: Notice) -> Json:
    """Served now, and a second time the same."""
    draft = complete(Document(data), sign_in=True)
    assert [*draft.notices] == [*notices]
    again = complete(Document(copy.deepcopy(draft.data)), sign_in=True)
    assert again.data == draft.data
    contract = derive(Document(draft.data))
    assert not [
        *contract.faults,
        *(f for each in contract.operations.values() for f in each.faults),
    ]
    return draft.data


@pytest.mark.parametrize("scheme", [BEARER, {"type": "http", "scheme": "basic"}], ids=str)
def test_a_bearer_token_becomes_openid_connect_with_a_scope(scheme: Json) -> None:
    data = done(secured(scheme, []), Notice.TOKEN, Notice.NO_SCOPE)
    found = data["components"]["securitySchemes"]["who"]
    assert found["type"] == "openIdConnect"
    assert found["openIdConnectUrl"] == "/.well-known/openid-configuration"
    assert found.get("description") == scheme.get("description")
    assert data["security"] == [{"who": ["todo-api/use"]}]


def test_an_operation_asks_for_a_scope_by_its_method() -> None:
    document = secured(BEARER, [])
    for method in ("get", "post"):
        document["paths"]["/todos"][method]["security"] = [{"who": []}]
    paths = done(document, Notice.TOKEN, Notice.NO_SCOPE)["paths"]
    assert paths["/todos"]["get"]["security"] == [{"who": ["todo-api/read"]}]
    assert paths["/todos"]["post"]["security"] == [{"who": ["todo-api/write"]}]


def test_another_flow_becomes_the_one_that_people_sign_in_with() -> None:
    data = done(secured(OAUTH, ["read:todos", "write:todos"]), Notice.FLOW, Notice.SCOPE)
    (flow,) = data["components"]["securitySchemes"]["who"]["flows"].values()
    assert flow["authorizationUrl"] == "https://example.com/authorize"
    assert flow["tokenUrl"] == "/oauth2/token"
    assert flow["scopes"] == {
        "todo-api/read:todos": "See to-dos", "todo-api/write:todos": "Change to-dos",
    }  # fmt: skip
    assert data["security"] == [{"who": [*flow["scopes"]]}]


def test_of_several_flows_one_is_left() -> None:
    scheme = copy.deepcopy(OAUTH)
    scheme["flows"] |= {  # type: ignore[operator]
        "authorizationCode": {
            "authorizationUrl": "/a", "tokenUrl": "/t", "scopes": {"todos/read": "See"},
        }
    }  # fmt: skip
    found = done(secured(scheme, ["todos/read"]), Notice.FLOW)
    flows = found["components"]["securitySchemes"]["who"]["flows"]
    assert flows.keys() == {"authorizationCode"}
    assert flows["authorizationCode"]["authorizationUrl"] == "/a"


def test_scopes_that_allow_nothing_of_an_api_go() -> None:
    scheme = {"type": "openIdConnect", "openIdConnectUrl": "https://example.com/o"}
    data = done(secured(scheme, ["openid", "todos/read"]))
    assert data["security"] == [{"who": ["todos/read"]}]
    assert done(secured(scheme, ["openid"]), Notice.NO_SCOPE)["security"] == [
        {"who": ["todo-api/use"]}
    ]


@pytest.mark.parametrize("place", ["query", "cookie", "header"])
def test_a_key_is_sent_as_x_api_key(place: str) -> None:
    scheme = {"type": "apiKey", "in": place, "name": "api_key"}
    data = done(secured(scheme, [], "everyone"), Notice.KEY)
    assert data["components"]["securitySchemes"]["who"] == {
        "type": "apiKey", "in": "header", "name": "X-Api-Key",
    }  # fmt: skip


def test_what_is_served_stays_as_it_is_and_so_does_what_nobody_uses() -> None:
    data = secured({"type": "openIdConnect", "openIdConnectUrl": "/o"}, ["todos/read"])
    data["components"]["securitySchemes"]["other"] = copy.deepcopy(BEARER)
    assert done(data) == data


@pytest.mark.parametrize("security", [[{"who": []}, {}], [{"who": []}, {"key": []}]], ids=str)
def test_what_the_author_has_to_say_stays_for_them(security: Any) -> None:
    data = secured(BEARER, [])
    data["components"]["securitySchemes"]["key"] = {
        "type": "apiKey", "in": "header", "name": "X-Api-Key",
    }  # fmt: skip
    data["security"] = security
    found = complete(Document(data), sign_in=True).data["security"]
    assert [[*each] for each in found] == [[*each] for each in security]


def test_without_being_asked_nothing_of_it_is_touched() -> None:
    data = secured(OAUTH, ["read:todos"])
    assert complete(Document(data)).data["components"]["securitySchemes"] == {"who": OAUTH}


BROKEN: list[Any] = [None, 1, "x", [], {}, [1], {"who": 1}, {"who": {"type": "oauth2"}},
                     {"who": {"type": "oauth2", "flows": []}},
                     {"who": {"type": "oauth2", "flows": {"implicit": 1}}}]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=str)
@pytest.mark.parametrize("where", ["schemes", "security", "operation"])
def test_what_is_broken_is_left_for_check_to_tell(broken: Any, where: str) -> None:
    data = secured(OAUTH, ["read:todos"])
    if where == "schemes":
        data["components"]["securitySchemes"] = broken
    elif where == "security":
        data["security"] = broken
    else:
        data["paths"]["/todos"]["get"] = broken
    with suppress(Refused, CannotWrite):
        complete(Document(data), sound, sign_in=True)
