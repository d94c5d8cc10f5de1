"""Problems (RFC 9457) as the responses to all errors."""

from infra.complete.draft import Draft, Mapping, put_behind
from infra.complete.notices import Notice
from service.contract.document import ContractError, Document
from service.contract.model import Operation
from service.contract.schemas import schema_at
from service.contract.view import view
from service.problems import KINDS, sample

PROBLEM_JSON = "application/problem+json"

_PROBLEM: Mapping = {
    "description": "An error as RFC 9457 describes it",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "description": "Names the kind of problem",
            "type": "string",
            "format": "uri",
            "maxLength": 200,
        },
        "title": {
            "description": "The kind of problem in words",
            "type": "string",
            "maxLength": 200,
        },
        "status": {
            "description": "The status code of this answer",
            "type": "integer",
            "format": "int32",
            "minimum": 400,
            "maximum": 599,
        },
        "detail": {
            "description": "What is wrong with this very request, and what to do",
            "type": "string",
        },
        "errors": {
            "description": "Every fault of a request that breaks the contract",
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {
                        "description": "What is wrong",
                        "type": "string",
                        "maxLength": 500,
                    },
                    "pointer": {
                        "description": "The place in the body, an RFC 6901 JSON Pointer",
                        "type": "string",
                        "maxLength": 2000,
                    },
                    "part": {
                        "description": "The part of the request",
                        "type": "string",
                        "enum": ["path", "query", "header"],
                    },
                    "name": {
                        "description": "The name of the parameter",
                        "type": "string",
                        "maxLength": 500,
                    },
                },
            },
        },
    },
}


def describe_problems(draft: Draft, row: Operation, _: ContractError) -> None:
    """Give every error of an operation a problem, and add a `default` for undescribed ones."""
    responses: Mapping = draft.operation(row).setdefault("responses", {})
    if any(_key(str(status), responses) is None for status in row.problems):
        responses["default"] = draft.shared("responses", "Problem", _any_problem(draft))
    for key in responses:
        if key[0] in "45" or key == "default":
            _describe(draft, responses, key)


def _key(status: str, responses: Mapping) -> str | None:
    """The key that describes an error with this status."""
    return next((key for key in (status, f"{status[0]}XX", "default") if key in responses), None)


def _describe(draft: Draft, responses: Mapping, key: str) -> None:
    response = draft.resolved(responses[key])
    content = response.get("content", {})
    statuses = (int(key),) if key.isdigit() else _SAMPLES.get(key, (400, 404, 500))
    if list(content) == [PROBLEM_JSON] and _takes(draft, content[PROBLEM_JSON], statuses):
        return
    if content:
        draft.notices[Notice.ERROR_CONTENT] += 1
    if "$ref" in responses[key] and _answers_success_too(draft, responses[key]["$ref"]):
        response = {"description": response.get("description", "An error")}
        responses[key] = response
    more = {"content": _content(draft)}
    if "content" in response:
        response.update(more)
    else:
        put_behind(response, ("description", "headers"), more)


_SAMPLES = {"4XX": (400, 404), "5XX": (500, 503)}


def _takes(draft: Draft, media_type: Mapping, statuses: tuple[int, ...]) -> bool:
    """Whether the schema of some content allows the problems that are sent."""
    if "schema" not in media_type:
        return False
    if media_type["schema"] == draft.problem:
        return True
    alone = {"openapi": draft.data["openapi"], "components": draft.data.get("components", {})}
    alone |= {"paths": {"/": {"get": {"schema": media_type["schema"]}}}}
    try:
        schema = schema_at(view(Document(alone)), ("paths", "/", "get", "schema"))
    except ContractError:
        return False
    return all(schema.accepts(_sample(status)) for status in statuses)


def _sample(status: int) -> Mapping:
    """A problem with this status, which a function may raise if no rule does."""
    if any(kind.status == status for kind in KINDS):
        return sample(status)
    return sample(500) | {"status": status}


def _answers_success_too(draft: Draft, reference: str) -> bool:
    return any(place[-1].startswith(("1", "2", "3")) for place in draft.references(reference))


def _any_problem(draft: Draft) -> Mapping:
    return {"description": "Any problem, as RFC 9457 describes it", "content": _content(draft)}


def _content(draft: Draft) -> Mapping:
    def fits(schema: Mapping) -> bool:
        return schema == _PROBLEM or _takes(draft, {"schema": schema}, (400, 404, 500))

    if draft.problem is None:
        draft.problem = draft.shared("schemas", "Problem", _PROBLEM, fits)
    return {PROBLEM_JSON: {"schema": dict(draft.problem)}}
