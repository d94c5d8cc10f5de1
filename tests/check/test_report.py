"""What `todo-api check` tells of a contract: each operation, each kind of fault, and their sum."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.contract.document import read
from tests.commands import Ended, call
from tests.contracts import LIBRARY, SIGNED_IN, TODOS
from tests.contracts.many import many

Json = Any
Edit = Callable[[Json], None]
HEALTH = {
    "get": {
        "operationId": "getHealth",
        "responses": {
            "200": {
                "description": "It runs",
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"status": {"type": "string"}}}
                    }
                },
            },
            "default": {"$ref": "#/components/responses/Failure"},
        },
    }
}


def data_of(file: Path) -> Json:
    return copy.deepcopy(read(file).data)


def written(data: Json, folder: Path) -> Path:
    file = folder / "c.json"
    file.write_bytes(orjson.dumps(data))
    return file


def checked(data: Json, folder: Path, *options: str) -> Ended:
    return call("check", *options, written(data, folder).name, cwd=folder)


def report(data: Json, folder: Path) -> Json:
    found = json.loads(checked(data, folder, "--json").stdout)
    assert found.keys() == {"operations", "faults"}
    return found


def answers(data: Json, folder: Path) -> dict[str, str]:
    rows = report(data, folder)["operations"]
    return {f"{each['method']} {each['path']}": each["by"] for each in rows}


def test_each_operation_is_told_with_the_rule_that_answers_it(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(LIBRARY.read_bytes())
    ended = call("check", "c.yaml", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    rows, warnings = ended.stdout.split("c.yaml:211: ")
    assert warnings.startswith("Warning: Responses are closed here")
    assert rows == (
        "c.yaml: 8 operations, served\n"
        "  POST    /readers             create\n"
        "  GET     /readers/{readerId}  get\n"
        "  DELETE  /readers/{readerId}  delete\n"
        "  GET     /books/{bookId}      get\n"
        "  PUT     /books/{bookId}      replace: what is not sent is removed\n"
        "  DELETE  /books/{bookId}      delete\n"
        "  GET     /books               list\n"
        "  POST    /books               create\n"
    )


def test_a_fault_of_many_operations_is_one_line_that_counts_them(tmp_path: Path) -> None:
    data = data_of(LIBRARY)
    for path in data["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]
    ended = checked(data, tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-2:] == [
        "c.json: paths./books.get.responses: 8 operations describe no problem (first: POST"
        " /readers). 'todo-api complete' writes that.",
        "8 faults: complete writes 8.",
    ]
    assert "  GET     /books               list, after 'todo-api complete'\n" in ended.stdout


def test_faults_that_do_not_depend_on_each_other_are_all_told(tmp_path: Path) -> None:
    data = data_of(TODOS)
    schemas, paths = data["components"]["schemas"], data["paths"]
    del paths["/todos"]["get"]["operationId"]
    schemas["Title"]["pattern"] = "("
    schemas["Completed"]["default"] = "no"
    schemas["Unused"] = {"$ref": "#/components/schemas/Nowhere"}
    paths["/to dos"] = copy.deepcopy(HEALTH)
    paths["/to dos"]["get"]["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    paths["/todos/{id}"]["delete"]["security"] = [{"key": []}]
    data["info"]["version"] = 1
    found = report(data, tmp_path)
    kinds = {each["kind"] for row in found["operations"] for each in row["faults"]}
    assert kinds >= {"operation-id", "openapi", "broken-default", "gateway-path", "security"}
    assert {(each["kind"], each["place"]) for each in found["faults"]} == {
        ("openapi", "info.version"),
        ("reference", "components.schemas.Unused"),
    }


def test_what_wants_a_function_is_told_with_its_skeleton(tmp_path: Path) -> None:
    data = data_of(LIBRARY)
    data["paths"]["/health"] = HEALTH
    assert answers(data, tmp_path)["GET /health"] == "wants function"
    told, _, skeleton = checked(data, tmp_path).stdout.partition("\nTo be written into c.py:\n\n")
    assert told.endswith("\n1 fault: 1 wants a function (below).\n")
    (tmp_path / "c.py").write_text(skeleton)
    assert answers(data, tmp_path)["GET /health"] == "function"
    ended = checked(data, tmp_path)
    assert ended.returncode == 0
    assert "  GET     /health              function get_health\n" in ended.stdout


def broken_title(data: Json) -> None:
    data["components"]["schemas"]["Title0"]["maxLength"] = "long"


def broken_operation(data: Json) -> None:
    data["paths"]["/todos0"]["get"] = None


def broken_reference(data: Json) -> None:
    data["components"]["schemas"]["Title0"] = {"$ref": "#/components/schemas/Nowhere"}


def endless(data: Json) -> None:
    schemas = data["components"]["schemas"]
    schemas["Title0"] = {"oneOf": [{"$ref": "#/components/schemas/Title0"}]}


@pytest.mark.parametrize("edit", [broken_title, broken_operation, broken_reference, endless])
def test_what_is_broken_refuses_the_operations_that_refer_to_it_and_no_other(
    edit: Edit, tmp_path: Path
) -> None:
    data = many(2)
    edit(data)
    found = answers(data, tmp_path)
    assert found["GET /todos0"] == "refused"
    assert found["DELETE /todos0/{id}"] == "rule"
    assert {by for name, by in found.items() if "todos1" in name} == {"rule"}


def test_two_operations_with_one_id_are_both_told(tmp_path: Path) -> None:
    data = data_of(TODOS)
    data["paths"]["/todos"]["post"]["operationId"] = "listTodos"
    rows = report(data, tmp_path)["operations"]
    assert [row["by"] for row in rows] == ["rule", "refused", "rule", "rule", "rule"]
    assert [each["kind"] for each in rows[1]["faults"]] == ["same-id"]


@pytest.mark.parametrize("path", ["/ping", "/to dos", "/café"])
def test_what_api_gateway_cannot_hold_is_a_fault_of_its_operations(
    path: str, tmp_path: Path
) -> None:
    data = data_of(LIBRARY)
    data["paths"][path] = HEALTH
    rows = report(data, tmp_path)["operations"]
    assert [each["kind"] for each in rows[-1]["faults"]][:1] == ["gateway-path"]
    assert {row["by"] for row in rows[:-1]} == {"rule"}


def test_a_fault_in_json_has_kind_place_line_reason_and_remedy(tmp_path: Path) -> None:
    data = data_of(TODOS)
    del data["paths"]["/todos"]["get"]["operationId"]
    row, *_ = report(data, tmp_path)["operations"]
    assert row == {
        "method": "GET",
        "path": "/todos",
        "operationId": None,
        "by": "refused",
        "faults": [
            {
                "kind": "operation-id",
                "place": "paths./todos.get",
                "line": 0,
                "reason": "GET /todos has no operationId.",
                "remedy": "Give it one ('todo-api complete' does).",
            }
        ],
    }


@pytest.mark.parametrize(("edit", "code"), [(lambda _: None, 0), (broken_title, 1)])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_exit_code_tells_whether_all_is_served(
    edit: Edit, code: int, options: tuple[str, ...], tmp_path: Path
) -> None:
    data = many(1)
    edit(data)
    assert checked(data, tmp_path, *options).returncode == code
    assert call("check", *options, cwd=tmp_path).returncode == 2


def test_a_format_that_nobody_knows_is_a_warning(tmp_path: Path) -> None:
    data = data_of(LIBRARY)
    data["components"]["schemas"]["Reader"]["properties"]["name"]["format"] = "person"
    ended = checked(data, tmp_path)
    assert ended.returncode == 0
    assert "Warning: The format 'person' has no effect" in ended.stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/v1", "below /v1"),
        ("https://api.example.com/v1/", "below /v1"),
        ("https://{host}/{version}", "below /v2"),
        ("https://api.example.com", None),
        ("/", None),
        ("http://[", None),
    ],
)
def test_a_base_path_of_servers_is_told(url: str, said: str | None, tmp_path: Path) -> None:
    data = data_of(TODOS)
    variables = {"host": {"default": "localhost"}, "version": {"default": "v2"}}
    data["servers"] = [{"url": url, "variables": variables}]
    ended = checked(data, tmp_path)
    assert ended.returncode == 0
    assert ("Warning: 'servers' puts the API" in ended.stdout) == (said is not None)
    assert (said or "") in ended.stdout


def test_what_only_security_refuses_has_no_other_fault_in_json(tmp_path: Path) -> None:
    data = data_of(LIBRARY)
    data["paths"]["/health"] = copy.deepcopy(HEALTH)
    data["paths"]["/health"]["get"]["security"] = [{"key": []}]
    row = report(data, tmp_path)["operations"][-1]
    assert (row["by"], [each["kind"] for each in row["faults"]]) == ("refused", ["security"])


@pytest.mark.parametrize("schema", [{"type": "array"}, {"allOf": [{"type": "array", "items": {}}]}])
def test_a_parameter_that_is_an_array_of_nothing_known_is_told(
    schema: Json, tmp_path: Path
) -> None:
    data = data_of(LIBRARY)
    parameter = {"name": "tags", "in": "query", "schema": schema}
    data["paths"]["/books"]["get"]["parameters"].append(parameter)
    kinds = {each["kind"] for row in report(data, tmp_path)["operations"] for each in row["faults"]}
    assert kinds & {"parameter", "openapi"}


def test_what_is_wrong_with_a_scheme_is_told_once_and_of_no_operation(tmp_path: Path) -> None:
    data = data_of(SIGNED_IN)
    data["components"]["securitySchemes"]["person"]["openIdConnectUrl"] = 1
    found = report(data, tmp_path)
    assert {row["by"] for row in found["operations"]} == {"refused"}
    kinds = {each["kind"] for row in found["operations"] for each in row["faults"]}
    assert kinds == {"openapi"}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_where_people_sign_in_may_be_told_relative_to_the_api(version: str, tmp_path: Path) -> None:
    """OpenAPI 3.1.1, 4.6."""
    data = data_of(SIGNED_IN)
    data["openapi"] = version
    assert checked(data, tmp_path).returncode == 0


def test_an_operation_of_openapi_3_1_without_responses_is_told_of(tmp_path: Path) -> None:
    data = data_of(TODOS)
    data["openapi"] = "3.1.0"
    del data["paths"]["/todos"]["get"]["responses"]
    data["components"]["schemas"]["Todo"]["additionalProperties"] = False
    kinds = {each["kind"] for each in report(data, tmp_path)["operations"][0]["faults"]}
    assert "success" in kinds
