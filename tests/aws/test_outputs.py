"""Outputs: addresses that work from here."""

import json

import pytest

from infra.aws.account import Account, StackError
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Stack
from infra.aws.outputs import outputs
from infra.aws.stage import Stage
from infra.cli import main
from tests.aws.stages import nothing, put_up, stand_small

TOLD = {
    "ApiUrl": "https://abc.execute-api.eu-central-1.amazonaws.com/try",
    "ApiId": "abc",
    "SiteUrl": "https://d123.cloudfront.net",
}


@pytest.fixture
def stage(account: Account) -> Stage:
    """A stage that tells AWS's own addresses."""
    stage = Stage("try")
    Artifacts(account, stage).create()
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in TOLD.items()},
    }
    put_up(account, stage, template, {})
    return stage


def test_an_emulators_addresses_are_its_own(account: Account, stage: Stage) -> None:
    endpoint = account.emulator or ""
    port = endpoint.rpartition(":")[2]
    assert outputs(account, stage) == {
        "ApiUrl": f"{endpoint}/_aws/execute-api/abc/try",
        "ApiId": "abc",
        "SiteUrl": f"http://d123.cloudfront.localhost:{port}",
    }


def test_awss_addresses_are_told_as_they_are(account: Account, stage: Stage) -> None:
    account.__dict__["emulator"] = None  # a cached property: as if the endpoint were AWS's
    assert outputs(account, stage) == TOLD


@pytest.mark.usefixtures("stage")
def test_the_command_prints_them(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outputs", "--stage", "try", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ApiId"] == "abc"
    assert main(["outputs", "--stage", "try"]) == 0
    assert f"ApiUrl   {account.emulator}/_aws/" in capsys.readouterr().out


def test_a_stage_that_is_not_there_is_told_with_those_that_are(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outputs"]) == 4
    said = capsys.readouterr().err
    assert "There is no stage prod in" in said
    assert "There are no stages yet. To make it: todo-api deploy --stage prod" in said
    stand_small(account, "try")
    assert main(["outputs"]) == 4
    assert "There is: try." in capsys.readouterr().err


def test_half_a_stage_is_told_as_such(account: Account) -> None:
    stage = Stage("try")
    artifacts = Artifacts(account, stage)
    artifacts.create()
    url = artifacts.put_template(b'{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    stack = Stack(account, stage.stack)
    stack.propose("CREATE", url, {}, stage.tags)
    with pytest.raises(StackError, match=r"is review in progress\. Deploy it again"):
        outputs(account, stage)
    stack.delete(nothing)
