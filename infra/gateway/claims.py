"""Parity: claims about API Gateway, as requests that show whether they hold, with sources.

A source is a recording of LocalStack's tests against AWS (`tests/aws/services/apigateway`), with
the day on which AWS sent the responses; a page of AWS's documentation; or a public report, with the
day on which it was read. A claim without a source is merely plausible: those and `UNPROVEN` are the
whole list of what only an account can show. No request creates, changes or deletes an item.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from gzip import compress
from typing import Any

from infra.gateway.gateway_problems import gateway_kinds
from infra.gateway.import_document import Json, import_document
from infra.gateway.imported import ImportedApi
from infra.gateway.responses import Refusal
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.contract.security import OPEN, Kind

UNPROVEN = (
    "That an import keeps `oneOf` with null, as CreateModel does (recorded 2024-10-28); an export"
    " loses it (awslabs/aws-api-gateway-developer-portal #544).",
    "That API Gateway evaluates patterns with Rhino, as its validator's messages suggest.",
    "That `{name}` in a path is passed on as sent, as `{proxy+}` is (recorded 2024-08-02).",
    "That CloudFormation creates an API with its tags before it puts the body, which the deployer's"
    " policy relies on, and that the policies' other conditions hold in CloudFormation's calls.",
    "In which order API Gateway checks the token or signature, the key, its throttle and its quota;"
    " that a token without the scope is refused with 401, like an invalid one.",
    "Which type of gateway response an Authorization header gets that is not a signature.",
    "How a signature treats a raw `+` in the query.",
    "That API Gateway caches an authorizer's result for 300 seconds, and no longer than the token"
    " is valid.",
    "That a user pool can be imported into a stack with its table, and stays the same.",
    "That Cognito's invitations arrive, at most 50 e-mails a day, and how its classic pages look.",
    "That a new sign-in domain answers, and appears in the pool's discovery document, at once.",
    "That permission to tag API keys alone is enough to create one with its tag.",
    "That a usage plan can be deleted while it holds keys that no stack created.",
    "That API Gateway and Lambda trace into AWS X-Ray, under the boundary too.",
    "That AWS WAF's refusals get the gateway response WAF_FILTERED.",
    "That a budget's e-mails arrive, and that its name may hold an e-mail address.",
    "That the policy of a stage's key lets the function and backups use it through DynamoDB.",
    "That a key can be imported with its table, and that its deployer may write its policy.",
    "That CloudTrail records a list as a use of its table, and what of an index's keys it records.",
    "That the last files of a trail that is gone reach its bucket, under the stage's key too.",
    "That a bucket refuses CloudTrail's files within seconds of its new policy.",
    "How alarms on metric math, access logs, SnapStart and arm64 behave.",
    "How long CloudFront takes, and the indexes of a large table.",
)
"""Claims that no request can show."""


@dataclass(frozen=True)
class Answer:
    """A response. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> Mapping[str, Any]:
        """The members of a problem; empty if the body is not a problem."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) and "status" in found else {}


@dataclass(frozen=True)
class Probe:
    """A request, and what its response has to be."""

    claim: str
    method: str
    target: str
    status: int
    source: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    type: str = ""
    """The problem's type, without `urn:problem-type:`."""
    detail: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """Headers of the response."""

    def differences(self, answer: Answer) -> list[str]:
        """How the response differs, in words."""
        problem = answer.problem
        found: list[tuple[str, Any, Any]] = [("status", answer.status, self.status)]
        if self.type:
            found.append(("type", problem.get("type"), f"urn:problem-type:{self.type}"))
        if self.detail is not None:
            found.append(("detail", problem.get("detail"), self.detail))
        found += [(name, answer.headers.get(name), self.fields[name]) for name in self.fields]
        return [f"{name} {have!r}, not {want!r}" for name, have, want in found if have != want]


def probes(contract: Contract) -> Iterator[Probe]:
    """The requests for a contract. Those for which it has no operation are left out."""
    for path in [path for path in contract.methods if "{" not in path][:1]:
        yield from _of_routing(path, contract)
        yield from _of_preflights(path, contract)
    document = import_document(contract)
    for operation in contract.operations.values():
        if operation.access != OPEN:
            yield from _of_closed(operation)
            continue
        if operation.is_derived and operation.rule is Rule.LIST:
            yield from _of_lists(operation)
        if operation.is_derived and operation.rule is Rule.CREATE:
            yield from _of_bodies(document, operation)


def _recorded(day: str, test: str) -> str:
    return f"recorded {day}: {test}"


def _page(title: str, day: str = "2026-11-26") -> str:
    return f"AWS: {title} (read {day})"


def _of_routing(path: str, contract: Contract) -> Iterator[Probe]:
    unknown = "/no-such-path-of-any-contract"
    kinds = gateway_kinds(has_services=contract.schemes.service is not None)
    kind = kinds["MISSING_AUTHENTICATION_TOKEN"]
    yield Probe(
        "An unknown path gets the gateway response MISSING_AUTHENTICATION_TOKEN.",
        *("GET", unknown, kind.status, _recorded("2024-07-23", "test_routing_not_found")),
        type=kind.name,
    )
    yield Probe(
        "A gateway response may set Content-Type.",
        *("GET", unknown, kind.status),
        fields={"content-type": "application/problem+json", "x-content-type-options": "nosniff"},
    )
    yield Probe("TRACE is an unknown method.", "TRACE", path, kind.status, type=kind.name)
    others = [each for each in ("PATCH", "DELETE", "PUT") if each not in contract.methods[path]]
    if contract.undeclared(path) != OPEN:
        others = []
    for other in others[:1]:
        yield Probe(
            "A method that the contract lacks reaches the service.",
            *(other, path, 405, _recorded("2024-08-02", "test_lambda_aws_proxy_integration")),
            type="method-not-allowed",
        )


def _of_preflights(path: str, contract: Contract) -> Iterator[Probe]:
    allowed = ",".join([*contract.methods[path], "OPTIONS"])
    yield Probe(
        "A mock integration answers the preflight with the mapped headers.",
        *("OPTIONS", path, 204, _recorded("2024-05-30", "test_mock_integration_response[NEVER]")),
        fields={"access-control-allow-methods": allowed},
    )
    yield Probe(
        "With passthroughBehavior never, a mock refuses another media type.",
        *("OPTIONS", path, 415, _page("Integration passthrough behaviors")),
        {"Content-Type": "text/plain"},
        type="unsupported-media-type",
    )


def _of_closed(operation: Operation) -> Iterator[Probe]:
    """Requests of a stranger, to every path that needs no id."""
    if "{" in operation.path:
        return
    is_person = operation.access.caller is Kind.PERSON
    status, name = (401, "unauthorized") if is_person else (403, "forbidden")
    refused = _page("Gateway response types for API Gateway")
    methods = ("GET", "HEAD") if operation.method == "get" else (operation.method.upper(),)
    for method in methods:
        yield Probe(
            f"{method} of a stranger is refused, whatever its body is.",
            *(method, operation.path, status, refused),
            {"Content-Type": "application/json"},
            None if operation.method == "get" else b"{",
            type="" if method == "HEAD" else name,
            fields={"www-authenticate": "Bearer"} if is_person else {},
        )


def _of_lists(operation: Operation) -> Iterator[Probe]:
    path = operation.path
    required = [each.name for each in operation.parameters if each.required]
    if required:
        names = ", ".join(
            each.name
            for place in ("header", "query")
            for each in operation.parameters
            if each.required and each.place == place
        )
        yield Probe(
            "Missing parameters are named.",
            *("GET", path, 400, _recorded("2024-01-10", "test_api_gateway_request_validator")),
            type="invalid-request",
            detail=f"Missing required request parameters: [{names}]",
        )
        return
    recorded = _recorded("2024-08-02", "test_lambda_aws_proxy_integration")
    reported = f"{recorded}; aws-powertools/powertools-lambda-python #1552 (read 2026-11-26)"
    yield Probe("A slash at the end of a path does not count.", "GET", f"{path}/", 200, reported)
    yield Probe("Slashes before a path count as one.", "GET", f"/{path}", 200, recorded)
    letter = f"{path[:-1]}%{ord(path[-1]):02X}"
    yield Probe("A path is compared decoded.", "GET", letter, 200)
    yield Probe("HEAD is answered by the integration of HEAD.", "HEAD", path, 200)


def _of_bodies(document: Json, operation: Operation) -> Iterator[Probe]:
    """Requests whose bodies the gateway refuses; one that it might accept is not sent."""
    api = ImportedApi(document)
    models = _models_of_properties(document, operation)
    nulls = {name: None for name, model in models.items() if "oneOf" in model}
    longest = {
        name: "\U0001f600" * model["maxLength"]
        for name, model in models.items()
        if model.get("maxLength", _LONGEST) < _LONGEST
        and "enum" not in model
        and re.search(model.get("pattern", ""), "\U0001f600")
    }
    validator = _recorded("2024-01-10", "test_api_gateway_request_validator")
    for claim, source, value, told in (
        ("A body without a required property is refused.", validator, {}, True),
        ("The text of the validator is in the problem, escaped.", "", {"surplus": 1}, True),
        ("Null is taken where it is allowed.", "", {**nulls, "surplus": 1}, bool(nulls)),
        ("Lengths count code points.", "", {**longest, "surplus": 1}, bool(longest)),
    ):
        detail = _refusal(api, operation, value)
        if told and detail is not None:
            exact = None if source else detail
            yield _post(operation, claim, source, json.dumps(value).encode(), detail=exact)
    referred = _recorded("2024-10-28", "test_api_gateway_request_validator_with_ref_models")
    yield _post(operation, "A missing body is refused where there is a model.", referred, None)
    yield _post(operation, "A body that is not JSON is refused.", "", b"{")
    yield _post(operation, "A body that is not UTF-8 is refused.", "", b'{"surplus": "\xff"}')
    yield Probe(
        "A body of another media type has no model, and reaches the service.",
        *("POST", operation.path, 415, _page("Request validation for REST APIs in API Gateway")),
        {"Content-Type": "text/plain"},
        b"surplus",
        type="unsupported-media-type",
    )
    yield Probe(
        "A compressed body reaches the service.",
        *("POST", operation.path, 415, ""),
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        compress(b"{}", mtime=0),
        type="unsupported-media-type",
    )


def _post(
    operation: Operation, claim: str, source: str, body: bytes | None, detail: str | None = None
) -> Probe:
    headers = {"Content-Type": "application/json"}
    return Probe(
        *(claim, "POST", operation.path, 400, source, headers, body),
        type="invalid-request",
        detail=detail,
    )


_LONGEST = 5000
"""The longest text that is sent."""


def _models_of_properties(document: Json, operation: Operation) -> dict[str, Json]:
    """The models of a body's properties, by name."""
    method = document["paths"][operation.path]["post"]
    body = _followed(document, method["requestBody"]["content"]["application/json"]["schema"])
    return {name: _followed(document, each) for name, each in body.get("properties", {}).items()}


def _followed(document: Json, model: Json) -> Json:
    while "$ref" in model:
        model = document["components"]["schemas"][model["$ref"].rpartition("/")[2]]
    return model


def _refusal(api: ImportedApi, operation: Operation, value: Any) -> str | None:
    """The validator's message; None if it accepts the body."""
    resource, _ = api.find(operation.path)
    headers = {"content-type": ["application/json"]}
    try:
        resource.methods["POST"].validate({}, headers, json.dumps(value).encode())
    except Refusal as refusal:
        return refusal.validation if refusal.type == "BAD_REQUEST_BODY" else None
    return None
