"""The template on an engine: it deploys, it answers, and a second deploy reaches the caller."""

import io
import json
import sys
import time
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from tests.deploy.templates import EVERYTHING, PARAMETERS, rendered
from tests.engines import aws_environment, ministack  # noqa: F401

STAGE = {"Stage": "tried", "TableName": "TodoItems-tried", "CodeBucket": "todo-api-tried"}
CODE = """
import os

def handler(event, context):
    return {{"statusCode": 200, "headers": {{}}, "body": "{said} " + os.environ["STORE"]}}
"""


class Stack:
    """The stack of a stage on an engine, whose function only says one word."""

    name = "todo-api-tried"

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        paths = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        self._s3 = boto3.client("s3", endpoint_url=endpoint, config=paths)
        self._stacks = boto3.client("cloudformation", endpoint_url=endpoint)
        self._s3.create_bucket(
            Bucket=STAGE["CodeBucket"],
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )

    def deploy(self, said: str, **more: str) -> str:
        """The stack's status afterwards."""
        running = f"python3.{sys.version_info.minor}"
        given = {**PARAMETERS, **STAGE, "Runtime": running, "CodeKey": f"{said}.zip", **more}
        self._put(given["CodeKey"], archive(said))
        self._put("template.json", json.dumps(rendered(given)).encode())
        act = self._stacks.update_stack if self.description() else self._stacks.create_stack
        act(
            StackName=self.name,
            TemplateURL=f"{self.endpoint}/{STAGE['CodeBucket']}/template.json",
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in given.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        return self._settled()

    def description(self) -> Any:
        found = self._stacks.describe_stacks()["Stacks"]
        return next((each for each in found if each["StackName"] == self.name), None)

    def outputs(self) -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.description()["Outputs"]}

    def ask(self) -> str:
        api = self.outputs()["ApiId"]
        url = f"{self.endpoint}/_aws/execute-api/{api}/{STAGE['Stage']}/todos"
        with urlopen(url, timeout=120) as answer:
            body: bytes = answer.read()
        return body.decode()

    def delete(self) -> None:
        self._stacks.delete_stack(StackName=self.name)
        while (found := self.description()) and found["StackStatus"] != "DELETE_COMPLETE":
            time.sleep(0.1)
        tables = boto3.client("dynamodb", endpoint_url=self.endpoint)
        tables.update_table(TableName=STAGE["TableName"], DeletionProtectionEnabled=False)
        tables.delete_table(TableName=STAGE["TableName"])

    def _put(self, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=STAGE["CodeBucket"], Key=key, Body=body)

    def _settled(self) -> str:
        while (found := self.description())["StackStatus"].endswith("_IN_PROGRESS"):
            time.sleep(0.1)
        return str(found["StackStatus"])


def archive(said: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("service/__init__.py", "")
        file.writestr("service/lambda_function.py", CODE.format(said=said))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def stack(ministack: str) -> Iterator[Stack]:  # noqa: F811
    stack = Stack(ministack)
    assert stack.deploy("first") == "CREATE_COMPLETE"
    yield stack
    stack.delete()


def test_the_stack_answers_through_its_alias(stack: Stack) -> None:
    assert stack.ask() == "first dynamodb:TodoItems-tried"


def test_the_outputs_are_those_that_the_commands_read(stack: Stack) -> None:
    found = stack.outputs()
    assert found.keys() == {
        *("ApiUrl", "SiteUrl", "SiteBucket", "DistributionId", "TableName", "FunctionName"),
        *("FunctionLogGroup", "ApiId", "DashboardUrl", "AlarmTopicArn"),
    }
    assert found["ApiUrl"].startswith(f"https://{found['ApiId']}.execute-api.eu-central-1.")
    assert found["ApiUrl"].endswith("/tried")


def test_an_update_of_code_and_settings_reaches_the_caller(stack: Stack) -> None:
    more = {name: EVERYTHING[name] for name in ("Origin", "AlarmEmail", "AccessLogs")}
    assert stack.deploy("second", **more) == "UPDATE_COMPLETE"
    assert stack.ask() == "second dynamodb:TodoItems-tried"
    assert "AccessLogGroup" in stack.outputs()
