"""Calls: the requests of one history to an API, and checks that each response must pass."""

import time
from dataclasses import dataclass
from typing import NoReturn

from infra.prove import described
from infra.prove.connection import Patient, without_body
from infra.prove.exchanges import Answer, Broken, Exchange, Request
from infra.prove.subjects import KEY
from service.contract.document import Document
from service.contract.model import Operation


@dataclass(frozen=True)
class Settings:
    """How strict a proof is, and how patient."""

    contract_only: bool = False
    settle: float = 0.0
    """Seconds after which a list shows every write, and by which clocks may differ."""


class Calls:
    """Calls operations, and records the exchanges. `nonce` makes its keys unique."""

    def __init__(self, api: Patient, document: Document, settings: Settings, nonce: str) -> None:
        self.api = api
        self.document = document
        self.settings = settings
        self.nonce = nonce
        self.exchanges: list[Exchange] = []

    def answered(
        self, operation: Operation, request: Request, *, repeats: bool = False
    ) -> Answer | None:
        """A response that the contract describes; None if the outcome is unknown.

        With `repeats`, the request is harmless when repeated. Raises Broken, Unreachable.
        """
        answer = self.api.certainly(request) if repeats else self.api.answered(request)
        self.exchanges.append(Exchange(request, answer))
        if answer is not None:
            described.hold(self.document, operation, answer)
        return answer

    def now(self) -> float:
        """The time, on the clock that responses are timed with."""
        return time.monotonic()

    def expect(self, operation: Operation, answer: Answer, due: int | set[int], why: str) -> None:
        allowed = {due} if isinstance(due, int) else due
        if answer.status not in allowed:
            wanted = " or ".join(map(str, sorted(allowed)))
            broken(
                operation,
                "status",
                f"The status is {answer.status}; expected {wanted}, because {why}.",
            )

    def expect_refusal(self, operation: Operation, answer: Answer) -> None:
        due = {400, 413, 422} if self.settings.contract_only else {400}
        self.expect(operation, answer, due, "the body breaks the contract")

    def head(self, operation: Operation, request: Request, got: Answer, *, exact: bool) -> None:
        """HEAD is GET without content (RFC 9110, 9.3.2). `exact` if nothing can have changed."""
        request = without_body(request)
        answer = self.api.answered(request)
        if answer is None:
            return
        self.exchanges.append(Exchange(request, answer))
        if answer.status != got.status or answer.body:
            reason = f"HEAD returns {answer.status} with {len(answer.body)} bytes"
            broken(operation, "HEAD", f"{reason}, and GET {got.status}.")
        for name in ("etag", "content-type") if exact else ():
            if answer.headers.get(name) != got.headers.get(name):
                broken(operation, "HEAD", f"HEAD returns another {name} than GET.")
        length = answer.headers.get("content-length")
        # API Gateway counts the bytes that it received, which are none.
        if exact and got.body and length not in (None, "0", str(len(got.body))):
            broken(operation, "HEAD", "HEAD has a different Content-Length from GET.")

    def needed(self, operation: Operation) -> dict[str, str]:
        """The headers that an operation requires, whatever they mean."""
        return {
            each.name: f"{self.nonce}-needed-{len(self.exchanges)}" if each.name == KEY else "*"
            for each in operation.parameters
            if each.place == "header" and each.required
        }


def broken(operation: Operation, what: str, reason: str) -> NoReturn:
    raise Broken(f"{operation.id}: {what}", reason)
