"""The headers that keep one change from undoing another, added where they are obeyed.

RFC 9110, 13 (preconditions); draft-ietf-httpapi-idempotency-key-header.
"""

from infra.complete.draft import Draft, Mapping, put_behind
from service.contract.model import Operation
from service.contract.rules import OBEYED, Rule

_TAGS = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": "^[!-~]([ -~]*[!-~])?$"}
_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_PARAMETERS: dict[str, tuple[str, str, Mapping]] = {
    "If-Match": (
        "IfMatch",
        "The `ETag` of the version to change; with any other the answer is 412",
        _TAGS,
    ),
    "If-None-Match": (
        "IfNoneMatch",
        "An `ETag` already known; if it is still the one, the answer is an empty 304",
        _TAGS,
    ),
    "Idempotency-Key": (
        "IdempotencyKey",
        "A fresh random string for each new item: the same request with the same key never makes"
        " a second one",
        _KEY,
    ),
}
_ETAG: Mapping = {
    "description": "Names this version of the item",
    "schema": {"type": "string", "maxLength": 100},
}


def describe_preconditions(draft: Draft, row: Operation) -> None:
    """Describe the headers that a rule obeys and sends, if the contract does not."""
    if row.rule is None or row.objections:
        return
    wanted = {"If-None-Match"} if row.rule is Rule.GET else {"If-Match", "Idempotency-Key"}
    named = {each["name"].lower() for each in draft.parameters(row) if each["in"] == "header"}
    for header in OBEYED[row.rule]:
        if header in wanted and header.lower() not in named:
            name, description, schema = _PARAMETERS[header]
            parameter = {"name": header, "in": "header", "description": description}
            reference = draft.shared("parameters", name, {**parameter, "schema": schema})
            draft.add_parameter(row, reference)
    if row.rule not in (Rule.LIST, Rule.DELETE):
        _answer_tag(draft, draft.success(row))
    if row.rule is Rule.GET:
        _answer_unchanged(draft, row)


def _answer_tag(draft: Draft, response: Mapping) -> None:
    headers = response.get("headers", {})
    if not any(name.lower() == "etag" for name in headers):
        if not headers:
            put_behind(response, ("description",), {"headers": headers})
        headers["ETag"] = draft.shared("headers", "ETag", _ETAG)


def _answer_unchanged(draft: Draft, row: Operation) -> None:
    responses = draft.operation(row)["responses"]
    if "304" not in responses:
        response: Mapping = {"description": "Still the version that `If-None-Match` names"}
        put_behind(responses, (row.success,), {"304": response})
        _answer_tag(draft, response)
