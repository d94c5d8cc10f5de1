"""The rules: what a method on a path of a collection means, and what comes with it.

    rule      method   on        success        content      obeys
    list      GET      /books    200            a page
    create    POST     /books    200 201 204    the item     Idempotency-Key
    get       GET      /books/7  200            the item     If-Match, If-None-Match
    replace   PUT      /books/7  200 201 204    the item     If-Match, If-None-Match
    merge     PUT      /books/7  200 201 204    the item     If-Match, If-None-Match
    merge     PATCH    /books/7  200 201 204    the item     If-Match, If-None-Match
    delete    DELETE   /books/7  200 202 204    none         If-Match, If-None-Match

An operation states one of these successes and returns that one. Where the content is the item, a
contract may show only some of its properties, or nothing at all. A PUT replaces if it takes what
create takes (RFC 9110, 9.3.4); any other PUT keeps what it is not sent.

An operation without a rule needs a function.
"""

from collections.abc import Iterator
from enum import Enum


class Rule(Enum):
    """What answers an operation that has no function."""

    LIST = "list"
    CREATE = "create"
    GET = "get"
    REPLACE = "replace"
    MERGE = "merge"
    DELETE = "delete"

    @property
    def of_item(self) -> bool:
        """Whether its path identifies one item."""
        return self not in (Rule.LIST, Rule.CREATE)

    @property
    def updates(self) -> bool:
        return self in (Rule.REPLACE, Rule.MERGE)


_PRECONDITIONS = ("If-Match", "If-None-Match")

OBEYED: dict[Rule | None, tuple[str, ...]] = {
    **dict.fromkeys(Rule, _PRECONDITIONS),
    Rule.LIST: (),
    Rule.CREATE: ("Idempotency-Key",),
    None: (),
}
"""The request headers that a rule obeys, whether the contract names them or not.

Preconditions have to be evaluated (RFC 9110, 13.1).
"""

SUCCESSES: dict[Rule, tuple[str, ...]] = {
    Rule.LIST: ("200",),
    Rule.CREATE: ("201", "200", "204"),
    Rule.GET: ("200",),
    Rule.REPLACE: ("200", "201", "204"),
    Rule.MERGE: ("200", "201", "204"),
    Rule.DELETE: ("204", "200", "202"),
}
"""The statuses of which an operation states exactly one, the usual one first."""

POSITIONS: dict[tuple[str, bool], Rule] = {
    ("get", False): Rule.LIST,
    ("post", False): Rule.CREATE,
    ("get", True): Rule.GET,
    ("put", True): Rule.MERGE,
    ("patch", True): Rule.MERGE,
    ("delete", True): Rule.DELETE,
}
"""By method, and whether the path identifies one item; a PUT may turn out to replace."""


def problems(
    *, path: bool, body: bool, headers: tuple[str, ...], closed: bool = False, person: bool = False
) -> Iterator[int]:
    """The statuses of the problems that an operation may return. They depend on whether its path
    has a parameter, whether it takes a body, the headers that it obeys, whether it is closed to
    strangers, and whether it asks for a person."""
    yield 400
    if person:
        yield 401
    if closed:
        yield 403
    if path:
        yield 404
    yield 405
    if "If-Match" in headers:
        yield 412
    if body:
        yield from (413, 415)
    if "Idempotency-Key" in headers:
        yield 422
    yield from (429, 500, 503)
