"""What `todo-api` says and how it ends."""

import http.client
import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NoReturn

import pytest

from infra.gateway.import_document import import_document
from service.stores.client import create_client
from service.stores.layout import table_with
from service.stores.shards import indexes_in
from tests.commands import call
from tests.contracts import LIBRARY, TODOS, load
from tests.engines import patient_client
from tests.servers import COMMAND, Server, run, send, serve


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A contract whose line 8 asks for what cannot be served."""
    path = tmp_path / "broken.yaml"
    path.write_text(
        "openapi: 3.0.3\n"
        "info:\n"
        "  title: Broken\n"
        "  version: 1.0.0\n"
        "\n"
        "paths:\n"
        "  /notes:\n"
        "    patch:\n"
        "      operationId: patchNotes\n"
        "      responses:\n"
        "        '200': {description: Done}\n"
    )
    return path


def test_serve_says_where_the_api_the_reference_and_the_data_are(server: Server) -> None:
    assert server.output.startswith(
        f"Todo API is served at {server.url}\n"
        f"  API        {server.url}/todos\n"
        f"  Reference  {server.url}/docs/\n"
        "  Data       SQLite file data/todo-api.db\n"
    )
    assert (server.folder / "data" / "todo-api.db").is_file()


def test_serve_makes_no_noise(server: Server) -> None:
    assert server.errors == ""


def test_every_request_is_one_line_of_json(server: Server) -> None:
    before = server.output.count("\n")
    server.get("/todos")
    assert server.output.count("\n") == before + 1
    assert '"operation":"listTodos"' in server.output.splitlines()[-1]


def test_another_contract_keeps_its_data_in_another_file(tmp_path: Path) -> None:
    contract = tmp_path / "library.yaml"
    contract.write_text(TODOS.read_text().replace("title: Todo API", "title: Café & Books"))
    with serve(contract, cwd=tmp_path) as library:
        assert library.get("/todos").status == 200
    assert [each.name for each in (tmp_path / "data").glob("*.db")] == ["caf-books.db"]


def test_two_servers_share_one_file(server: Server) -> None:
    with serve(store=f"sqlite:///{server.folder}/data/todo-api.db") as other:
        location = other.request("POST", "/todos", {"title": "Shared"}).headers["location"]
        assert server.get(location).json["title"] == "Shared"
        assert other.request("DELETE", location).status == 204
        assert server.get(location).status == 404


def test_ctrl_c_ends_with_zero_while_connections_are_open() -> None:
    with serve() as server:
        with socket.create_connection((server.host, server.port)) as half_sent:
            half_sent.sendall(
                b"POST /todos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            )
            server.get("/todos")
            assert server.stop(signal.SIGINT) == 0
        assert server.errors == ""


@contextmanager
def heard(folder: Path) -> Iterator[tuple[Server, IO[bytes]]]:
    """A server whose output goes through a pipe."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--contract", TODOS, "--port", "0", "--rate", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        port = int(process.stdout.readline().rpartition(b":")[2])
        yield Server(process, folder, "127.0.0.1", port), process.stdout
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_reader_of_the_output_that_goes_away_fails_no_request(tmp_path: Path) -> None:
    with heard(tmp_path) as (server, output):
        output.close()
        assert [server.get("/todos").status for _ in range(3)] == [200, 200, 200]
        assert server.stop(signal.SIGTERM) == 0


def ask_without_end(server: Server) -> NoReturn:
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=2)) as connection:
        while True:
            send(connection, "GET", "/todos")


def test_a_reader_of_the_output_that_pauses_holds_up_no_file(tmp_path: Path) -> None:
    with heard(tmp_path) as (server, output):
        with pytest.raises(TimeoutError):
            ask_without_end(server)
        assert server.get("/").status == 200
        output.close()
        assert server.get("/todos").status == 200
        assert server.stop(signal.SIGTERM) == 0


PAGE = {"Origin": "https://news.example"}
FRAME = {"Origin": "null"}
REBOUND = {"Host": "news.example"}


def refused(options: tuple[str, ...], *requests: dict[str, str]) -> tuple[list[bool], str]:
    """Which requests a server with these options refuses, and what it says of them."""
    with serve(options=options) as server:
        answers = [server.request("GET", "/todos", headers=each) for each in requests]
        return [each.status == 403 for each in answers], server.errors


def test_without_options_only_this_machine_s_pages_may_call_whatever_it_listens_on() -> None:
    told = refused(("--host", "0.0.0.0"), {}, PAGE, PAGE, FRAME, REBOUND)
    assert told == (
        [False, True, True, True, True],
        "Refused: pages of this origin are not allowed."
        " If you trust it, start the server with --origin https://news.example\n"
        "Refused: pages of this origin are not allowed."
        " If you trust it, start the server with --origin null\n"
        "Refused: the server is not known by this name."
        " If you trust it, start the server with --allow-host news.example\n",
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--origin", "*"), [False, False, True, True]),
        (("--origin", "null"), [True, False, True, True]),
        (
            ("--origin", "https://news.example", "--allow-host", "a", "--allow-host", ".example"),
            [False, True, False, True],
        ),
    ],
    ids=str,
)
def test_what_is_typed_opens_the_server(options: tuple[str, ...], expected: list[bool]) -> None:
    assert refused(options, PAGE, FRAME, REBOUND, {"Host": "news.test"})[0] == expected


@pytest.mark.parametrize("command", ["deploy", "document"])
def test_only_serve_takes_null_for_an_origin(tmp_path: Path, command: str) -> None:
    done = call(command, "--origin", "null", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "'null' is not an origin" in done.stderr


@pytest.mark.parametrize("name", ["http://a", "a:80", "a/", "", ".", "*.a", "a b", "é"])
def test_what_is_no_name_of_a_host_is_refused(tmp_path: Path, name: str) -> None:
    done = call("serve", "--allow-host", name, cwd=tmp_path)
    assert done.returncode == 2
    assert "write api or .example.com, without a port, or *" in done.stderr


def test_a_taken_port_is_told_with_the_remedy(tmp_path: Path, taken_port: int) -> None:
    ended = run("serve", "--contract", TODOS, "--port", str(taken_port), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"Port {taken_port} is in use" in ended.stderr
    assert f"--port {taken_port + 1}" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_bad_contract_is_refused_with_line_reason_and_remedy(broken: Path) -> None:
    served = call("serve", "--contract", broken.name, cwd=broken.parent)
    checked = call("check", broken.name, cwd=broken.parent)
    assert (served.returncode, checked.returncode) == (1, 1)
    assert served.stderr in checked.stdout
    assert served.stderr.startswith("broken.yaml:8: No rule says what PATCH /notes does. ")
    assert not (broken.parent / "data").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("      responses:\n", "      respnses:\n", 8, '"responses" is a required property'),
        (
            "'200': {desc",
            "'200': {$ref: '#/nope'}\n        '201': {desc",
            11,
            "There is nothing at",
        ),
        ("'200': {desc", "'200': {$ref: 'http://a/b'}\n        '201': {desc", 11, "Bundle it: npx"),
        ("title: Broken", "title: [Broken", 4, "Not well-formed YAML"),
        ("3.0.3", "3.2.0", 1, "The version '3.2.0' is not 3.0 or 3.1"),
        ("openapi: 3.0.3", "swagger: '2.0'", 1, "Convert it: npx swagger2openapi FILE."),
    ],
)
def test_check_names_the_line(broken: Path, old: str, new: str, line: int, reason: str) -> None:
    text = broken.read_text()
    assert old in text
    broken.write_text(text.replace(old, new))
    ended = call("check", broken, cwd=broken.parent)
    assert ended.returncode == 1
    assert f"{broken}:{line}: " in ended.stdout
    assert reason in ended.stdout
    assert "Traceback" not in ended.stderr


def test_check_tells_of_each_file(broken: Path) -> None:
    ended = call("check", TODOS, broken, "missing.yaml", cwd=broken.parent)
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1
    assert lines[0] == f"{TODOS}: 5 operations, served"
    assert lines[1:6] == [
        "  GET     /todos       list",
        "  POST    /todos       create",
        "  GET     /todos/{id}  get",
        "  PUT     /todos/{id}  merge: what is not sent stays",
        "  DELETE  /todos/{id}  delete",
    ]
    assert any(line.startswith(f"{broken}:8: ") for line in lines)
    assert lines[-1].startswith("missing.yaml: There is no such file.")


def test_check_warns_after_the_result_of_what_clients_cannot_read(tmp_path: Path) -> None:
    text = LIBRARY.read_text("utf-8").replace("'^[!-~]+$'", r"'^\d+$'")
    text = text.replace("schemas/Motto", "schemas/NewBook").replace("    Motto:", "    NewBook:")
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    ended = call("check", "c.yaml", cwd=tmp_path)
    result, *lines = ended.stdout.splitlines()
    warnings = [line for line in lines if "Warning" in line]
    assert (ended.returncode, ended.stderr) == (0, "")
    assert result == "c.yaml: 8 operations, served"
    expected = [
        (r"pattern: '^\d+$'", r"The pattern has \d: "),
        *[("additionalProperties: false", "Responses are closed here: ")] * 3,
        ("NewBook:", "Clients in Go make a NewBook of the schema 'Book'"),
    ]
    for warning, (at, said) in zip(warnings, expected, strict=True):
        _, line, told = warning.split(":", 2)
        assert told.startswith(f" Warning: {said}")
        assert text.splitlines()[int(line) - 1].strip() == at


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("postgres://a", "Write sqlite:///FILE or dynamodb:TABLE."),
        ("dynamodb:", "Write sqlite:///FILE or dynamodb:TABLE."),
        ("sqlite:////dev/null/file.db", "name another file"),
    ],
)
def test_a_store_that_cannot_be_had_is_told_in_a_line(
    tmp_path: Path, store: str, said: str
) -> None:
    ended = run("serve", "--contract", TODOS, "--port", "0", "--store", store, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("aws_environment")
def test_an_unreachable_dynamodb_is_told_with_the_remedy(tmp_path: Path, taken_port: int) -> None:
    unused = taken_port  # accepts, and never answers
    ended = run(
        "serve", "--contract", TODOS, "--port", "0", "--store", "dynamodb:Things",
        cwd=tmp_path,
        environ={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{unused}"},
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "AWS_ENDPOINT_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_table_is_told_with_the_command_that_makes_it(
    tmp_path: Path, ministack: str
) -> None:
    environ = {"AWS_ENDPOINT_URL": ministack}
    arguments = ("serve", "--contract", TODOS, "--port", "0", "--store", "dynamodb:Things")
    ended = run(*arguments, cwd=tmp_path, environ=environ)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"There is no table Things at {ministack}" in ended.stderr
    _obey(ended.stderr, ministack)
    with serve(store="dynamodb:Things", environ=environ) as server:
        assert f"Data       DynamoDB table Things at {ministack}" in server.output
        assert server.request("POST", "/todos", {"title": "Far away"}).status == 201
        assert [item["title"] for item in server.get("/todos").json["items"]] == ["Far away"]


def test_a_table_is_served_with_the_shards_that_it_has(tmp_path: Path, ministack: str) -> None:
    """While a deployment changes them nobody knows which are filled in."""
    filters, environ = load(TODOS).filters, {"AWS_ENDPOINT_URL": ministack}
    four, one = indexes_in(4, filters), indexes_in(1, filters)
    with closing(patient_client(ministack)) as client:
        client.create_table(**table_with("Sharded", [*four, "theirs"]))
        client.create_table(**table_with("Changing", [*four, *one]))
    with serve(store="dynamodb:Sharded", environ=environ) as server:
        made = server.request("POST", "/todos", {"title": "In a shard"})
        assert server.get("/todos").json["items"] == [made.json]
    arguments = ("serve", "--contract", TODOS, "--port", "0", "--store", "dynamodb:Changing")
    ended = run(*arguments, cwd=tmp_path, environ=environ)
    assert ended.returncode == 3
    assert "The table Changing has indexes of 1 and of 4 shards" in ended.stderr


def _obey(message: str, endpoint: str) -> None:
    """Do what `aws dynamodb create-table` would do with the arguments in a message."""
    import json
    import shlex

    command = next(line for line in message.splitlines() if line.startswith("  aws "))
    assert shlex.split(command)[:4] == ["aws", "dynamodb", "create-table", "--cli-input-json"]
    create_client(endpoint).create_table(**json.loads(shlex.split(command)[4]))


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_without_a_command_it_teaches(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = call(*arguments, cwd=tmp_path)
    assert ended.returncode == 0
    assert "todo-api serve --contract examples/customers.yaml" in ended.stdout
    assert "exit codes:" in ended.stdout


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == "todo-api 0.1.0\n"


def test_the_document_for_api_gateway_is_printed(tmp_path: Path) -> None:
    done = call("document", "--contract", TODOS, "--origin", "https://a.example", cwd=tmp_path)
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document == import_document(load(TODOS), "https://a.example")


def test_the_summary_tells_what_only_the_service_checks(tmp_path: Path) -> None:
    done = call("document", "--contract", LIBRARY, "--summary", cwd=tmp_path)
    assert done.returncode == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "OPERATION PLACE CONSTRAINT CHECKED BY"
    assert "acquireBook /name maxLength 80 gateway" in lines
    assert "acquireBook /published format date service only" in lines


def test_what_api_gateway_cannot_import_is_not_served_either(tmp_path: Path) -> None:
    contract = tmp_path / "c.yaml"
    contract.write_text(TODOS.read_text("utf-8").replace("/todos", "/to~dos"), "utf-8")
    for command in (("document",), ("serve", "--port", "0")):
        done = call(*command, "--contract", contract, cwd=tmp_path)
        assert done.returncode == 1
        assert re.search(r"c\.yaml:\d+: API Gateway cannot hold the path segment", done.stderr)


@pytest.mark.parametrize(
    "flag",
    [
        *("--origin=a,b", "--origin=https://é", "--origin=https://a/b", "--origin=x\r\ny"),
        *("--rate=-1", "--rate=nan", "--burst=0"),
    ],
)
def test_a_flag_that_makes_no_sense_is_refused(tmp_path: Path, flag: str) -> None:
    assert call("serve", "--port", "0", flag, cwd=tmp_path).returncode == 2


def test_half_a_flag_is_no_flag(tmp_path: Path) -> None:
    assert call("serve", "--rel", cwd=tmp_path).returncode == 2
