"""This service: its handler over a stub of a store, and as it is in Lambda.

It writes its log line: one a request is part of what it does.
"""
# ruff: noqa: ARG002 - the arguments are the protocol's

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.application import create_app
from service.contract.derivation import derive
from service.contract.document import read
from service.proxy import create_handler
from service.stores import Item, ItemMissing, Page, Position, Scalar, Scope, Values
from tests.benchmarks.cases import MISSING_ID, PAGE, TODO, Handler

_ITEM = Item(TODO, "pMVLTQVC7hVdDbLSXqN7WQ")


def stubbed() -> Handler:
    contract = derive(read(Path(os.environ["CONTRACT"])))
    return create_handler(create_app(contract, StubStore()))


def whole() -> Handler:
    from service.lambda_function import handler  # builds all of it, as in Lambda

    return handler


class StubStore:
    """Answers at no cost."""

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        return Item(values, token)

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        return None

    def get(self, scope: Scope, id: str) -> Item:
        if id == MISSING_ID:
            raise ItemMissing(id)
        return _ITEM

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        return _ITEM

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        pass

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        return Page([_ITEM] * PAGE, None)
