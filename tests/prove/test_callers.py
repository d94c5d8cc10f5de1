"""Two people call: neither sees what the other has, and nobody is let in."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from infra.prove.exchanges import NOBODY, Answer, Request
from service.stores.sqlite import SQLiteStore
from tests.commands import call
from tests.contracts import SIGNED_IN, load
from tests.people import Door
from tests.prove.deployments import proven, sender
from tests.servers import serve

CONTRACT = load(SIGNED_IN)
PEOPLE = ("ann", "bob")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "items.db", CONTRACT.filters)) as store:
        yield store


def test_two_people_with_items_of_their_own_are_proven(store: SQLiteStore) -> None:
    outcome = proven(CONTRACT, sender(CONTRACT, store, PEOPLE), callers=2)
    assert outcome.fault is None, outcome.fault and outcome.fault.script
    assert outcome.skipped == []


def test_one_who_sees_what_another_has_is_a_fault(store: SQLiteStore) -> None:
    send = sender(CONTRACT, store, ("ann", "ann"))
    outcome = proven(CONTRACT, send, requests=200_000, shrinking=5, callers=2)
    assert outcome.fault is not None
    assert "$TOKEN2" in outcome.fault.script


def test_nobody_who_is_let_in_is_a_fault(store: SQLiteStore) -> None:
    signed = sender(CONTRACT, store, PEOPLE)

    def open_to_all(request: Request) -> Answer | None:
        return signed(replace(request, caller=0) if request.caller == NOBODY else request)

    outcome = proven(CONTRACT, open_to_all, requests=200_000, shrinking=0, callers=2)
    assert outcome.fault is not None
    assert "expected 401" in outcome.fault.reason


def test_without_somebody_who_calls_nothing_is_proven(store: SQLiteStore) -> None:
    outcome = proven(CONTRACT, sender(CONTRACT, store, PEOPLE))
    assert not outcome.is_kept
    assert "--as NAME=ENVVAR" in outcome.skipped[0]


def test_tokens_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SIGNED_IN) as server:
        line = server.get("/config.js").body.decode().splitlines()[1]
        told = json.loads(line.removeprefix("export const signIn = ").rstrip(";"))
        door = Door(server.url, told["client"], told["discovery"])
        for name in PEOPLE:
            monkeypatch.setenv(name.upper(), door.signed_in(name)["access_token"])
        ended = call(
            *("prove", server.url, "--contract", SIGNED_IN, "--seconds", "0"),
            *("--as", "ann=ANN", "--as", "bob=BOB"),
            cwd=tmp_path,
        )
    assert ended.returncode == 0, ended.stdout


def test_a_variable_that_is_not_there_is_told(tmp_path: Path) -> None:
    ended = call(
        *("prove", "http://127.0.0.1:9", "--contract", SIGNED_IN, "--as", "ann=NO_SUCH_TOKEN"),
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    assert "NO_SUCH_TOKEN" in ended.stderr
