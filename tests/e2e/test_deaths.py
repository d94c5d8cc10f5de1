"""A command that dies after any of its steps is healed by running it again."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts import ROOT, TODOS
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.deadly import Way, way_to
from tests.e2e.leftovers import leftovers

PROGRAM = """
import sys
import infra.deploy.execution
from infra.cli import main
infra.deploy.execution.function_seconds = lambda _: 0  # here no version of before writes
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def plain(strict_ministack: str) -> Cloud:
    return Cloud(strict_ministack)


@pytest.fixture
def way(strict_ministack: str) -> Iterator[Way]:
    with way_to(strict_ministack) as way:
        yield way


def run(way: Way, words: list[str], deadly: int | None = None) -> int:
    """The exit code of a command on that way; -9 if it died there."""
    way.requests.clear()
    way.deadly = deadly
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=ROOT, text=True,
        env=Cloud(way.endpoint).env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        way.process = process
        _, told = process.communicate(timeout=600)
    assert process.returncode in (0, -9), told
    return process.returncode


def test_a_first_deployment_that_dies_is_healed_by_a_rerun(plain: Cloud, way: Way) -> None:
    words = deploying("first", TODOS)
    destroying = ["destroy", "--stage", "first", "--yes"]
    assert run(way, words) == 0
    deaths = way.writes()
    assert len(deaths) >= 8
    for death in deaths:
        assert run(way, destroying) == 0
        assert leftovers(plain) == []
        assert run(way, words, death) == -9
        assert run(way, words) == 0, f"after request {death}"
        api = plain.outputs("first")["ApiUrl"]
        assert plain.ask("GET", api + "/todos").json == {"items": [], "count": 0}
    assert run(way, destroying) == 0


def test_a_new_filter_that_dies_on_its_way_is_healed_by_a_rerun(
    plain: Cloud, way: Way, tmp_path: Path
) -> None:
    before = [*deploying("next", TODOS), "--breaking"]
    after = deploying("next", contracts.with_filter(tmp_path, "title"))
    assert run(way, before) == 0
    todos = plain.outputs("next")["ApiUrl"] + "/todos"
    for number in range(20):
        assert plain.ask("POST", todos, {"title": f"title {number % 2}"}).status == 201
    assert run(way, after) == 0
    deaths = [death for death in way.writes() if not way.requests[death].startswith("s3 ")]
    assert len(deaths) >= 8, "those at uploads are tried with first deployments"
    for death in deaths:
        assert run(way, before) == 0
        assert run(way, after, death) == -9
        todos = plain.outputs("next")["ApiUrl"] + "/todos"
        offered = plain.ask("GET", f"{todos}?title=title%201")
        assert (offered.status, len(offered.json.get("items", ()))) in ((400, 0), (200, 10))
        assert run(way, after) == 0, f"after request {death}"
        todos = plain.outputs("next")["ApiUrl"] + "/todos"
        assert len(plain.every(f"{todos}?title=title%201")) == 10, f"after request {death}"
    assert run(way, ["destroy", "--stage", "next", "--yes"]) == 0


@pytest.mark.parametrize("keep", [(), ("--keep-data",)], ids=["all", "keeping its data"])
def test_a_destruction_that_dies_is_healed_by_a_rerun(
    plain: Cloud, way: Way, keep: tuple[str, ...]
) -> None:
    deployment = deploying("last", TODOS)
    destroying = ["destroy", "--stage", "last", "--yes", *keep]
    assert run(way, deployment) == 0
    assert run(way, destroying) == 0
    deaths = way.writes()
    assert len(deaths) >= 3
    for death in deaths:
        assert run(way, deployment) == 0
        assert run(way, destroying, death) == -9
        assert run(way, destroying) == 0, f"after request {death}"
        assert leftovers(plain) == (["dynamodb TodoItems-last"] if keep else [])
    assert run(way, ["destroy", "--stage", "last", "--yes"]) == 0
    assert leftovers(plain) == []


def test_a_deployment_that_dies_leaves_its_items_alone(plain: Cloud, way: Way) -> None:
    """Between two deployments of the same contract nothing is lost, whatever happens."""
    words = deploying("safe", TODOS)
    assert run(way, words) == 0
    todos = plain.outputs("safe")["ApiUrl"] + "/todos"
    made = plain.ask("POST", todos, {"title": "kept"}).json
    assert run(way, words, 10) == -9
    assert run(way, words) == 0
    assert plain.every(plain.outputs("safe")["ApiUrl"] + "/todos") == [made]
    assert run(way, ["destroy", "--stage", "safe", "--yes"]) == 0


def test_an_update_that_fails_rolls_back_and_the_old_version_serves(
    plain: Cloud, way: Way, tmp_path: Path
) -> None:
    """Somebody deletes the new zip just when CloudFormation is to read it."""
    assert run(way, deploying("old", TODOS)) == 0
    made = plain.ask("POST", plain.outputs("old")["ApiUrl"] + "/todos", {"title": "kept"}).json
    zips = set(plain.keys("old/code/"))

    def lose_the_zip(operation: str) -> None:
        if operation == "cloudformation ExecuteChangeSet":
            for bucket, key in set(plain.keys("old/code/")) - zips:
                plain.client("s3").delete_object(Bucket=bucket, Key=key)

    way.before = lose_the_zip
    failing = deploying("old", contracts.with_property(tmp_path))
    done = Cloud(way.endpoint).run(*failing)
    assert done.returncode == 4, done.stderr
    assert re.search(r"Function \(AWS::Lambda::Function\) is \w+_FAILED", done.stderr), done.stderr
    assert "run it again: todo-api deploy --stage old" in done.stderr
    assert plain.every(plain.outputs("old")["ApiUrl"] + "/todos") == [made]
    way.before = lambda _: None
    assert run(way, failing) == 0
    assert run(way, ["destroy", "--stage", "old", "--yes"]) == 0
