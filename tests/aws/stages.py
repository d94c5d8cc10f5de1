"""Stages that stand on an engine, whole or small."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from infra.aws.account import Account
from infra.aws.artifacts import Artifacts
from infra.aws.cloudformation import Stack
from infra.aws.stage import Stage
from infra.deploy.template import encoded, render
from service.contract.model import Contract
from tests.contracts import TODOS, load

FUNCTION = """\
import json

def handler(event, context):
    if event.get("fails"):
        raise ValueError("no such thing")
    print(json.dumps({
        "level": "INFO", "requestId": event["requestId"], "operation": event.get("operation"),
        "status": 200, "durationMs": 12.345, "coldStart": False,
    }))
"""
"""Writes what `service.proxy` writes, and needs no library."""


def nothing(line: str) -> None:
    """Tells nobody."""


def stand(account: Account, name: str, path: Path = TODOS, **more: str) -> Stage:
    """A stage with all that the template makes of a contract and more parameters, and a small
    function in a zip that has the contract."""
    stage = Stage(name)
    artifacts = Artifacts(account, stage)
    artifacts.create()
    key = f"{name}/code/small.zip"
    artifacts.put(key, _zip(load(path)))
    parameters = {
        "Stage": name,
        "TableName": stage.table,
        "CodeBucket": artifacts.bucket,
        "CodeKey": key,
        "Runtime": "python3.13",
        "Architecture": "x86_64",
        "AccessLogs": "off",
        **more,
    }
    template = render(load(path), parameters, ["byCreated"])
    resources = template["Resources"].items()
    made = {name: each for name, each in resources if each["Type"] not in _UNMADE}
    put_up(account, stage, {**template, "Resources": made}, parameters)
    return stage


_UNMADE = {"AWS::CloudTrail::Trail"}
"""What the engine's CloudFormation does not make, and its service does."""


def stand_small(account: Account, name: str, **more: Any) -> Stage:
    """A stage with a bucket and a table, and more resources by logical id."""
    stage = Stage(name)
    Artifacts(account, stage).create()
    resources = {**_small(stage), **more}
    put_up(account, stage, {"Resources": resources}, {})
    return stage


def put_up(
    account: Account, stage: Stage, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> None:
    url = Artifacts(account, stage).put_template(encoded(dict(template)))
    stack = Stack(account, stage.stack)
    kind: Any = "UPDATE" if stack.description() else "CREATE"
    proposed = stack.propose(kind, url, parameters, stage.tags)
    assert proposed
    stack.execute(proposed, nothing)


def bucket_of(account: Account, stage: Stage) -> str:
    return physical_id(account, stage, "SiteBucket")


def physical_id(account: Account, stage: Stage, logical_id: str) -> str:
    (found,) = (
        each["PhysicalResourceId"]
        for each in Stack(account, stage.stack).resources()
        if each["LogicalResourceId"] == logical_id
    )
    return str(found)


def put_items(account: Account, table: str, number: int) -> None:
    client = account.client("dynamodb")
    for each in range(number):
        client.put_item(TableName=table, Item={"id": {"S": str(each)}})


def tables(account: Account) -> list[str]:
    found: list[str] = account.client("dynamodb").list_tables()["TableNames"]
    return found


def _zip(contract: Contract) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("openapi.json", orjson.dumps(contract.document.data))
        archive.writestr("service/__init__.py", "")
        archive.writestr("service/lambda_function.py", FUNCTION)
    return made.getvalue()


def _small(stage: Stage) -> dict[str, Any]:
    return {
        "SiteBucket": {"Type": "AWS::S3::Bucket"},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "TableName": stage.table,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "DeletionProtectionEnabled": True,
            },
        },
    }
