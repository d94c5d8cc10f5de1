"""The account: what keeps a command from working is told with the remedy."""

import os

import pytest
from botocore.stub import Stubber

from infra.aws.account import Account, AccountUnavailable, StackError, explained
from infra.cli import main
from tests.engines import free_port

COMMANDS = ("destroy", "outputs", "logs")


@pytest.fixture
def lonely(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Nobody listens."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("lonely")
@pytest.mark.parametrize("command", COMMANDS)
def test_an_engine_that_does_not_answer_is_told_soon(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", slept.append)
    assert main([command]) == 3
    assert len(slept) == 1
    assert slept[0] < 5
    assert "AWS does not answer" in (said := capsys.readouterr().err)
    assert "AWS_ENDPOINT_URL" in said


@pytest.mark.usefixtures("lonely")
def test_missing_credentials_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert main(["destroy"]) == 3
    assert "There are no AWS credentials. Run `aws configure`" in capsys.readouterr().err


@pytest.mark.usefixtures("lonely")
def test_a_missing_region_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert main(["destroy"]) == 3
    assert "Use --region us-east-1" in capsys.readouterr().err


@pytest.mark.usefixtures("lonely")
def test_a_profile_that_nobody_made_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert main(["outputs"]) == 3
    assert "Correct AWS_PROFILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("AccessDenied", AccountUnavailable, "DescribeStacks: Not you. The policies infra/deploy"),
        ("ExpiredToken", AccountUnavailable, "Renew them: `aws sso login`"),
        ("LimitExceeded", StackError, r"AWS refused DescribeStacks \(LimitExceeded\): Not you."),
    ],
)
def test_what_aws_refuses_is_told(
    account: Account, code: str, kind: type[StackError], remedy: str
) -> None:
    client = account.client("cloudformation")
    with Stubber(client) as stub:
        stub.add_client_error("describe_stacks", code, "Not you.")
        with pytest.raises(kind, match=remedy), explained():
            client.describe_stacks()


def test_the_region_of_the_command_line_counts(account: Account) -> None:
    assert Account("us-west-2").region == "us-west-2"
    assert account.region == os.environ["AWS_DEFAULT_REGION"]


@pytest.mark.parametrize("flag", ["--stage=Prod", "--stage=a-b", "--stage=", "--stage=artifacts"])
def test_a_stage_that_cannot_be_is_refused(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["destroy", flag])
    assert "is not a stage name" in capsys.readouterr().err
