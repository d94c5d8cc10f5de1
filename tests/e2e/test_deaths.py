"""A command that dies after any of its steps is healed by running it again."""

import re
from pathlib import Path

import pytest

from tests.contracts import TODOS
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.deadly import Way, run
from tests.e2e.leftovers import leftovers


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
