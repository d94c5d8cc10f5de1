"""Walks through lists, page by page, while others write."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.prove.calls import Calls, Settings
from infra.prove.connection import Patient
from infra.prove.exchanges import Broken, Request
from infra.prove.journal import Journal
from infra.prove.play import Play
from infra.prove.steps import Step
from infra.prove.subjects import subjects
from service.stores import Page, Position, Scalar, Scope
from service.stores.sqlite import SQLiteStore
from tests.contracts import TODOS, load
from tests.prove.deployments import URL, deployed


class BeginsAnew(SQLiteStore):
    """Whatever page is asked for, answers with the first."""

    def list(
        self,
        scope: Scope,
        filters: Mapping[str, Scalar],
        limit: int,
        after: Position | None,  # noqa: ARG002 - that is the fault
    ) -> Page:
        return super().list(scope, filters, limit, None)


def test_a_walk_among_the_items_of_others_ends_where_a_page_leads_back(tmp_path: Path) -> None:
    contract = load(TODOS)
    with deployed(contract, tmp_path / "items.db", BeginsAnew) as send:
        for _ in range(2):
            send(Request("POST", "/todos", {"content-type": "application/json"}, b'{"title":"1"}'))
        calls = Calls(Patient(send), contract.document, Settings(), "nonce")
        play = Play(calls, list(subjects(contract)), contract.filters, Journal(None, URL))
        with pytest.raises(Broken, match="leads back"):
            play.run([Step("turn", "todos", "listTodos", limit=1)] * 3)
