"""Problems (RFC 9457): every error that a caller can see, and which failure becomes which.

    Problem
    ├── NoSuchPath              404   the contract has no such path
    ├── MethodNotAllowed        405   the contract has the path, but not the method
    ├── InvalidRequest          400   the request breaks the contract; names every fault
    ├── ContentTooLarge         413   the body is over the limit
    ├── UnsupportedMediaType    415   the body is not plain JSON in UTF-8
    ├── Forbidden               403   the caller may not do this
    └── IdTaken                 422   an idempotency key cannot have its integer id

The store's facts (`service.stores`) become problems here as well; any other exception is a
fault of ours, of which callers learn only that it is a 500.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from service.stores import ItemMissing, ItemTooLarge, KeyReused, StoreUnavailable, TokenStale

MAX_BODY_BYTES = 65_536
RETRY_AFTER_SECONDS = 1


class Kind(NamedTuple):
    """A type of problem; `detail` is its text unless a problem has its own."""

    name: str
    status: int
    title: str
    detail: str


INVALID_REQUEST = Kind(
    "invalid-request", 400, "The request breaks the contract", "See errors for every fault."
)
UNAUTHORIZED = Kind(
    "unauthorized", 401, "Nobody is signed in", "Sign in, and send the token as Authorization."
)
FORBIDDEN = Kind(
    "forbidden", 403, "This is not allowed", "The credentials sent do not allow this request."
)
NO_SUCH_PATH = Kind(
    "no-such-path", 404, "There is no such path", "The contract of this API knows no such path."
)
ITEM_NOT_FOUND = Kind(
    "item-not-found",
    404,
    "There is no such item",
    "Nothing is kept under this id; it may have been deleted.",
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", 405, "The method is not allowed", "This path answers other methods."
)
PRECONDITION_FAILED = Kind(
    "precondition-failed",
    412,
    "The item is in another version",
    "It is not one that If-Match names, or it is one that If-None-Match names."
    " Get it again, and decide by what is there now.",
)
CONTENT_TOO_LARGE = Kind(
    "content-too-large",
    413,
    "The body is too large",
    f"A body may have at most {MAX_BODY_BYTES} bytes.",
)
ITEM_TOO_LARGE = Kind(
    "item-too-large",
    413,
    "The item is too large",
    "It would have more than 400 KB as DynamoDB counts them. Nothing was changed.",
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    "unsupported-media-type",
    415,
    "The body has the wrong media type",
    "Send the body as application/json in UTF-8.",
)
KEY_REUSED = Kind(
    "idempotency-key-reused",
    422,
    "The idempotency key belongs to another request",
    "Use a fresh Idempotency-Key for a new request, or send the first request unchanged.",
)
TOO_MANY_REQUESTS = Kind(
    "too-many-requests", 429, "Too many requests", "Slow down, and try again in a moment."
)
INTERNAL_ERROR = Kind(
    "internal-error",
    500,
    "The service failed",
    "This is not your fault. Trying again may help.",
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    "The service is unavailable",
    "Nothing is known to be changed. Try again in a moment.",
)
KINDS = (
    INVALID_REQUEST, UNAUTHORIZED, FORBIDDEN, ITEM_NOT_FOUND, NO_SUCH_PATH, METHOD_NOT_ALLOWED,
    PRECONDITION_FAILED, CONTENT_TOO_LARGE, ITEM_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, KEY_REUSED,
    TOO_MANY_REQUESTS, INTERNAL_ERROR, UNAVAILABLE,
)  # fmt: skip
CLOSED = (UNAUTHORIZED, FORBIDDEN)
"""The problems of operations that ask who calls."""


class Problem(Exception):
    """A request that ends in an error."""

    kind: Kind = INTERNAL_ERROR

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.kind.detail)
        self.detail = detail or self.kind.detail

    @property
    def errors(self) -> Sequence[dict[str, str]]:
        return ()

    @property
    def headers(self) -> dict[str, str]:
        return {}


class NoSuchPath(Problem):
    """The contract has no such path."""

    kind = NO_SUCH_PATH


class MethodNotAllowed(Problem):
    """The path exists, but not with this method (RFC 9110, 15.5.6)."""

    kind = METHOD_NOT_ALLOWED

    def __init__(self, allowed: Sequence[str]) -> None:
        *most, last = allowed
        super().__init__(f"This path answers {', '.join(most) + ' and ' if most else ''}{last}.")
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class InvalidRequest(Problem):
    """The request breaks the contract. `errors` as the Problem schema has them."""

    kind = INVALID_REQUEST

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        first = errors[0]
        nameless = "The query" if "part" in first else "The body"
        where = first.get("pointer", "").lstrip("/") or first.get("name") or nameless
        more = f" And {len(errors) - 1} more." if len(errors) > 1 else ""
        super().__init__(f"{where[:200]}: {first['detail']}.{more}")
        self._errors = errors

    @property
    def errors(self) -> Sequence[dict[str, str]]:
        return self._errors


class ContentTooLarge(Problem):
    """The body is over MAX_BODY_BYTES."""

    kind = CONTENT_TOO_LARGE


class UnsupportedMediaType(Problem):
    """The body is not plain JSON in UTF-8."""

    kind = UNSUPPORTED_MEDIA_TYPE


class Forbidden(Problem):
    """The caller may not do this."""

    kind = FORBIDDEN


class IdTaken(Problem):
    """The integer id that belongs to an idempotency key is taken, perhaps by another item."""

    kind = KEY_REUSED

    def __init__(self) -> None:
        super().__init__(
            "This key was used for another request, or its id is taken. Send another key."
        )


class FunctionFault(Exception):
    """A function broke its contract. The text is logged, and so quotes no value."""


class _OfStore(Problem):
    """A store's fact, as callers see it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        super().__init__()

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(RETRY_AFTER_SECONDS)} if self.kind.status == 503 else {}


_FACTS: dict[type[Exception], Kind] = {
    ItemMissing: ITEM_NOT_FOUND,
    TokenStale: PRECONDITION_FAILED,
    KeyReused: KEY_REUSED,
    ItemTooLarge: ITEM_TOO_LARGE,
    StoreUnavailable: UNAVAILABLE,
}


def problem_of(error: Exception) -> Problem:
    """The problem that callers see for an error of any type."""
    if isinstance(error, Problem):
        return error
    kinds = (_FACTS[each] for each in type(error).__mro__ if each in _FACTS)
    kind = next(kinds, None)  # that of the nearest class
    return _OfStore(kind) if kind else Problem()


def body_of(problem: Problem) -> bytes:
    """The JSON of a problem."""
    return orjson.dumps(members(problem.kind, problem.detail, problem.errors))


def sample(status: int) -> dict[str, Any]:
    """A problem that an operation may return with this status, with all its members."""
    kind = next(kind for kind in KINDS if kind.status == status)
    errors = [
        {"detail": "is required", "pointer": "/name"},
        {"detail": "must be an integer", "part": "query", "name": "limit"},
    ]
    return members(kind, kind.detail, errors if kind is INVALID_REQUEST else ())


def members(kind: Kind, detail: str, errors: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The members of a problem, as the contract's Problem schema has them."""
    found: dict[str, Any] = {
        "type": f"urn:problem-type:{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    return {**found, "errors": errors} if errors else found
