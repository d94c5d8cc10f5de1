"""Drift: what somebody has changed by hand is found, and told in words."""

from infra.aws.account import Account
from infra.aws.drift import Detection, Drifted
from infra.aws.stage import Stage
from tests.aws.stages import nothing, physical_id, stand


def drifted(account: Account, stage: Stage) -> list[Drifted]:
    detection = Detection(account, stage.stack)
    detection.begin(nothing)
    return sorted(detection.drifted(nothing), key=lambda each: each.name)


def test_a_stage_that_nobody_has_touched_has_none(account: Account) -> None:
    assert drifted(account, stand(account, "prod")) == []


def test_what_is_otherwise_is_told_with_what_it_was(account: Account) -> None:
    stage = stand(account, "prod")
    group = physical_id(account, stage, "FunctionLogs")
    account.client("logs").put_retention_policy(logGroupName=group, retentionInDays=400)
    account.client("lambda").update_function_configuration(
        FunctionName=physical_id(account, stage, "Function"), MemorySize=2048
    )
    account.client("sns").delete_topic(TopicArn=physical_id(account, stage, "AlarmTopic"))
    function, logs, topic = "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::SNS::Topic"
    assert drifted(account, stage) == [
        Drifted("AlarmTopic", topic, "is gone"),
        Drifted("Function", function, "MemorySize is 2048, and was 1024"),
        Drifted("FunctionLogs", logs, "RetentionInDays is 400, and was 30"),
    ]
