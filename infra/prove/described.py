"""Described: whether a response is one that the contract describes."""

from infra.prove.exchanges import Answer, Broken
from service.contract.document import Document, Place
from service.contract.model import Operation
from service.contract.schemas import schema_at

_PROBLEM = "application/problem+json"


def hold(document: Document, operation: Operation, answer: Answer, *, head: bool = False) -> None:
    """Check a response against the contract's description of its status, media type and content.

    Raises Broken.
    """
    place = _response(document, operation, answer.status)
    if place is None:
        raise Broken(
            f"{operation.id}: undescribed",
            f"The contract describes no response {answer.status} of {operation.id}.",
        )
    content = document.at(place).get("content", {})
    if head or not answer.body:
        return
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    spelled = next((each for each in content if _names(each, media_type)), None)
    if spelled is None:
        raise Broken(
            f"{operation.id}: media type",
            f"The response {answer.status} is {media_type or 'of no media type'}, which the"
            f" contract does not describe for {operation.id}.",
        )
    _hold_content(document, operation, answer, (*place, "content", spelled, "schema"))
    if media_type == _PROBLEM and answer.json.get("status", answer.status) != answer.status:
        raise Broken(
            f"{operation.id}: problem",
            f"The problem says status {answer.json['status']}, the response {answer.status}.",
        )


def _hold_content(document: Document, operation: Operation, answer: Answer, place: Place) -> None:
    try:
        value = answer.json
    except ValueError:
        raise Broken(f"{operation.id}: JSON", "The body of the response is not JSON.") from None
    faults = schema_at(document, place).faults(value)
    if faults:
        first = faults[0]
        raise Broken(
            f"{operation.id}: schema",
            f"The response {answer.status} breaks its schema: {first.pointer or 'the whole'}"
            f" {first.detail}.",
        )


def _response(document: Document, operation: Operation, status: int) -> Place | None:
    """A pointer to the description of a response: under its status, its class, or `default`."""
    responses: Place = (*operation.place, "responses")
    described = document.at(responses)
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in described:
            return document.resolve((*responses, key))[0]
    return None


def _names(described: str, media_type: str) -> bool:
    """Whether a media type or range of a contract includes a media type (RFC 9110, 12.5.1)."""
    plain = described.partition(";")[0].strip().lower()
    return plain in (media_type, "*/*") or (
        plain.endswith("/*") and media_type.startswith(plain[:-1])
    )
