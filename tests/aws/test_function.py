"""The function of a stage: its code goes live ahead of the stack, and the stack catches up."""

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Stack
from infra.aws.drift import Detection
from infra.aws.function import ALIAS, Function
from infra.aws.stage import Stage
from infra.deploy.states import State
from infra.deploy.template import with_code
from tests.aws.stages import nothing, physical_id, put_up, stand
from tests.deploy.templates import PARAMETERS, rendered

NAME = "todo-api-dev-Function"

Zipped = Callable[[str], str]


@pytest.fixture
def artifacts(strict_account: Account) -> Artifacts:
    made = Artifacts(strict_account, Stage("dev"))
    made.create()
    return made


@pytest.fixture
def zipped(artifacts: Artifacts, tmp_path: Path) -> Zipped:
    """Puts a zip whose function answers a word into the bucket, and tells its key."""

    def zipped(word: str) -> str:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            code = f"def handler(*_): return {word!r}"
            for name, text in (("__init__", ""), ("lambda_function", code)):
                archive.writestr(zipfile.ZipInfo(f"service/{name}.py"), text)
        file = tmp_path / f"{word}.zip"
        file.write_bytes(made.getvalue())
        return artifacts.put_zip(file, sha256(made.getvalue()).hexdigest())

    return zipped


@pytest.fixture
def client(strict_account: Account, artifacts: Artifacts, zipped: Zipped) -> Any:
    """Of Lambda, which has a function without a stack; its alias is at version 1."""
    client = strict_account.client("lambda")
    client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="service.lambda_function.handler",
        Role=f"arn:aws:iam::{strict_account.id}:role/todo-api-dev",
        Code={"S3Bucket": artifacts.bucket, "S3Key": zipped("one")},
    )
    client.publish_version(FunctionName=NAME)
    client.create_alias(FunctionName=NAME, Name=ALIAS, FunctionVersion="1")
    return client


@pytest.fixture
def function(strict_account: Account, artifacts: Artifacts) -> Function:
    return Function(strict_account, NAME, artifacts.bucket)


def answer(client: Any, qualifier: str = ALIAS, name: str = NAME) -> Any:
    called = client.invoke(FunctionName=name, Qualifier=qualifier)
    return json.loads(called["Payload"].read())


def test_the_stack_catches_up_with_the_code_that_went_live_ahead_of_it(
    strict_account: Account, artifacts: Artifacts, zipped: Zipped
) -> None:
    """Lambda publishes no second version of the same, and CloudFormation would fail over that."""
    stage, client = stand(strict_account, "dev"), strict_account.client("lambda")
    name = physical_id(strict_account, stage, "Function")
    function, two = Function(strict_account, name, artifacts.bucket), zipped("two")
    function.serve(two)
    assert (answer(client, name=name), function.ahead()) == ("two", two)

    stack = Stack(strict_account, stage.stack)
    caught_up = State(stack.template(), stack.parameters(), []).recoded(two)
    put_up(strict_account, stage, caught_up.template, caught_up.parameters)
    assert (answer(client, name=name), function.ahead()) == ("two", None)
    drift = Detection(strict_account, stage.stack)
    drift.begin(nothing)
    assert drift.drifted(nothing) == []


def test_each_change_of_code_is_served(client: Any, function: Function, zipped: Zipped) -> None:
    assert (answer(client), function.ahead()) == ("one", None)
    for word in ("two", "three", "one"):
        function.serve(zipped(word))
        assert (answer(client), function.ahead()) == (word, zipped(word))


def test_a_second_try_publishes_no_second_version(
    client: Any, function: Function, zipped: Zipped
) -> None:
    for _ in range(2):
        function.serve(zipped("two"))
        assert client.get_alias(FunctionName=NAME, Name=ALIAS)["FunctionVersion"] == "2"


def test_an_alias_that_a_hand_has_moved_is_not_ahead(
    client: Any, function: Function, zipped: Zipped
) -> None:
    function.serve(zipped("two"))
    client.update_alias(FunctionName=NAME, Name=ALIAS, FunctionVersion="1")
    assert function.ahead() is None


def test_a_function_that_a_hand_has_deleted_is_not_ahead(client: Any, function: Function) -> None:
    client.delete_function(FunctionName=NAME)
    assert function.ahead() is None


def test_code_that_nobody_published_is_not_what_the_stack_publishes_next(
    client: Any, function: Function, zipped: Zipped, artifacts: Artifacts
) -> None:
    """As a deployment leaves it that died before it published."""
    client.update_function_code(FunctionName=NAME, S3Bucket=artifacts.bucket, S3Key=zipped("dead"))
    function.take(zipped("one"))
    client.update_function_configuration(FunctionName=NAME, MemorySize=2048)
    published = client.publish_version(FunctionName=NAME)["Version"]
    assert answer(client, published) == "one"


def test_a_template_with_other_code_is_the_one_that_would_be_rendered() -> None:
    other = {**PARAMETERS, "CodeKey": "prod/code/other.zip"}
    assert with_code(rendered(), other) == rendered(other)


def test_the_alias_is_the_one_of_the_template() -> None:
    assert rendered()["Resources"]["Alias"]["Properties"]["Name"] == ALIAS
