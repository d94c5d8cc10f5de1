"""The import document: what API Gateway imports, derived from a contract by a pure function.

AWS: OpenAPI extensions for API Gateway; Amazon API Gateway important notes (read 2026-11-26).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from infra.gateway.evaluated import evaluated
from infra.gateway.gateway_problems import gateway_kinds
from infra.gateway.models import Constraint, Model, constraints, model, model_names, reachable
from infra.gateway.security_schemes import challenge, requirements, security_schemes
from service.contract.document import ContractError, Place
from service.contract.model import Contract, Operation, Parameter
from service.contract.security import UNUSED, Schemes
from service.contract.stated import check_problem
from service.cors import ANY_ORIGIN, REQUEST_HEADERS, answer_headers, common_headers
from service.problems import RETRY_AFTER_SECONDS, Kind, members

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
"""The methods that API Gateway knows."""

VALIDATOR = "body and parameters"
SECURITY_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
"""At least TLS 1.2, with forward secrecy; without a policy, TLS 1.0 would be accepted.

AWS: Security policies for REST APIs in API Gateway (read 2026-11-26). A later import may
lose what is outside the document (aws/serverless-application-model #1849), so it is inside as well.
"""

ENDPOINT_ACCESS_MODE = "STRICT"
"""Required together with such a policy."""

MAX_AGE_SECONDS = 600
"""How long a browser may remember a preflight."""

INVOCATION = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "${Alias}/invocations"
)
"""For `Fn::Sub`: `Alias` is the alias of the Lambda function in the template."""

Json = dict[str, Any]

POOL: Json = {"Fn::GetAtt": ["UserPool", "Arn"]}
"""The ARN of the user pool in the template."""


def import_document(contract: Contract, origin: str = ANY_ORIGIN, pool: Any = POOL) -> Json:
    """The document for the `Body` of an `AWS::ApiGateway::RestApi`.

    `origin` is the one origin whose pages may call the API, or `*` for every origin; `pool` is the
    ARN of the user pool whose people may call it, if the contract asks for any.

    Raises:
        ContractError: API Gateway could not import the contract.
    """
    document, faults = imported(contract, origin, pool)
    if faults:
        raise faults[0]
    return document


def imported(
    contract: Contract, origin: str = ANY_ORIGIN, pool: Any = POOL
) -> tuple[Json, list[ContractError]]:
    """The import document, and every part of it that API Gateway could not import, or that
    CloudFormation would not leave unchanged."""
    document = _built(contract, origin, pool)
    return document, [*_import_faults(contract, document)]


def _import_faults(contract: Contract, document: Json) -> Iterator[ContractError]:
    yield from _undescribed_problems(contract)
    for path in contract.methods:
        yield from _path_faults(path)
    if len(_resources(contract)) > _MOST_RESOURCES:
        yield ContractError(
            ("paths",),
            f"API Gateway holds {_MOST_RESOURCES} resources.",
            "Split the contract.",
            "resources",
        )
    yield from evaluated(document, model_names(contract.document))


def _built(contract: Contract, origin: str, pool: Any) -> Json:
    schemes = security_schemes(contract.schemes, pool)
    return {
        "openapi": "3.0.1",
        "info": {key: contract.document.data["info"][key] for key in ("title", "version")},
        "x-amazon-apigateway-security-policy": SECURITY_POLICY,
        "x-amazon-apigateway-endpoint-access-mode": ENDPOINT_ACCESS_MODE,
        "x-amazon-apigateway-request-validators": {
            VALIDATOR: {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": VALIDATOR,
        "x-amazon-apigateway-gateway-responses": gateway_responses(origin, contract.schemes),
        "paths": _paths(contract, origin),
        "components": {
            "schemas": _models(contract),
            **({"securitySchemes": schemes} if schemes else {}),
        },
    }


def body_constraints(contract: Contract) -> Iterator[tuple[Operation, Constraint]]:
    """Every constraint on every body: what the gateway checks, and what only the service does."""
    for operation in contract.operations.values():
        for place in operation.body_places.values():
            for constraint in constraints(contract.document, place):
                yield operation, constraint


def summary(contract: Contract) -> str:
    """A readable table: each constraint on a body, and what checks it."""
    rows = [
        (operation.id, each.place, each.text, "gateway" if each.at_gateway else "service only")
        for operation, each in body_constraints(contract)
    ]
    rows = [("OPERATION", "PLACE", "CONSTRAINT", "CHECKED BY"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = (
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n\n" + _SUMMARY_NOTE


_SUMMARY_NOTE = (
    "The gateway checks of a parameter that it is there and not blank; the service checks the rest."
    "\nWhatever the gateway checks, the service checks again.\n"
)


# -- paths -------------------------------------------------------------------------------------


def _paths(contract: Contract, origin: str) -> Json:
    declared: dict[str, dict[str, Operation]] = {}
    for each in contract.operations.values():
        declared.setdefault(each.path, {})[each.method] = each
    return {
        path: {
            method: _method(contract, path, method, methods, origin)
            | _security(contract, path, method, methods)
            for method in METHODS
        }
        for path, methods in declared.items()
    }


def _method(
    contract: Contract, path: str, method: str, declared: dict[str, Operation], origin: str
) -> Json:
    """A method of the contract states what it takes; any other goes to the service, for a 405."""
    if method == "options":
        return _preflight(path, contract.methods[path], _sent_headers(declared), origin)
    operation = declared.get("get" if method == "head" else method)
    if operation is None:
        return _proxy(path, "405", "Not a method of this path")
    declared_method = {
        **_proxy(path, operation.success, operation.id),
        "parameters": [
            *_path_parameters(path),
            *(
                {"name": each.name, "in": each.place, "required": True, "schema": _STRING}
                for each in operation.parameters
                if each.required and each.place != "path" and _TELLABLE.fullmatch(each.name)
            ),
        ],
    }
    if operation.body_places:
        declared_method["requestBody"] = {
            "required": True,
            "content": {
                media_type: {"schema": model(contract.document, place)}
                for media_type, place in operation.body_places.items()
            },
        }
    return declared_method if method == "head" else {**declared_method, "operationId": operation.id}


def _security(
    contract: Contract, path: str, method: str, declared: dict[str, Operation]
) -> dict[str, Any]:
    """Who may call a method; nothing if the contract is open to all.

    Anybody may send a preflight, as browsers send it without credentials. `security` at the top of
    the document would close OPTIONS, too.
    """
    if contract.schemes == UNUSED:
        return {}
    operation = declared.get("get" if method == "head" else method)
    access = operation.access if operation else contract.undeclared(path)
    return {"security": [] if method == "options" else requirements(contract.schemes, access)}


_STRING = {"type": "string"}
_TELLABLE = re.compile(r'[^"\\\x00-\x1f]+')
"""Names that can be put into a JSON string unescaped, as the names of missing parameters are."""


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _STRING}
        for name in re.findall(r"\{(.+?)\}", path)
    ]


def _proxy(path: str, status: str, description: str) -> Json:
    """One response, by its status: API Gateway does not import `default`, and warns if it is alone.

    API Gateway's defaults are not written out: CloudFormation takes a template of 1 MB, and this is
    in it 12 times for each collection.
    """
    return {
        "parameters": _path_parameters(path),
        "responses": {status: {"description": description}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": {"Fn::Sub": INVOCATION},
        },
    }


def _sent_headers(declared: dict[str, Operation]) -> list[str]:
    """Request headers that pages of other origins may send, including those of functions."""
    known = {name.lower() for name in REQUEST_HEADERS}
    named = [each.name for one in declared.values() for each in one.parameters if _is_own(each)]
    return [*REQUEST_HEADERS, *dict.fromkeys(name for name in named if name.lower() not in known)]


def _is_own(parameter: Parameter) -> bool:
    return parameter.place == "header" and _HEADER.fullmatch(parameter.name) is not None


_HEADER = re.compile(r"[A-Za-z0-9_.-]+")


def _preflight(path: str, methods: tuple[str, ...], sent: list[str], origin: str) -> Json:
    """A mock integration for CORS preflights: the function is not invoked for them."""
    headers = {
        **answer_headers(origin),
        "Access-Control-Allow-Methods": ",".join([*methods, "OPTIONS"]),
        "Access-Control-Allow-Headers": ",".join(sent),
        "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
    }
    return {
        "parameters": _path_parameters(path),
        "responses": {
            "204": {
                "description": "What a page of another origin may do",
                "headers": {name: {"schema": _STRING} for name in headers},
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'"
                        for name, value in headers.items()
                    },
                }
            },
        },
    }


# -- models ------------------------------------------------------------------------------------


def _models(contract: Contract) -> dict[str, Model]:
    names = {
        name: None
        for operation in contract.operations.values()
        for place in operation.body_places.values()
        for name in reachable(contract.document, place)
    }
    base: Place = ("components", "schemas")
    called = model_names(contract.document)
    return {
        called[name]: model(contract.document, (*base, name), as_component=True) for name in names
    }


# -- gateway responses -------------------------------------------------------------------------


def gateway_responses(origin: str, schemes: Schemes = UNUSED) -> Json:
    """A problem for every error that API Gateway itself answers.

    AWS: Gateway response types for API Gateway (read 2026-11-26). Their templates have no VTL:
    `$context` variables are inserted unchanged.
    """
    kinds = gateway_kinds(has_services=schemes.service is not None)
    return {
        type_: _gateway_response(type_, kind, origin, challenge(type_, schemes))
        for type_, kind in kinds.items()
    }


def _gateway_response(type_: str, kind: Kind, origin: str, asks_for: str | None) -> Json:
    detail = kind.detail
    if type_ == "BAD_REQUEST_BODY":
        detail = "$context.error.validationErrorString"
    if type_ == "BAD_REQUEST_PARAMETERS":
        detail = "$context.error.message"  # which names the missing parameters
    headers = {
        "Content-Type": "application/problem+json",
        **common_headers(origin),
        **({"WWW-Authenticate": asks_for} if asks_for else {}),
        **({"Retry-After": str(RETRY_AFTER_SECONDS)} if _ends_soon(type_, kind) else {}),
    }
    return {
        "statusCode": kind.status,
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(members(kind, detail, ()))},
    }


def _ends_soon(type_: str, kind: Kind) -> bool:
    """Whether retrying soon may help; a template cannot know when a quota's month ends."""
    return kind.status in (429, 503, 504) and type_ != "QUOTA_EXCEEDED"


# -- what API Gateway could not import ---------------------------------------------------------

_SEGMENT = re.compile(r"[A-Za-z0-9._,-]+|\{[A-Za-z0-9._-]+\}")
_RESERVED = ("/ping", "/sping")
_MOST_RESOURCES = 300


def _undescribed_problems(contract: Contract) -> Iterator[ContractError]:
    """The contract has to describe what the gateway itself answers, too."""
    responses = gateway_kinds(has_services=contract.schemes.service is not None)
    kinds = {(kind.status, kind.name): kind for kind in responses.values()}
    problems = [members(kind, kind.detail, ()) for kind in kinds.values()]
    for operation in contract.operations.values():
        for problem in problems:
            try:
                check_problem(contract.document, operation.place, problem)
            except ContractError as fault:
                yield fault
                break


def _resources(contract: Contract) -> set[str]:
    """Every path and its parents, up to the root: each of them is a resource."""
    return {
        path[: match.start()] for path in contract.methods for match in re.finditer(r"/|$", path)
    }


def _path_faults(path: str) -> Iterator[ContractError]:
    if path in _RESERVED:
        yield ContractError(
            ("paths", path),
            f"API Gateway reserves {path}.",
            "Choose another path.",
            "gateway-path",
        )
    if path == "/":
        return
    for segment in path.removeprefix("/").split("/"):
        if segment and not _SEGMENT.fullmatch(segment):
            yield ContractError(
                ("paths", path),
                f"API Gateway cannot hold the path segment {segment!r}.",
                "Use letters, digits and - . , _ or one whole {parameter}.",
                "gateway-path",
            )
