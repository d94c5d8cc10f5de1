"""Where people sign in, as page and clients are told."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.page import page_of
from infra.provider import Provider
from infra.site import File, site
from service.contract.document import read
from tests.contracts import TODOS
from tests.contracts.closed import OAUTH, closed_file
from tests.contracts.editions import later

DOMAIN = "https://people.auth.eu-central-1.amazoncognito.com"
DISCOVERY = "https://cognito-idp.eu-central-1.amazonaws.com/p/.well-known/openid-configuration"
COPIED = Provider(
    discovery=DISCOVERY,
    client="c1",
    authorize=f"{DOMAIN}/oauth2/authorize",
    token=f"{DOMAIN}/oauth2/token",
    logout=f"{DOMAIN}/logout",
    document={"issuer": "https://cognito-idp.eu-central-1.amazonaws.com/p"},
)
HERE = Provider("/sign-in/discovery", "c1", "/sign-in/authorize", "/sign-in/token")


def files(contract: Path, provider: Provider | None) -> dict[str, File]:
    return site(contract, read(contract), provider=provider)


def schemes(files: dict[str, File], name: str) -> dict[str, Any]:
    body = files[name].body.decode()
    document = json.loads(body) if name.endswith(".json") else YAML(typ="safe").load(body)
    found: dict[str, Any] = document["components"]["securitySchemes"]
    return found


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    return closed_file(tmp_path / "closed.json", "person")


@pytest.mark.parametrize("name", ["/openapi.json", "/openapi.yaml"])
@pytest.mark.parametrize("edition", ["3.0", "3.1"])
def test_the_published_contract_says_where_people_sign_in(
    contract: Path, tmp_path: Path, name: str, edition: str
) -> None:
    written = contract if edition == "3.0" else later(contract, tmp_path)
    person = schemes(files(written, COPIED), name)["person"]
    assert person == {"type": "openIdConnect", "openIdConnectUrl": DISCOVERY}


@pytest.mark.parametrize("name", ["/openapi.json", "/openapi.yaml"])
def test_of_oauth2_it_says_each_address(tmp_path: Path, name: str) -> None:
    flow = {**OAUTH["flows"]["authorizationCode"], "refreshUrl": "https://sign-in.example/r"}
    person = {"type": "oauth2", "flows": {"authorizationCode": flow}}
    written = closed_file(tmp_path / "closed.json", "person", person=person)
    found = schemes(files(written, COPIED), name)["person"]["flows"]["authorizationCode"]
    assert found["authorizationUrl"] == f"{DOMAIN}/oauth2/authorize"
    assert found["tokenUrl"] == found["refreshUrl"] == f"{DOMAIN}/oauth2/token"
    assert found["scopes"] == flow["scopes"]


def test_without_a_provider_it_is_the_author_s_own_file(contract: Path) -> None:
    assert files(contract, None)["/openapi.yaml"].body == contract.read_bytes()


def test_an_open_contract_is_told_of_none() -> None:
    found = files(TODOS, COPIED)
    assert found["/openapi.yaml"].body == TODOS.read_bytes()


def told(files: dict[str, File]) -> Any:
    (line,) = (each for each in files["/config.js"].body.split(b"\n") if b"signIn" in each)
    return json.loads(line.removeprefix(b"export const signIn = ").rstrip(b";"))


def test_the_page_reads_a_copy_of_a_document_that_is_elsewhere(contract: Path) -> None:
    found = files(contract, COPIED)
    assert told(found) == {
        "discovery": "/.well-known/openid-configuration",
        "client": "c1",
        "logout": f"{DOMAIN}/logout",
    }
    copy = found["/.well-known/openid-configuration"]
    assert json.loads(copy.body) == COPIED.document
    assert dict(copy.headers)[b"content-type"] == b"application/json"


def test_the_page_reads_the_document_where_it_is_if_that_is_here(contract: Path) -> None:
    found = files(contract, HERE)
    assert told(found) == {"discovery": "/sign-in/discovery", "client": "c1", "logout": None}
    assert "/.well-known/openid-configuration" not in found


def test_the_page_may_speak_to_who_gives_it_tokens_and_to_nobody_else(contract: Path) -> None:
    for provider, expected in ((COPIED, f"'self' {DOMAIN}"), (HERE, "'self'"), (None, "'self'")):
        for name in ("/", "/docs/"):
            headers = dict(files(contract, provider)[name].headers)
            policy = headers[b"content-security-policy"].decode()
            assert f"connect-src {expected};" in policy


def test_the_page_is_told_who_may_call(tmp_path: Path) -> None:
    written = closed_file(
        tmp_path / "c.json", "person", "key", owner="everyone", open_to_all=("listTodos",)
    )
    page = page_of(read(written))
    assert page["access"] == {"person": {"scopes": ["todos/write", "todos/read"]}, "key": True}
    (todos,) = page["collections"]
    assert {"caller", "key"} & {*todos["list"]} == set()
    assert (todos["create"]["caller"], todos["create"]["key"]) == ("person", True)


def test_the_page_of_an_open_contract_asks_for_nobody() -> None:
    page = page_of(read(TODOS))
    assert page["access"] == {"person": None, "key": False}
    assert not [row for row in page["collections"][0].values() if "caller" in str(row)]
