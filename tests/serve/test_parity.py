"""The corpus of parity, sent over the wire: the local server is as API Gateway is said to be."""

import pytest

from infra.aws.account import StackError
from infra.parity import Outcome, asked, told
from tests.contracts import TODOS, load
from tests.servers import Server


def test_the_local_server_holds_every_claim(server: Server) -> None:
    outcomes = asked(server.url, load(TODOS))
    assert [each for each in outcomes if each.differences] == []
    assert told(outcomes) == f"{len(outcomes)} of {len(outcomes)} claims hold.\n"


def test_what_does_not_hold_is_told_with_its_source() -> None:
    outcomes = [
        Outcome("It is so.", "recorded 2024-07-23: a_test", "GET /x", ["status 403, not 404"]),
        Outcome("It may be so.", "", "GET /y", ["status 500, not 200"]),
        Outcome("It is.", "", "GET /z", []),
    ]
    assert told(outcomes).splitlines() == [
        "DIFFERS  It is so.",
        "         GET /x",
        "         status 403, not 404",
        "         recorded 2024-07-23: a_test",
        "DIFFERS  It may be so.",
        "         GET /y",
        "         status 500, not 200",
        "         No source.",
        "1 of 3 claims hold.",
    ]


def test_an_api_that_does_not_answer_is_told_with_the_remedy() -> None:
    with pytest.raises(StackError, match="Check that the stage is up"):
        asked("http://127.0.0.1:1", load(TODOS))
