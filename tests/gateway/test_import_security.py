"""Strangers and callers at ministack and at the local gateway, which obey the same import document.

They agree on who is let through. ministack has other bodies, and for OPTIONS another status;
without AUTH it looks at no signature, but asks for one.
"""

import http.client
import json
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from infra.gateway.identity import Identity
from infra.gateway.import_document import import_document
from infra.gateway.issuer import PublishedKeys
from infra.gateway.keys import FILE, KeyFile, Keys
from infra.gateway.local import Gateway
from tests.contracts.closed import closed_contract
from tests.engines import aws_environment, ministack  # noqa: F401
from tests.gateway.client import Fields, GatewayClient
from tests.gateway.signing import USER, signed
from tests.gateway.test_import import template

_ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=120)
"""A stack that takes long is not made twice."""

METHODS = ("GET", "HEAD", "POST", "PATCH", "OPTIONS")
"""Of `/todos`; PATCH is one that it does not declare."""

_BODIES = {"POST": b'{"title": "x"}'}


class Both:
    """One closed contract, at ministack and here."""

    def __init__(self, endpoint: str, names: tuple[str, ...], folder: Path) -> None:
        self.endpoint = endpoint
        self.names = names
        self._stacks = self._client("cloudformation")
        contract = closed_contract(*names)
        self._name = f"closed-{'-'.join(names)}"
        body = template(contract)
        if "person" in names:
            body["Outputs"]["Pool"] = {"Value": {"Ref": "UserPool"}}
        self._stacks.create_stack(
            StackName=self._name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"]
        )
        waiter = self._stacks.get_waiter("stack_create_complete")
        waiter.wait(StackName=self._name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        (stack,) = self._stacks.describe_stacks(StackName=self._name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self._api = outputs["ApiId"]
        self._file = KeyFile(folder / FILE)
        identity = self._sign_up(outputs["Pool"]) if "person" in names else None
        keys = Keys(self._file.path)
        self._local = GatewayClient(
            Gateway(
                _told, import_document(contract), {}, identity=identity, keys=keys,
                credentials={USER.access_key: USER},
            )
        )  # fmt: skip

    def _client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint, config=_ONCE)  # type: ignore[call-overload]

    def _sign_up(self, pool: str) -> Identity:
        """A client that is given tokens for the asking: it makes no difference who asks."""
        cognito = self._client("cognito-idp")
        scopes = [{"ScopeName": each, "ScopeDescription": each} for each in ("read", "write")]
        cognito.create_resource_server(
            UserPoolId=pool, Identifier="todos", Name="todos", Scopes=scopes
        )
        self._app = cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="tests", GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"], AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["todos/read", "todos/write"],
        )["UserPoolClient"]  # fmt: skip
        keys = PublishedKeys(lambda: _json(f"{self.endpoint}/{pool}/.well-known/jwks.json"))
        issuer = f"https://cognito-idp.eu-central-1.amazonaws.com/{pool}"
        return Identity(issuer, self._app["ClientId"], keys.key_of)

    def token(self, scope: str) -> str:
        secret = f"{self._app['ClientId']}:{self._app['ClientSecret']}"
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope})
        request = urllib.request.Request(
            f"{self.endpoint}/oauth2/token", form.encode(),
            {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=120) as answer:
            return str(json.load(answer)["access_token"])

    def key(self, name: str) -> str:
        """The same at both."""
        value = self._file.create(name)
        gateway = self._client("apigateway")
        key = gateway.create_api_key(name=name, value=value, enabled=True)
        plan = gateway.create_usage_plan(
            name=name, apiStages=[{"apiId": self._api, "stage": "v1"}],
            throttle={"rateLimit": 100.0, "burstLimit": 100},
        )  # fmt: skip
        gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        return value

    def let_through(self, method: str, headers: Fields) -> tuple[bool, bool]:
        """Whether the function was woken: at ministack, and here."""
        there = self._ask(method, headers)
        sent = [*headers, ("Host", "localhost")]
        here = self._local.request(method, "/todos", sent, _BODIES.get(method))
        return there, "x-told" in here.headers

    def _ask(self, method: str, headers: Fields) -> bool:
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=120)
        try:
            address = f"/_aws/execute-api/{self._api}/v1/todos"
            connection.request(method, address, _BODIES.get(method), dict(headers))
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 500, answer.status
            return answer.headers["X-Told"] is not None
        finally:
            connection.close()

    def close(self) -> None:
        self._stacks.delete_stack(StackName=self._name)


def _told(*_: object) -> Any:
    return {"statusCode": 200, "headers": {"X-Told": "x"}, "body": ""}


def _json(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=120) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def people(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:  # noqa: F811
    both = Both(ministack, ("person", "key"), tmp_path_factory.mktemp("people"))
    yield both
    both.close()


@pytest.fixture(scope="module")
def services(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:  # noqa: F811
    both = Both(ministack, ("service",), tmp_path_factory.mktemp("services"))
    yield both
    both.close()


def test_people_with_a_key_are_let_through_alike(people: Both) -> None:
    """HEAD is as closed as GET, an undeclared method as its path, and OPTIONS is a mock."""
    key = ("X-Api-Key", people.key("tests"))
    both = ("Authorization", f"Bearer {people.token('todos/read todos/write')}")
    read = ("Authorization", f"Bearer {people.token('todos/read')}")
    nobodys = ("Authorization", f"Bearer {read[1][:-6]}AAAAAA")
    callers: dict[str, Fields] = {
        "nobody": [], "a key": [key], "a token": [both], "both": [both, key],
        "another key": [both, ("X-Api-Key", "x" * 40)], "a bad token": [nobodys, key],
        "who reads": [read, key],
    }  # fmt: skip
    found = {
        (name, method): people.let_through(method, headers)
        for name, headers in callers.items()
        for method in METHODS
    }
    assert {case: there for case, (there, here) in found.items() if there != here} == {}
    woken = {case for case, (there, _) in found.items() if there}
    assert woken == {
        *(("both", method) for method in ("GET", "HEAD", "POST", "PATCH")),
        *(("who reads", method) for method in ("GET", "HEAD", "PATCH")),
    }


def test_services_are_let_through_alike(services: Both) -> None:
    for method in METHODS:
        assert services.let_through(method, []) == (False, False), method
    headers = [each for each in signed(USER).headers if each[0] != "Host"]
    assert services.let_through("GET", headers) == (True, True)
