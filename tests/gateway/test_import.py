"""The import document inside a CloudFormation template: accepted, deployed, and answering.

ministack deploys it; cfn-lint reads it in `tests/linters`. Of a `Body` ministack keeps paths and
proxy integrations; only AWS can tell what becomes of models, validators, mocks and gateway
responses.
"""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from infra.gateway.import_document import import_document
from service.contract.derivation import derive
from service.contract.document import ContractError, Document, read
from service.contract.model import Contract
from tests.contracts import ALL, TODOS, load
from tests.engines import aws_environment, ministack  # noqa: F401

EVERY = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
PROXIED = ("get", "head", "post", "put", "patch", "delete")

ECHO = """
import json

def handler(event, context):
    told = [event["httpMethod"], event["resource"], event["pathParameters"]]
    return {"statusCode": 200, "headers": {"X-Told": json.dumps(told)}, "body": ""}
"""


def template(contract: Contract) -> dict[str, Any]:
    """The least template that can hold the document: `Alias` is what it asks for."""
    resources = {
        "Role": _resource(
            "IAM::Role",
            AssumeRolePolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
        ),
        "Function": _resource(
            "Lambda::Function",
            Runtime="python3.13",
            Handler="index.handler",
            Role=_attribute("Role", "Arn"),
            Code={"ZipFile": ECHO},
        ),
        "Version": _resource("Lambda::Version", FunctionName=_ref("Function")),
        "Alias": _resource(
            "Lambda::Alias",
            Name="live",
            FunctionName=_ref("Function"),
            FunctionVersion=_attribute("Version", "Version"),
        ),
        "Permission": _resource(
            "Lambda::Permission",
            FunctionName=_ref("Alias"),
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn={
                "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"
                ":${Api}/*/*/*"
            },
        ),
        "Api": _resource(
            "ApiGateway::RestApi",
            EndpointConfiguration={"Types": ["REGIONAL"]},
            Body=import_document(contract),
        ),
        "Deployment": _resource("ApiGateway::Deployment", RestApiId=_ref("Api")),
        "Stage": _resource(
            "ApiGateway::Stage",
            RestApiId=_ref("Api"),
            DeploymentId=_ref("Deployment"),
            StageName="v1",
        ),
    }
    if contract.schemes.person is not None:
        kept = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
        resources["UserPool"] = _resource("Cognito::UserPool") | kept
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": resources,
        "Outputs": {"ApiId": {"Value": _ref("Api")}, "Alias": {"Value": _ref("Alias")}},
    }


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _attribute(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


# -- what AWS refuses and no tool here looks for -----------------------------------------------


@EVERY
def test_no_value_is_null(path: Path) -> None:
    """CloudFormation: "'null' values are not allowed in templates"; cfn-lint lets it pass."""
    assert None not in set(scalars(import_document(load(path))))


@EVERY
def test_every_method_says_the_status_of_one_response(path: Path) -> None:
    """AWS's importer passes over a `default` response, and warns of a method without any."""
    contract = load(path)
    told = {(each.path, each.method): each.success for each in contract.operations.values()}
    for name, methods in import_document(contract)["paths"].items():
        for method, declared in methods.items():
            other = {"options": "204", "head": told.get((name, "get"), "405")}.get(method, "405")
            assert [*declared["responses"]] == [told.get((name, method), other)]


@pytest.mark.parametrize(("depth", "fits"), [(298, True), (299, False)])
def test_the_paths_above_a_path_count_as_resources_too(depth: int, fits: bool) -> None:
    """The root and every part of a path is a resource. AWS: Amazon API Gateway quotas."""
    path = "/a" * (depth - 1) + "/todos"
    contract = derive(moved(TODOS, "/todos", path))
    if fits:
        assert [*import_document(contract)["paths"]] == [path, path + "/{id}"]
    else:
        with pytest.raises(ContractError, match="300 resources"):
            import_document(contract)


def moved(path: Path, old: str, new: str) -> Document:
    document = read(path)
    paths = document.data["paths"]
    document.data["paths"] = {
        new + name.removeprefix(old): methods for name, methods in paths.items()
    }
    return document


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (each for one in value.values() for each in scalars(one))
    elif isinstance(value, list):
        yield from (each for one in value for each in scalars(one))
    else:
        yield value


# -- ministack ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deployed:
    """A stack of the template, and the REST API in it."""

    status: str
    alias: str
    api_id: str
    document: dict[str, Any]
    kept: dict[str, dict[str, dict[str, Any]]]
    """By path and method in capitals: the integration that the engine made of the document."""
    endpoint: str

    def send(self, method: str, target: str) -> tuple[int, list[Any] | None]:
        """The status, and what the function told of the event."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=120)
        try:
            connection.request(method, f"/_aws/execute-api/{self.api_id}/v1{target}")
            response = connection.getresponse()
            response.read()
            told = response.headers["X-Told"]
            return response.status, json.loads(told) if told else None
        finally:
            connection.close()


@pytest.fixture(scope="module", params=ALL, ids=lambda path: path.stem)
def deployed(request: pytest.FixtureRequest, ministack: str) -> Iterator[Deployed]:  # noqa: F811
    contract = load(request.param)
    body = template(contract)
    name = f"import-{request.param.stem}"
    settings = Config(retries={"total_max_attempts": 1}, connect_timeout=30, read_timeout=120)
    stacks = boto3.client("cloudformation", endpoint_url=ministack, config=settings)
    gateway = boto3.client("apigateway", endpoint_url=ministack, config=settings)
    text = json.dumps(body, separators=(",", ":"))  # 51,200 characters at most
    stacks.create_stack(StackName=name, TemplateBody=text, Capabilities=["CAPABILITY_IAM"])
    stacks.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    yield Deployed(
        status=stack["StackStatus"],
        alias=outputs["Alias"],
        api_id=outputs["ApiId"],
        document=body["Resources"]["Api"]["Properties"]["Body"],
        kept=integrations(gateway, outputs["ApiId"]),
        endpoint=ministack,
    )
    stacks.delete_stack(StackName=name)
    stacks.close()
    gateway.close()


def integrations(gateway: Any, api_id: str) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        each["path"]: {
            method: gateway.get_method(
                restApiId=api_id, resourceId=each["id"], httpMethod=method
            ).get("methodIntegration", {})
            for method in each["resourceMethods"]
        }
        for each in gateway.get_resources(restApiId=api_id, limit=500)["items"]
        if each.get("resourceMethods")
    }


def test_the_template_deploys(deployed: Deployed) -> None:
    assert deployed.status == "CREATE_COMPLETE"


def test_every_method_of_the_document_is_there(deployed: Deployed) -> None:
    assert {path: {*methods} for path, methods in deployed.kept.items()} == {
        path: {method.upper() for method in methods}
        for path, methods in deployed.document["paths"].items()
    }


def test_every_method_but_the_mock_calls_the_alias_by_post(deployed: Deployed) -> None:
    """AWS: x-amazon-apigateway-integration object; Lambda is always called by POST."""
    for path, methods in deployed.kept.items():
        for method in PROXIED:
            integration = methods[method.upper()]
            assert integration["type"] == "AWS_PROXY", (path, method)
            assert integration["httpMethod"] == "POST"
            assert integration["uri"].startswith("arn:aws:apigateway:eu-central-1:lambda:path/")
            assert integration["uri"].endswith(f"/functions/{deployed.alias}/invocations")
        assert methods["OPTIONS"]["type"] == "MOCK"


def test_every_method_but_the_mock_answers_through_the_function(deployed: Deployed) -> None:
    for path in deployed.document["paths"]:
        names = re.findall(r"\{(.+?)\}", path)
        target = re.sub(r"\{.+?\}", "one", path)
        for method in PROXIED:
            status, told = deployed.send(method.upper(), target)
            if deployed.document["paths"][path][method].get("security"):
                assert (status in (401, 403), told) == (True, None), (method, path)
            else:
                assert status == 200, (method, path)
                assert told == [method.upper(), path, dict.fromkeys(names, "one") or None]


def test_a_path_that_the_document_lacks_never_reaches_the_function(deployed: Deployed) -> None:
    """403 by default; 404 where the document's gateway responses are kept.

    AWS: Gateway response types for API Gateway (MISSING_AUTHENTICATION_TOKEN).
    """
    status, told = deployed.send("GET", "/nothing-of-the-contract")
    assert status in (403, 404)
    assert told is None
