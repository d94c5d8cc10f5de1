"""The access matrix of a stage: each operation by each caller, and whether the function woke.

What is expected comes from the same table as at the local gateway. What this engine does otherwise
than API Gateway, and API Gateway otherwise than the local one, stands in `WOKEN`, and here:

- a refusal has neither a problem nor CORS nor `WWW-Authenticate`, as the engine drops the gateway
  responses of an import document: it is held to be 401 or 403, and not to which of them;
- a preflight is answered with nothing: none is sent;
- it takes a signature for any service, and for HEAD forgets whose it is: none for another service
  than execute-api is sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.access.matrix import sample_body
from tests.access.table import Row, Sender, at_gateway, rows, wakes
from tests.contracts import load
from tests.e2e.cloud import Answer, Cloud

WOKEN = {
    "no scheme": (
        "2xx",
        "API Gateway takes a token without 'Bearer', too, and the local gateway asks for it",
    ),
    "another client": (
        "403",
        "an authorizer of API Gateway knows pools, and no clients: the service refuses it",
    ),
    "a refresh token": (
        "403",
        "the engine's is signed as an access token is; Cognito's is encrypted, and no authorizer"
        " reads it: here the service refuses it",
    ),
}
"""Flaws with which a request wakes the function: what it answers where all else is right, and
why it gets there."""

REFUSED = "refused"

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Caller:
    """A sender, and the headers that prove who it is, for a method, a URL and a body."""

    sender: Sender
    headers: Callable[[str, str, bytes | None], Headers]


def with_headers(sender: Sender, headers: Headers) -> Caller:
    """One who sends always the same."""
    return Caller(sender, lambda *_: headers)


@dataclass
class StageMatrix:
    """Of one contract on one stage; the maker may create items, which is whose they are."""

    cloud: Cloud
    contract: Path
    outputs: Mapping[str, str]
    maker: Caller

    def __post_init__(self) -> None:
        self._invocations = Invocations(self.cloud, self.outputs["FunctionLogGroup"])
        self._rows = rows(self.contract)
        self._requests = {row.id: _request(self.contract, row) for row in self._rows}
        self._item = ""

    def unexpected(self, callers: Iterable[Caller]) -> list[str]:
        """What differs from the table, a line a cell. Cells are asked one after the other."""
        callers = list(callers)
        cells = [(row, caller) for row in self._rows for caller in callers]
        return [text for row, caller in cells if (text := self._difference(row, caller))]

    def _difference(self, row: Row, caller: Caller) -> str:
        expected = self._expected(row, caller.sender)
        answer = self._sent(row, caller, self._url(row))
        got = self._got(answer)
        if got == "2xx" and row.method == "delete":
            self._item = ""
        who = f"{caller.sender.name} {caller.sender.key}".strip()
        return "" if got == expected else f"{row.method} {row.path} by {who}: {got}, not {expected}"

    def _expected(self, row: Row, sender: Sender) -> str:
        """The status where the function answers, and otherwise that the gateway refuses."""
        whose = ""
        if row.of_item and row.owned:
            whose = "own" if sender.owner == self.maker.sender.owner else "another"
        if sender.flaw in WOKEN:
            status = WOKEN[sender.flaw][0]
            return status if row.id else "405"
        return at_gateway(row, sender, whose) if wakes(row, sender) else REFUSED

    def _got(self, answer: Answer) -> str:
        status = "2xx" if 200 <= answer.status < 300 else str(answer.status)
        if self._invocations.are_more():
            return status
        return REFUSED if answer.status in (401, 403) else f"{status}, and the function slept"

    def _url(self, row: Row) -> str:
        """Of the list, or of an item of the maker's, which is made where there is none."""
        every = self.outputs["ApiUrl"] + row.path.partition("/{")[0]
        if row.of_item and not self._item:
            create = next(each for each in self._rows if each.method == "post" and each.id)
            made = self._sent(create, self.maker, every)
            assert self._got(made) == "2xx", made.body
            self._item = f"{every}/{made.json['id']}"
        return self._item if row.of_item else every

    def _sent(self, row: Row, caller: Caller, url: str) -> Answer:
        kind, body = self._requests[row.id] if row.method != "head" else ("", None)
        method = row.method.upper()
        fields = {"Content-Type": kind} if kind else {}
        return self.cloud.send(method, url, body, {**fields, **caller.headers(method, url, body)})


def _request(contract: Path, row: Row) -> tuple[str, bytes | None]:
    """The media type and the body of an operation that nothing is wrong with."""
    known = {each.id: each for each in load(contract).operations.values()}
    return sample_body(load(contract), known[row.id]) if row.id else ("", None)


class Invocations:
    """Those of the function from now on, of each of which the engine itself writes a line, before
    it answers. What the function writes may come later."""

    def __init__(self, cloud: Cloud, group: str) -> None:
        self._logs = cloud.client("logs")
        self._group = group
        self._seen = self._lines()

    def are_more(self) -> bool:
        """Than when it was asked last."""
        before, self._seen = self._seen, self._lines()
        return self._seen > before

    def _lines(self) -> int:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, filterPattern='"START RequestId"'
        )
        return sum(len(page["events"]) for page in pages)
