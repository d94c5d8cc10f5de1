"""The site as it is uploaded: it says where the API is, and nothing else differs."""

import json
from pathlib import Path

import pytest

from infra.deploy.upload import Object, files
from infra.provider import Provider
from infra.site import site
from service.contract.document import read
from tests.contracts import ALL, TODOS
from tests.contracts.closed import closed_file

POOL = "https://todo-api-prod-111122223333.auth.eu-central-1.amazoncognito.com"
API = "https://abc123.execute-api.eu-central-1.amazonaws.com/prod"


def uploaded(path: Path) -> dict[str, Object]:
    return {each.key: each for each in files(path, read(path), API)}


def test_the_page_learns_where_the_api_is() -> None:
    config = uploaded(TODOS)["config.js"]
    assert config.body.decode() == f'export const api = "{API}";\nexport const signIn = null;\n'
    assert config.content_type == "text/javascript; charset=utf-8"


def test_the_page_gets_a_copy_of_what_clients_are_sent_to_the_pool_for(tmp_path: Path) -> None:
    document = {"authorization_endpoint": f"{POOL}/oauth2/authorize"}
    provider = Provider(
        discovery="https://cognito-idp.example/pool/.well-known/openid-configuration",
        client="abc",
        authorize=f"{POOL}/oauth2/authorize",
        token=f"{POOL}/oauth2/token",
        logout=f"{POOL}/logout",
        document=document,
    )
    path = closed_file(tmp_path / "closed.json", "person")
    found = {each.key: each for each in files(path, read(path), API, provider)}
    copy = found[".well-known/openid-configuration"]
    assert (json.loads(copy.body), copy.content_type) == (document, "application/json")
    assert '"discovery":"/.well-known/openid-configuration"' in found["config.js"].body.decode()
    schemes = json.loads(found["openapi.json"].body)["components"]["securitySchemes"]
    assert schemes["person"]["openIdConnectUrl"] == provider.discovery


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
def test_the_contract_tells_clients_where_the_api_is_and_is_else_unchanged(
    path: Path, name: str, tmp_path: Path
) -> None:
    copy = tmp_path / name
    copy.write_bytes(uploaded(path)[name].body)
    assert read(copy).data == {**read(path).data, "servers": [{"url": API}]}


def test_the_author_s_own_layout_of_the_contract_is_kept() -> None:
    text = uploaded(TODOS)["openapi.yaml"].body.decode()
    own = TODOS.read_text("utf-8").splitlines()
    # the server's url and its description, and the pattern that is written with escapes
    assert len({*text.splitlines()} ^ {*own}) <= 5
    assert text.isascii()


def test_every_file_of_the_site_is_there_under_its_path() -> None:
    kept = uploaded(TODOS)
    assert {f"/{key}" for key in kept} - {"/index.html"} == {*site(TODOS, read(TODOS))} - {"/"}
    assert kept["docs/"].content_type.startswith("text/html")
    assert b"url=/docs/" in kept["docs"].body


def test_the_contract_as_json_is_json() -> None:
    assert json.loads(uploaded(TODOS)["openapi.json"].body)["openapi"] == "3.0.3"
