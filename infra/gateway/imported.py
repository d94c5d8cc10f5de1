"""An imported API: resources, methods and validators, read from an import document alone.

AWS: Request validation for REST APIs in API Gateway (read 2026-11-26).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from infra.gateway.responses import Refusal, Reply, mapped_headers
from service.contract.document import reached
from service.contract.paths import prefix, prefixes
from service.problems import MAX_BODY_BYTES

Json = dict[str, Any]
Values = Mapping[str, Sequence[str]]

INTEGRATION_SECONDS = 29
"""The longest that API Gateway waits for an integration, unless a quota is raised; its default.

AWS: PutIntegration, timeoutInMillis (read 2026-11-26).
"""


@dataclass(frozen=True)
class Resource:
    """A path of the document, and its methods by name in capitals."""

    path: str
    methods: Mapping[str, "Method"]

    @cached_property
    def id(self) -> str:
        return sha256(self.path.encode()).hexdigest()[:6]


@dataclass(frozen=True)
class Method:
    """A method of a resource. `mock` is its mock integration, None for a proxy."""

    required: Mapping[str, tuple[str, ...]]
    """By location, `header` and `query`: the parameters that must be present and not blank."""
    model: jsonschema_rs.Draft4Validator | None
    mock: "Mock | None"
    seconds: float
    """How long its integration may take."""
    demand: "Demand | None" = None
    """What it demands of a caller; None if anybody may call."""

    def validate(self, query: Values, headers: Values, body: bytes) -> None:
        """Raise Refusal for what the validator refuses: parameters first, then the body.

        Only the presence of parameters is checked; missing ones are named (recorded 2024-01-10:
        test_api_gateway_request_validator). A body of another media type than JSON has no model,
        and passes: the service refuses it. So does a compressed one, which is not documented.
        """
        missing = [
            name
            for place, values in (("header", headers), ("query", query))
            for name in self.required[place]
            if not _is_given(values, name.lower() if place == "header" else name)
        ]
        if missing:
            names = ", ".join(missing)
            message = f"Missing required request parameters: [{names}]"
            raise Refusal("BAD_REQUEST_PARAMETERS", message=message)
        if self.model is None or "content-encoding" in headers:
            return
        if _is_json(headers.get("content-type", ())):
            _validate_body(self.model, body)


def _is_given(values: Values, name: str) -> bool:
    return any(value.strip() for value in values.get(name, ()))


@dataclass(frozen=True)
class Demand:
    """What a method demands of a caller before anything else is checked."""

    scopes: frozenset[str] | None
    """A person's token has one of these; None if no person is asked for."""
    is_signed: bool
    """Whether a service has to sign its requests."""
    has_key: bool
    """Whether an application has to send its key."""


@dataclass(frozen=True)
class Mock:
    """A mock integration with one response. `templates`: the media types that it takes."""

    templates: frozenset[str]
    reply: Reply

    def answer(self, headers: Values) -> Reply:
        """With `passthroughBehavior: never`, any other media type is refused.

        AWS: Integration passthrough behaviors (read 2026-11-26). No Content-Type counts as
        application/json.
        """
        media_type = _media_type(headers.get("content-type", ())) or "application/json"
        if media_type not in self.templates:
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        return self.reply


class ImportedApi:
    """What API Gateway knows after it has imported a document."""

    def __init__(self, document: Json) -> None:
        self._validators = document["x-amazon-apigateway-request-validators"]
        self._validator = document.get("x-amazon-apigateway-request-validator")
        self._models = document["components"]["schemas"]
        self._schemes = document["components"].get("securitySchemes", {})
        self._fixed: dict[str, Resource] = {}
        self._variable: dict[str, dict[tuple[str, ...], Resource]] = {}
        for path, methods in document["paths"].items():
            resource = Resource(path, {m.upper(): self._method(methods[m]) for m in methods})
            if "{" in path:
                self._variable.setdefault(prefix(path), {})[_pattern(path)] = resource
            else:
                self._fixed[path.removesuffix("/")] = resource

    def find(self, raw_path: str) -> tuple[Resource, dict[str, str] | None]:
        """The resource of a path as it was sent, and the path's parameters, undecoded.

        A resource without a variable takes precedence. Leading slashes count as one, and a
        trailing one does not count; parameters are not decoded (recorded 2024-08-02:
        test_lambda_aws_proxy_integration, of `{proxy+}`). Segments are compared decoded, so that
        an encoded slash is not a separator; no path has a line feed. Neither is documented.

        Raises Refusal for a path that no resource has.
        """
        raw_path = one_slash(raw_path).removesuffix("/")
        resource = self._fixed.get(raw_path)
        if resource is not None:
            return resource, None
        sent = raw_path.split("/")
        segments = [unquote(segment) for segment in sent] if "%" in raw_path else sent
        if "%0" in raw_path and any("\n" in segment for segment in segments):
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        for above in prefixes("/".join(each.replace("/", "%2F") for each in segments)):
            for pattern, resource in self._variable.get(above, {}).items():
                parameters = _match(pattern, segments, sent)
                if parameters is not None:
                    return resource, parameters
        resource = self._fixed.get("/".join(segments)) if "%2f" not in raw_path.lower() else None
        if resource is None:
            raise Refusal("MISSING_AUTHENTICATION_TOKEN")
        return resource, None

    def _method(self, declared: Json) -> Method:
        """A method; without a validator of its own it has that of the API.

        AWS: x-amazon-apigateway-request-validator property (read 2026-11-26).
        """
        name = declared.get("x-amazon-apigateway-request-validator", self._validator)
        validator = self._validators.get(name, {})
        integration = declared["x-amazon-apigateway-integration"]
        return Method(
            required=_required(declared if validator.get("validateRequestParameters") else {}),
            model=self._model(declared if validator.get("validateRequestBody") else {}),
            mock=_mock(integration) if integration["type"] == "mock" else None,
            seconds=integration.get("timeoutInMillis", INTEGRATION_SECONDS * 1000) / 1000,
            demand=self._demand(declared.get("security", ())),
        )

    def _demand(self, security: Sequence[Mapping[str, Sequence[str]]]) -> Demand | None:
        """API Gateway asks for all that any requirement names. Raises KeyError for an unknown
        scheme: API Gateway would leave the method open."""
        scopes: dict[str, set[str]] = {}
        for requirement in security:
            for name, each in requirement.items():
                caller = _CALLERS[self._schemes[name].get("x-amazon-apigateway-authtype")]
                scopes.setdefault(caller, set()).update(each)
        if not scopes:
            return None
        asked = frozenset(scopes["person"]) if "person" in scopes else None
        return Demand(asked, "service" in scopes, "application" in scopes)

    def _model(self, declared: Json) -> jsonschema_rs.Draft4Validator | None:
        content = declared.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        schema = content["application/json"]["schema"]
        components = {"schemas": reached(schema, self._models.get)}
        return jsonschema_rs.Draft4Validator(
            {"allOf": [schema], "components": components}, validate_formats=False
        )


_CALLERS = {"cognito_user_pools": "person", "awsSigv4": "service", None: "application"}
"""By the type of a scheme's authorizer. AWS: x-amazon-apigateway-authtype property (read
2026-11-26).
"""


def one_slash(path: str) -> str:
    """The path with a single leading slash."""
    return "/" + path.lstrip("/") if path.startswith("//") else path


def _pattern(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _match(pattern: tuple[str, ...], segments: list[str], sent: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    parameters = {}
    for expected, segment, raw in zip(pattern, segments, sent, strict=True):
        if expected.startswith("{") and segment:
            parameters[expected[1:-1]] = raw
        elif expected != segment:
            return None
    return parameters


def _required(declared: Json) -> dict[str, tuple[str, ...]]:
    """The required parameters by location; those of the path are always there."""
    return {
        place: tuple(
            each["name"]
            for each in declared.get("parameters", ())
            if each["in"] == place and each.get("required")
        )
        for place in ("query", "header")
    }


def _mock(integration: Json) -> Mock:
    """The default response, with its header mappings; the status is the template's."""
    response = integration["responses"]["default"]
    headers = mapped_headers(response["responseParameters"], "method.response.header.")
    templates = frozenset(integration["requestTemplates"])
    return Mock(templates, Reply(int(response["statusCode"]), headers, b""))


# -- the body ----------------------------------------------------------------------------------


def _media_type(values: Sequence[str]) -> str:
    return values[-1].partition(";")[0].strip().lower() if values else ""


def _is_json(content_type: Sequence[str]) -> bool:
    """Whether a body is JSON, which API Gateway assumes without a Content-Type."""
    return _media_type(content_type) in ("", "application/json")


def _validate_body(model: jsonschema_rs.Draft4Validator, body: bytes) -> None:
    """Raise Refusal for a body that the model refuses.

    A body larger than the service accepts passes: the service reports its size, and checking
    10 MB would keep everybody else waiting for a second or more.
    """
    if len(body) > MAX_BODY_BYTES:
        return
    try:
        value = json.loads(body) if body else None
    except (ValueError, RecursionError):
        raise Refusal("BAD_REQUEST_BODY", "[the body is not JSON]") from None
    try:
        if model.is_valid(value):
            return
        texts = list(_texts(list(islice(model.iter_errors(value), _MOST_TEXTS))))
    except (
        ValueError,
        TypeError,
    ):  # too deep, or a lone surrogate: the service explains it better
        return
    raise Refusal("BAD_REQUEST_BODY", f"[{', '.join(texts)}]")


_MOST_TEXTS = 20


def _texts(errors: list[jsonschema_rs.ValidationError]) -> Iterator[str]:
    """One message a fault, and one for all that an object lacks, as json-schema-validator does."""
    lacking: dict[tuple[str | int, ...], list[str]] = {}
    for error in errors:
        if error.schema_path[-1] == "required":
            lacking.setdefault(tuple(error.instance_path), []).append(
                error.kind.as_dict()["property"]
            )
        else:
            yield _text(error)
    for names in lacking.values():
        told = ",".join(map(_q, sorted(names)))
        yield f"object has missing required properties ([{told}])"


def _text(error: jsonschema_rs.ValidationError) -> str:
    """What API Gateway's own validator says, as far as public responses show it.

    It names properties, but not their location; values are left out here.
    """
    keyword = str(error.schema_path[-1])
    facts = error.kind.as_dict()
    if keyword in _TEXTS:
        return _TEXTS[keyword](facts)
    return f"instance failed to match {keyword}"


_TEXTS: dict[str, Callable[[Json], str]] = {
    "oneOf": lambda _: "instance failed to match exactly one schema (matched 0 out of 2)",
    "additionalProperties": lambda facts: (
        "object instance has properties which are not allowed by the schema:"
        f" [{', '.join(map(_q, facts['unexpected'][:20]))}]"
    ),
    "type": lambda facts: (
        "instance type does not match any allowed primitive type"
        f" (allowed: [{', '.join(map(_q, facts['types']))}])"
    ),
    "enum": lambda facts: (
        f"instance value not found in enum (possible values: {json.dumps(facts['options'])})"
    ),
    "minLength": lambda facts: f"string is too short (required minimum: {facts['limit']})",
    "maxLength": lambda facts: f"string is too long (maximum allowed: {facts['limit']})",
    "pattern": lambda facts: f"ECMA 262 regex {_q(facts['pattern'])} does not match input string",
    "minimum": lambda facts: (
        f"numeric instance is lower than the required minimum (minimum: {facts['limit']})"
    ),
    "maximum": lambda facts: (
        f"numeric instance is greater than the required maximum (maximum: {facts['limit']})"
    ),
}


def _q(text: Any) -> str:
    return json.dumps(str(text))
