"""The static site beside the API."""

import json
import re
from gzip import decompress
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from infra.check import check
from infra.site import FRONTEND, OF_CALLERS, OF_FUNCTIONS, OF_SEVERAL, site
from service.contract.document import read
from tests.contracts import ACTIONS, LIBRARY, SIGNED_IN, TODOS
from tests.contracts.editions import later
from tests.servers import Server, serve

SCRIPTS = {path.name for path in FRONTEND.glob("*.js")} - OF_CALLERS - OF_FUNCTIONS - OF_SEVERAL
FILES = {
    "/": "text/html; charset=utf-8",
    "/404.html": "text/html; charset=utf-8",
    "/later.css": "text/css; charset=utf-8",
    "/styles.css": "text/css; charset=utf-8",
    **{f"/{name}": "text/javascript; charset=utf-8" for name in sorted(SCRIPTS)},
    "/icon.svg": "image/svg+xml",
    "/page.json": "application/json",
    "/page.webmanifest": "application/manifest+json",
    "/docs/": "text/html; charset=utf-8",
    "/docs/reference.js": "text/javascript; charset=utf-8",
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/docs/favicon-32x32.png": "image/png",
    "/openapi.yaml": "application/yaml",
    "/openapi.json": "application/json",
}


@pytest.mark.parametrize(("path", "content_type"), FILES.items())
def test_a_file_has_its_type_and_is_asked_for_once(
    server: Server, path: str, content_type: str
) -> None:
    first = server.get(path)
    assert (first.status, first.headers["content-type"]) == (200, content_type)
    again = server.request("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert "content-length" not in again.headers


@pytest.mark.parametrize(
    "path", ["/", "/styles.css", "/outbox.js", "/page.json", "/docs/swagger-ui-bundle.js"]
)
def test_a_text_is_compressed_for_whoever_takes_gzip(server: Server, path: str) -> None:
    plain = server.get(path)
    sent = server.request("GET", path, headers={"Accept-Encoding": "br, gzip"})
    assert (sent.headers["content-encoding"], sent.headers["vary"]) == ("gzip", "accept-encoding")
    assert sent.headers["etag"] == f"W/{plain.headers['etag']}"
    assert len(sent.body) == int(sent.headers["content-length"]) < len(plain.body) / 2
    assert decompress(sent.body) == plain.body


@pytest.mark.parametrize(
    ("path", "accepted"),
    [("/page.js", "identity"), ("/page.js", "gzip;q=0, br"), ("/config.js", "gzip"),
     ("/docs/favicon-32x32.png", "gzip")],
)  # fmt: skip
def test_what_is_small_packed_or_not_wanted_so_is_sent_as_it_is(
    server: Server, path: str, accepted: str
) -> None:
    answer = server.request("GET", path, headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"].startswith('"')


@pytest.mark.parametrize("tags", ["W/{}", "{}", '"other", W/{}', '"other",{}', "*"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_tag_matches_weakly(server: Server, tags: str, coding: str) -> None:
    tag = server.get("/styles.css").headers["etag"]
    asked = {"If-None-Match": tags.format(tag), "Accept-Encoding": coding}
    answer = server.request("GET", "/styles.css", headers=asked)
    assert (answer.status, answer.headers.get("content-encoding")) == (304, None)


@pytest.mark.parametrize("tags", ['"other"', 'W/"other"', "x{}", '"{}'])
def test_another_tag_does_not_match(server: Server, tags: str) -> None:
    tag = server.get("/styles.css").headers["etag"]
    asked = {"If-None-Match": tags.format(tag)}
    assert server.request("GET", "/styles.css", headers=asked).status == 200


@pytest.mark.parametrize("path", FILES)
def test_a_page_may_speak_to_no_other_host(server: Server, path: str) -> None:
    policy = server.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert set(re.findall(r"'[a-z-]+'|data:", policy)) == {"'none'", "'self'", "data:"}


OURS = [path for path in FILES if "swagger" not in path and "png" not in path]


@pytest.mark.parametrize("path", [each for each in OURS if "openapi" not in each])
def test_nothing_of_ours_names_another_host(server: Server, path: str) -> None:
    body = server.get(path).body.replace(b"http://www.w3.org/2000/svg", b"")
    assert not re.search(rb"(?<![\w+/])//[a-z0-9]", body)  # a hash in base64 may hold such, too


def test_the_contract_is_the_file_itself(server: Server) -> None:
    assert server.get("/openapi.yaml").body == TODOS.read_bytes()
    assert server.get("/openapi.json").json == read(TODOS).data


def test_docs_without_its_slash_leads_to_it(server: Server) -> None:
    answer = server.get("/docs")
    assert (answer.status, answer.headers["location"]) == (308, "/docs/")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_site_is_only_read(server: Server, method: str) -> None:
    answer = server.request(method, "/docs/")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.headers["content-type"] == "application/problem+json"


def test_head_of_a_file_is_its_headers(server: Server) -> None:
    head, get = server.request("HEAD", "/openapi.json"), server.get("/openapi.json")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(get.body))


def test_any_other_path_is_the_api_s(server: Server) -> None:
    answer = server.get("/favicon.ico")
    assert answer.status == 404
    assert answer.json["type"] == "urn:problem-type:no-such-path"


def test_the_page_belongs_to_the_service_that_serves_it(server: Server) -> None:
    assert server.get("/config.js").body == b'export const api = "";\nexport const signIn = null;\n'


def test_below_a_base_path_the_page_and_its_clients_find_the_api() -> None:
    with serve(options=("--base-path", "v1/")) as server:
        assert f"API        {server.url}/v1/todos\n" in server.output
        assert (
            server.get("/config.js").body
            == b'export const api = "/v1";\nexport const signIn = null;\n'
        )
        assert server.get("/openapi.json").json["servers"] == [{"url": "/v1"}]
        assert b"url: /v1" in server.get("/openapi.yaml").body
        assert server.get("/docs/").status == 200
        created = server.request("POST", "/v1/todos/", {"title": "x"})
        assert created.headers["location"] == f"/v1/todos/{created.json['id']}"
        assert server.get(created.headers["location"]).json == created.json
        assert server.get("/todos").status == 404


def test_every_file_of_the_page_is_served_and_what_only_checks_it_is_not() -> None:
    found = {path for path in site(TODOS, read(TODOS)) if "swagger" not in path}
    assert {path for path in found if "png" not in path} == {*OURS, "/docs"}


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        (TODOS, set()),
        (ACTIONS, OF_FUNCTIONS),
        (LIBRARY, OF_SEVERAL),
        (SIGNED_IN, OF_CALLERS),
    ],
    ids=lambda each: each.stem if isinstance(each, Path) else "",
)
def test_a_site_has_the_files_that_its_contract_needs(path: Path, needed: set[str]) -> None:
    found = {name.removeprefix("/") for name in site(path, read(path))}
    assert found & (OF_CALLERS | OF_FUNCTIONS | OF_SEVERAL) == needed


def test_only_listed_files_of_swagger_ui_are_served() -> None:
    found = {path for path in site(TODOS, read(TODOS)) if "swagger" in path}
    assert found == {"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"}


def test_a_contract_in_json_is_published_in_yaml_whatever_characters_it_holds(
    tmp_path: Path,
) -> None:
    """YAML takes U+FFFF in an escape only."""
    document = read(TODOS)
    document.data["info"]["description"] = "\uffff"
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document.data, ensure_ascii=False), "utf-8")
    published = site(file, read(file), "https://api.example.com")["/openapi.yaml"].body
    told = YAML(typ="safe", pure=True).load(published.decode())
    assert told["info"]["description"] == "\uffff"
    assert told["servers"] == [{"url": "https://api.example.com"}]


def test_a_contract_of_openapi_3_1_is_published_as_its_author_wrote_it(tmp_path: Path) -> None:
    """With the bounds of its integers, which make of it no other contract."""
    file = later(LIBRARY, tmp_path)
    contract = check(file)
    files = site(file, contract.document)
    told = json.loads(files["/openapi.json"].body)
    assert told == YAML(typ="safe", pure=True).load(files["/openapi.yaml"].body.decode())
    book = told["components"]["schemas"]["Book"]["properties"]
    assert (told["openapi"], book["subtitle"]["type"]) == ("3.1.0", ["string", "null"])
    assert book["pages"] == {
        "type": "integer",
        "format": "int32",
        "exclusiveMinimum": 0,
        "maximum": 2**31 - 1,
    }
    published = tmp_path / "published.yaml"
    published.write_bytes(files["/openapi.yaml"].body)
    again = check(published).document
    assert (again.data, again.added) == (contract.document.data, {})


def test_of_several_types_the_published_bounds_leave_what_the_author_wrote(tmp_path: Path) -> None:
    file = later(LIBRARY, tmp_path)
    own = "type: [integer, string, 'null']\n          minimum: 3\n          format: uuid"
    text = file.read_text("utf-8").replace("type: integer\n          format: int32", own)
    file.write_text(text.replace("exclusiveMinimum: 0", "exclusiveMinimum: 0.5"), "utf-8")
    told = json.loads(site(file, check(file).document)["/openapi.json"].body)
    assert told["components"]["schemas"]["Book"]["properties"]["pages"] == {
        "type": ["integer", "string", "null"],
        "minimum": 3,
        "format": "uuid",
        "exclusiveMinimum": 0.5,
        "maximum": 2**63 - 1,
    }
