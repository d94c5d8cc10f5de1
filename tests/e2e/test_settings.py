"""Settings: what a stage was given once stays, and what somebody changed by hand is told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import TODOS
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying

STAGE = "tuned"


@pytest.fixture(scope="module")
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    """With a stage that has settings of its own; its log role is there."""
    cloud = Cloud(strict_ministack)
    role = cloud.client("iam").create_role(
        RoleName="logs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
    )["Role"]["Arn"]
    set_log_role(cloud, role)
    done = cloud.run(
        *deploying(STAGE, TODOS), "--rate", "900", "--burst", "700", "--log-days", "365",
        "--origin", "https://example.com",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "only pages of https://example.com may call the API, and the stage's own" in done.stderr
    yield cloud
    assert cloud.run("destroy", "--stage", STAGE, "--yes").returncode == 0
    cloud.client("iam").delete_role(RoleName="logs")


def set_log_role(cloud: Cloud, arn: str) -> None:
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    cloud.client("apigateway").update_account(patchOperations=[change])


def settings(cloud: Cloud) -> tuple[float, int, str]:
    """Requests a second, days of logs, and whose pages may call."""
    outputs = cloud.outputs(STAGE)
    gateway = cloud.client("apigateway")
    stage = gateway.get_stage(restApiId=outputs["ApiId"], stageName=STAGE)
    function = cloud.client("lambda").get_function_configuration(
        FunctionName=outputs["FunctionName"]
    )
    return (
        stage["methodSettings"]["*/*"]["throttlingRateLimit"],
        retention(cloud, outputs["FunctionLogGroup"]),
        function["Environment"]["Variables"]["ORIGIN"],
    )


def retention(cloud: Cloud, group: str) -> int:
    (found,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return int(found["retentionInDays"])


def test_what_is_left_out_stays_as_it_was(cloud: Cloud, tmp_path: Path) -> None:
    before = settings(cloud)
    assert before == (900, 365, "https://example.com")
    cloud.deploy(STAGE, contracts.with_property(tmp_path))
    assert settings(cloud) == before


def test_what_somebody_changed_by_hand_is_told(cloud: Cloud, tmp_path: Path) -> None:
    cloud.deploy(STAGE, TODOS, "--breaking")
    function = cloud.outputs(STAGE)["FunctionName"]
    cloud.client("lambda").update_function_configuration(FunctionName=function, MemorySize=2048)
    words = "Function (AWS::Lambda::Function): MemorySize is 2048, and was 1024"
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 0, done.stderr
    assert f"By hand, stays so: {words}" in done.stderr
    assert "The stack is as it should be." in done.stderr
    done = cloud.run(*deploying(STAGE, contracts.with_property(tmp_path)))
    assert done.returncode == 0, done.stderr
    assert f"By hand, may be set back now: {words}" in done.stderr


def test_access_logs_outlive_the_role_that_wrote_them(cloud: Cloud) -> None:
    group = cloud.outputs(STAGE)["AccessLogGroup"]
    set_log_role(cloud, "")
    done = cloud.run(*deploying(STAGE, TODOS), "--breaking")
    assert done.returncode == 0, done.stderr
    assert "What they held until now is kept" in done.stderr
    assert cloud.outputs(STAGE)["AccessLogGroup"] == group
    assert retention(cloud, group) == 365


def test_every_origin_may_be_let_in_again(cloud: Cloud) -> None:
    done = cloud.run(*deploying(STAGE, TODOS), "--origin", "*")
    assert done.returncode == 0, done.stderr
    assert "may call the API" not in done.stderr
    assert settings(cloud)[2] == "*"
