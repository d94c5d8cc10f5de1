"""How people get into a closed API on this machine."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import TODOS
from tests.contracts.closed import closed_file
from tests.people import Door, claims_of
from tests.servers import Server, run, serve

QUIET = ("--rate", "0")


def door(server: Server) -> Door:
    told = page_is_told(server)
    return Door(server.url, told["client"], told["discovery"])


def page_is_told(server: Server) -> Any:
    line = server.get("/config.js").body.decode().splitlines()[1]
    return json.loads(line.removeprefix("export const signIn = ").rstrip(";"))


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return closed_file(tmp_path_factory.mktemp("contract") / "closed.json", "person")


@pytest.fixture(scope="module")
def server(contract: Path) -> Iterator[Server]:
    with serve(contract) as server:
        yield server


def test_serve_says_how_to_sign_in(server: Server) -> None:
    expected = f"  Sign in    {server.url}/ under any name: this is for this machine only\n"
    assert expected in server.output
    assert "Everyone" not in server.output
    assert server.errors == ""


def test_a_closed_contract_needs_no_account(server: Server) -> None:
    tokens = door(server).signed_in("Ada")
    claims = claims_of(tokens["access_token"])
    assert claims["scope"] == "openid todos/read todos/write"
    assert claims["iss"] == f"{server.url}/sign-in"


def test_the_published_contract_says_where_people_sign_in(server: Server) -> None:
    person = server.get("/openapi.json").json["components"]["securitySchemes"]["person"]
    assert person["openIdConnectUrl"] == "/sign-in/.well-known/openid-configuration"
    assert server.get(person["openIdConnectUrl"]).json["issuer"] == f"{server.url}/sign-in"


def test_the_key_is_beside_the_data_and_its_owner_s_alone(server: Server) -> None:
    file = server.folder / "data" / "identity.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_restart_keeps_people_signed_in(contract: Path, tmp_path: Path) -> None:
    with serve(contract, cwd=tmp_path) as first:
        token = door(first).signed_in("Ada")["refresh_token"]
    with serve(contract, cwd=tmp_path) as second:
        again = door(second).token(grant_type="refresh_token", refresh_token=token)
    assert claims_of(again["access_token"])["iss"] == f"{second.url}/sign-in"


def test_an_open_contract_has_no_page_to_sign_in(tmp_path: Path) -> None:
    with serve(TODOS, cwd=tmp_path) as server:
        assert server.get("/sign-in/login").status == 404
        assert page_is_told(server) is None
        assert "Sign in" not in server.output
    assert not (tmp_path / "data" / "identity.json").exists()


def test_a_contract_that_has_the_path_keeps_it(tmp_path: Path) -> None:
    contract = closed_file(tmp_path / "closed.json", "person")
    contract.write_text(contract.read_text("utf-8").replace("/todos", "/sign-in"), "utf-8")
    with serve(contract) as server:
        assert page_is_told(server)["discovery"].startswith("/sign-in-2/")
        assert "access_token" in door(server).signed_in("Ada")


def test_below_a_base_path_people_sign_in_at_the_root(contract: Path) -> None:
    with serve(contract, options=(*QUIET, "--base-path", "/sign-in")) as server:
        assert page_is_told(server)["discovery"].startswith("/sign-in-2/")


def refused(contract: Path, *options: str, cwd: Path) -> str:
    ended = run("serve", "--contract", contract, "--port", "0", *options, cwd=cwd)
    assert ended.returncode == 3
    return ended.stderr


def test_where_others_can_reach_it_nobody_signs_in_under_any_name(
    contract: Path, tmp_path: Path
) -> None:
    told = refused(contract, "--host", "0.0.0.0", cwd=tmp_path)
    assert "--anyone-signs-in" in told
    assert "--issuer URL --client ID" in told


def test_who_says_so_has_it_all_the_same(contract: Path) -> None:
    options = (*QUIET, "--host", "0.0.0.0", "--anyone-signs-in")
    with serve(contract, options=options) as server:
        assert "Everyone who can reach this machine can sign in as anybody" in server.output


def test_what_is_open_is_told_where_others_can_reach_it(tmp_path: Path) -> None:
    contract = closed_file(tmp_path / "c.json", "key", open_to_all=("listTodos", "getTodo"))
    with serve(contract, options=(*QUIET, "--host", "0.0.0.0")) as server:
        expected = (
            "Everyone who can reach this machine can call what is open: listTodos, getTodo.\n"
        )
        assert expected in server.output
        assert "  Keys       todo-api keys create NAME makes one" in server.output


def test_nothing_is_told_of_everyone_where_nothing_is_open(tmp_path: Path) -> None:
    contract = closed_file(tmp_path / "c.json", "key")
    with serve(contract, options=(*QUIET, "--host", "0.0.0.0")) as server:
        assert "Everyone" not in server.output


def test_an_issuer_and_a_client_go_together(contract: Path, tmp_path: Path) -> None:
    told = refused(contract, "--issuer", "https://people.example", cwd=tmp_path)
    assert "go together" in told


def test_an_open_contract_has_no_use_for_an_issuer(tmp_path: Path) -> None:
    told = refused(TODOS, "--issuer", "https://people.example", "--client", "x", cwd=tmp_path)
    assert "asks nobody to sign in" in told


def test_people_sign_in_where_another_issuer_says(server: Server, contract: Path) -> None:
    """Here that is another server's; the page has a copy of its document."""
    issuer = f"{server.url}/sign-in"
    options = (*QUIET, "--issuer", issuer, "--client", door(server).client)
    with serve(contract, options=options) as other:
        told = page_is_told(other)
        assert told["discovery"] == "/.well-known/openid-configuration"
        copied = other.get(told["discovery"]).json
        assert copied["token_endpoint"] == f"{server.url}/sign-in/oauth2/token"
        policy = other.get("/").headers["content-security-policy"]
        assert f"connect-src 'self' {server.url};" in policy
        assert other.get("/sign-in/login").status == 404
        person = other.get("/openapi.json").json["components"]["securitySchemes"]["person"]
        assert person["openIdConnectUrl"] == f"{issuer}/.well-known/openid-configuration"


def test_an_issuer_that_cannot_be_reached_is_told(contract: Path, tmp_path: Path) -> None:
    told = refused(contract, "--issuer", "http://127.0.0.1:9/x", "--client", "x", cwd=tmp_path)
    assert "Check the address and the network." in told


def test_a_key_that_cannot_be_read_is_told(contract: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "identity.json").write_text("{}")
    assert "Delete it" in refused(contract, cwd=tmp_path)
