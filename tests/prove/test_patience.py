"""Nothing is found where an API is slow, busy or far away, but keeps its contract."""

from pathlib import Path

from infra.prove.calls import Settings
from tests.contracts import TODOS, load
from tests.prove.deployments import LateStore, deployed, losing, proven, throttled
from tests.prove.faults import SEEDED

CONTRACT = load(TODOS)


def test_a_list_that_shows_writes_late_is_waited_for(tmp_path: Path) -> None:
    with deployed(CONTRACT, tmp_path / "items.db", LateStore) as send:
        outcome = proven(CONTRACT, send, settings=Settings(settle=600))
    assert outcome.fault is None
    assert outcome.lag > 0


def test_a_list_that_is_not_settled_in_time_is_a_fault(tmp_path: Path) -> None:
    with deployed(CONTRACT, tmp_path / "items.db", LateStore) as send:
        outcome = proven(CONTRACT, send, settings=Settings(settle=0), requests=200_000, shrinking=0)
    assert outcome.fault is not None


def test_a_request_that_is_throttled_is_sent_again(tmp_path: Path) -> None:
    with deployed(CONTRACT, tmp_path / "items.db") as send:
        outcome = proven(CONTRACT, throttled(send, 5))
    assert outcome.fault is None
    assert outcome.throttled > 0


def test_a_write_without_an_answer_means_either(tmp_path: Path) -> None:
    with deployed(CONTRACT, tmp_path / "items.db") as send:
        outcome = proven(CONTRACT, losing(send, 1, 0.1), requests=1_000)
    assert outcome.fault is None, outcome.fault and outcome.fault.script
    assert outcome.unanswered > 0


def test_what_only_this_project_promises_is_left_out_if_asked(tmp_path: Path) -> None:
    """A list from old to new breaks no contract; a filter that is ignored does."""
    seeded = {each.name: each for each in SEEDED}
    only = Settings(contract_only=True)
    with deployed(CONTRACT, tmp_path / "a.db", seeded["a list from old to new"].store) as send:
        assert proven(CONTRACT, send, settings=only).fault is None
    with deployed(CONTRACT, tmp_path / "b.db", seeded["a filter that is ignored"].store) as send:
        assert (
            proven(CONTRACT, send, settings=only, requests=200_000, shrinking=0).fault is not None
        )
