"""The soak: its short form finds nothing lost or wrong; what is lost or wrong ends it with 1."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from service.stores.sqlite import SQLiteStore
from tests.contracts import ROOT
from tests.engines import aws_environment, ministack  # noqa: F401
from tests.soak import kept
from tests.soak.__main__ import tell
from tests.soak.ground import Ground
from tests.soak.hazards import EXERCISED, TESTED, soak, tried
from tests.soak.tally import Tally, as_json, as_markdown


@pytest.fixture
def ground(ministack: str) -> Iterator[Ground]:  # noqa: F811
    with ExitStack() as stack:
        yield Ground(stack, ministack, wait_seconds=600)


def test_no_hazard_loses_anything_or_makes_it_wrong(ground: Ground) -> None:
    tallies = dict(soak(ground, seconds=0))
    assert [*tallies] == [*EXERCISED]
    for hazard, tally in tallies.items():
        assert (hazard, tally.lost, tally.wrong) == (hazard, [], [])
        assert any(tally.numbers), hazard


def test_a_kept_item_that_is_gone_is_lost(ground: Ground, tmp_path: Path) -> None:
    file, tally = Path(shutil.copy(kept.FOLDER / "sqlite.db", tmp_path)), Tally()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM items WHERE id = (SELECT min(id) FROM items)")
    with closing(SQLiteStore(file, ground.contract.filters)) as store:
        kept.compare(ground.service(store), "sqlite", tally)
    assert len(tally.lost) == 2, "in the list, and by its id"


def test_an_exercise_that_breaks_off_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    def exercise() -> Tally:
        raise OSError("no room")

    assert tried(exercise).wrong == ["it broke off: OSError('no room')"]
    assert "no room" in capsys.readouterr().err


@pytest.mark.parametrize("found", [Tally(lost=["an item"]), Tally(wrong=["an answer"])])
def test_what_is_lost_or_wrong_ends_it_with_1(
    found: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell({"one": Tally(held=1), "two": found}, json_=False) == 1
    assert "  two: an" in capsys.readouterr().out
    assert tell({"one": Tally(held=1)}, json_=True) == 0
    assert json.loads(capsys.readouterr().out)[0]["load_held"] == 1


def test_the_table_and_json_tell_every_number() -> None:
    tally = Tally(held=1000, survived=2, refused=3, lost=["a"], wrong=["b", "c"], measured="4 s")
    assert list(as_markdown({"one": tally}))[2] == "| one | 1,000 | 2 | 3 | 1 | 2 | 4 s |"
    assert list(as_json({"one": tally})[0].values()) == ["one", 1000, 2, 3, 1, 2, "4 s", [*"abc"]]


def test_the_tests_that_a_whole_run_counts_are_there() -> None:
    for tests in TESTED.values():
        for each in tests:
            file, _, name = each.partition("::")
            assert f"def {name}" in (ROOT / file).read_text("utf-8")
