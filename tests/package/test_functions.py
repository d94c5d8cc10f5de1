"""Functions in the zip: they answer in a bare interpreter, and bring libraries of their own."""

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import boto3
import pytest

from infra.beside import extras, files
from infra.check import check
from infra.package import default_runtime, package
from service.contract.model import Contract
from service.stores.layout import table_definition
from tests.benchmarks.packaged import MAKING, this_architecture
from tests.client import Client
from tests.contracts import ACTIONS
from tests.engines import aws_environment, ministack  # noqa: F401
from tests.package.conftest import RunTask


def unpacked(contract: Contract, folder: Path) -> Path:
    made = package(contract, default_runtime(), this_architecture(), MAKING)
    with ZipFile(made.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(check(ACTIONS), tmp_path_factory.mktemp("actions"))


def follow(client: Client) -> None:
    assert client.get("/health").json == {"status": "ok"}
    id = client.post("/todos", {"title": "Learn AWS"}).json["id"]
    done = client.post(f"/todos/{id}/complete", None)
    assert (done.status, done.json["completed"]) == (200, True)
    assert client.post(f"/todos/{id}/complete", None).json["title"] == "The to-do is done already"
    assert client.post("/todos/clear", None).json == {"cleared": 1, "more": False}
    assert client.get(f"/todos/{id}").status == 404


def test_the_zip_s_functions_answer_over_sqlite(
    task: Path, run_task: RunTask, tmp_path: Path
) -> None:
    follow(run_task(task, {"STORE": f"sqlite:///{tmp_path}/items.db"}))


def test_the_zip_s_functions_answer_over_dynamodb(
    task: Path,
    run_task: RunTask,
    ministack: str,  # noqa: F811
) -> None:
    definition = table_definition("Actions", check(ACTIONS).filters)
    boto3.client("dynamodb", endpoint_url=ministack).create_table(**definition)
    follow(run_task(task, {"STORE": "dynamodb:Actions", "AWS_ENDPOINT_URL": ministack}))


def test_functions_have_the_name_of_the_zip_s_contract_and_are_compiled(task: Path) -> None:
    assert (task / "openapi.py").read_bytes() == ACTIONS.with_suffix(".py").read_bytes()
    assert list((task / "__pycache__").glob("openapi.cpython-*.pyc"))


def test_a_changed_function_changes_the_zip() -> None:
    contract = check(ACTIONS)
    other = replace(contract, files={"openapi.py": contract.files["openapi.py"] + b"\n"})
    made = [
        package(each, default_runtime(), this_architecture(), MAKING).sha256
        for each in (contract, other, contract)
    ]
    assert made[0] == made[2] != made[1]


def test_a_folder_of_functions_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("__init__.py", "texts/hello.txt", "__pycache__/x.pyc", ".hidden/y"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    assert files(tmp_path / "books.yaml") == {
        "openapi/__init__.py": b"__init__.py",
        "openapi/texts/hello.txt": b"texts/hello.txt",
    }


def test_a_list_beside_the_contract_brings_libraries_into_the_zip(tmp_path: Path) -> None:
    contract = tmp_path / "actions.yaml"
    assert extras(contract).libraries is None
    contract.with_suffix(".txt").write_text("")
    assert extras(contract).libraries == contract.with_suffix(".txt")


def test_a_policy_beside_the_contract_is_read(tmp_path: Path) -> None:
    statement = {"Sid": "Mail", "Effect": "Allow", "Action": "ses:SendEmail", "Resource": "arn"}
    file = tmp_path / "api.policy.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert extras(tmp_path / "api.yaml").statements == (statement,)
    assert extras(tmp_path / "other.yaml").statements == ()
