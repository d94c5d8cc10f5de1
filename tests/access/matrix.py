"""The matrix as it is: each request is sent, and what came back is held against the table."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from service.contract.model import Contract, Operation
from tests.access.table import Row, Sender, rows
from tests.contracts import load
from tests.service.test_enforcement import value_of

NOWHERE = {True: "4711", False: "11111111-1111-4111-8111-111111111111"}
"""An id that no item has, by whether ids are integers."""

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
SENT: tuple[Mapping[str, str], ...] = (NO_HEADERS, {"If-Match": "*"}, {"If-None-Match": '"x"'})
"""Headers that come with a request for an item."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Door(Protocol):
    """Where requests go in, with what proves who sends them."""

    def send(
        self,
        sender: Sender,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Reply: ...


@dataclass(frozen=True)
class Cell:
    """One request of the matrix, and how it ended."""

    row: Row
    sender: Sender
    whose: str
    expected: str
    got: str

    @property
    def is_unexpected(self) -> bool:
        return self.got != self.expected

    def __str__(self) -> str:
        what = f"{self.row.method.upper()} {self.row.path} by {self.sender.name}"
        key = f" with a {self.sender.key} key" if self.sender.key else ""
        return f"{what}{key}, {self.whose or 'no'} item: {self.got}, not {self.expected}"


class Matrix:
    """Of one contract; `makers` may create everything, one a kind of caller."""

    def __init__(
        self,
        path: Path,
        door: Door,
        expected: Callable[[Row, Sender, str], str],
        makers: Mapping[str, Sender],
    ) -> None:
        self.contract: Contract = load(path)
        self.rows = rows(path)
        self.door = door
        self.expected = expected
        self.makers = makers
        self.made: set[str] = set()
        """Ids of items that the makers have."""
        self.bodies = {
            (each.path, each.method): sample_body(self.contract, each)
            for each in self.contract.operations.values()
        }

    def unexpected(self, senders: Iterable[Sender], rows: Iterable[Row] | None = None) -> list[str]:
        cells = self.cells(senders, self.rows if rows is None else rows)
        return [str(each) for each in cells if each.is_unexpected]

    def cells(self, senders: Iterable[Sender], rows: Iterable[Row]) -> Iterator[Cell]:
        senders = list(senders)
        for row in rows:
            for sender in senders:
                yield self._cell(row, sender)

    def unexpected_alone(self, senders: Iterable[Sender], rows: Iterable[Row]) -> list[str]:
        """The same of senders who are refused before anybody looks for an item: none is made."""
        senders = list(senders)
        return [
            str(cell)
            for row in rows
            for sender in senders
            if (cell := self._cell(row, sender, with_item=False)).is_unexpected
        ]

    def _cell(self, row: Row, sender: Sender, *, with_item: bool = True) -> Cell:
        """An item is made for each: the request may be its end."""
        maker = self.makers["service" if self._is_of_services(row) else "person"]
        target = self._target(row, maker) if with_item else _nowhere(row)
        whose = ""
        if row.of_item and row.owned:
            whose = "own" if sender.owner == maker.owner else "another"
        reply = self._sent(row, sender, target)
        expected = self.expected(row, sender, whose)
        got = "2xx" if 200 <= reply.status < 300 else str(reply.status)
        if expected == got == "404":
            got = self._told_apart(row, sender, target) or got
        if row.owned and sender.owner != maker.owner and self._shows_anothers(reply):
            got = f"{got}, with what is another's"
        if row.method == "head" and reply.body:
            got = f"{got}, with a body"
        if not 200 <= reply.status < 300 and row.method != "head" and not is_problem(reply):
            got = f"{got}, which is no problem"
        if reply.headers.get("access-control-allow-origin") != "*":
            got = f"{got}, which no page may read"
        if got == "401" and reply.headers.get("www-authenticate") != "Bearer":
            got = f"{got}, without WWW-Authenticate"
        return Cell(row, sender, whose, expected, got)

    def _sent(
        self, row: Row, sender: Sender, target: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        kind, body = self.bodies.get((row.path, row.method), ("", None))
        fields = {**({"Content-Type": kind} if kind else {}), **headers}
        return self.door.send(sender, row.method.upper(), target, body, fields)

    def _is_of_services(self, row: Row) -> bool:
        return any(each.service for each in self.rows if each.path == self._list_path(row))

    def _list_path(self, row: Row) -> str:
        return row.path.partition("/{")[0]

    def _target(self, row: Row, maker: Sender) -> str:
        """The path with the id of an item in it, or that of a list with an item in it."""
        path = self._list_path(row)
        create = [each for each in self.rows if (each.path, each.method) == (path, "post")]
        id = "1"
        if create and create[0].id and path.removeprefix("/") in self.contract.collections:
            made = self._sent(create[0], maker, path)
            assert 200 <= made.status < 300, (create, made)
            id = made.headers["location"].rpartition("/")[2]
            self.made.add(id)
        return re.sub(r"\{[^{}]+\}", id, row.path)

    def _shows_anothers(self, reply: Reply) -> bool:
        text = reply.body.decode() + str(reply.headers)
        return any(id in text for id in self.made)

    def _told_apart(self, row: Row, sender: Sender, target: str) -> str:
        """What tells another's item from none, whatever is sent along; nothing should."""
        collection = self.contract.collections[self._list_path(row).removeprefix("/")]
        id = target.removeprefix(f"{collection.path}/").partition("/")[0]
        nowhere = target.replace(id, NOWHERE[collection.integer_ids])
        for headers in SENT:
            hers, none = (self._sent(row, sender, each, headers) for each in (target, nowhere))
            if hers != none:
                return f"404 that differs from that of none, with {headers}"
        return ""


def _nowhere(row: Row) -> str:
    return re.sub(r"\{[^{}]+\}", NOWHERE[False], row.path)


def is_problem(reply: Reply) -> bool:
    return (
        reply.headers.get("content-type") == "application/problem+json"
        and json.loads(reply.body)["status"] == reply.status
    )


def sample_body(contract: Contract, operation: Operation) -> tuple[str, bytes | None]:
    """The media type that a request is sent with, and a body that satisfies its schema."""
    for media_type, place in operation.body_places.items():
        return media_type, json.dumps(value_of(contract.document, place)).encode()
    return "", None
