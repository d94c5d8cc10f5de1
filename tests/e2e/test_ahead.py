"""A stage for development: code goes live ahead of its stack, which catches up. In this order."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from tests.contracts import TODOS
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.deadly import Way, run
from tests.e2e.leftovers import leftovers

STAGE = "quick"
STACK = f"todo-api-{STAGE}"
STACK_WRITES = {"cloudformation CreateChangeSet", "cloudformation ExecuteChangeSet"}


@pytest.fixture(scope="module")
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    cloud = Cloud(strict_ministack)
    cloud.deploy(STAGE, TODOS)
    yield cloud
    assert cloud.run("destroy", "--stage", STAGE, "--yes").returncode == 0
    assert leftovers(cloud) == []


def served(cloud: Cloud) -> str:
    """The default that the function puts into a new item."""
    todos = cloud.outputs(STAGE)["ApiUrl"] + "/todos"
    made = cloud.ask("POST", todos, {"title": "x"})
    assert made.status == 201
    return str(made.json["description"])


def code_of_the_stack(cloud: Cloud) -> Any:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}["CodeKey"]


def test_a_change_of_code_alone_goes_live_without_the_stack(
    cloud: Cloud, way: Way, tmp_path: Path
) -> None:
    before = code_of_the_stack(cloud)
    assert run(way, deploying(STAGE, contracts.with_default(tmp_path, "a"))) == 0
    assert not STACK_WRITES & {*way.requests}
    assert served(cloud) == "a"
    assert code_of_the_stack(cloud) == before


def test_deployed_again_it_says_that_nothing_has_to_change(cloud: Cloud, tmp_path: Path) -> None:
    done = cloud.run(*deploying(STAGE, contracts.with_default(tmp_path, "a")))
    assert "The stack is as it should be." in done.stderr
    assert "By hand" not in done.stderr


def test_nobody_who_says_no_changes_anything(cloud: Cloud, tmp_path: Path) -> None:
    words = deploying(STAGE, contracts.with_default(tmp_path, "b"))
    words.remove("--yes")
    done = cloud.typing("n", words=words)
    assert done.returncode == 4
    assert "change   Function  AWS::Lambda::Function: Code" in done.stderr
    assert served(cloud) == "a"


@pytest.mark.parametrize("call", ["code", "versions", "live"])
def test_whatever_dies_on_its_way_is_healed_by_a_rerun(
    cloud: Cloud, way: Way, tmp_path: Path, call: str
) -> None:
    """After UpdateFunctionCode, PublishVersion or UpdateAlias, by the ends of their paths."""
    words = deploying(STAGE, contracts.with_default(tmp_path, call))
    before = served(cloud)

    def die(operation: str) -> None:
        if re.match(rf"lambda (Put|Post) .*/{call}$", operation):
            way.deadly = len(way.requests)

    way.before = die
    assert run(way, words) == -9
    assert served(cloud) == (call if call == "live" else before)
    way.before = lambda _: None
    assert run(way, words) == 0
    assert served(cloud) == call


def test_a_full_deployment_may_go_back_to_the_code_that_the_stack_has(
    cloud: Cloud, way: Way
) -> None:
    """Which CloudFormation, left to itself, would take for no change."""
    assert served(cloud) != ""
    before = code_of_the_stack(cloud)
    assert run(way, [*deploying(STAGE, TODOS), "--rate", "300"]) == 0
    assert served(cloud) == ""
    assert code_of_the_stack(cloud) == before


def test_a_full_deployment_with_the_code_that_is_ahead_catches_up(
    cloud: Cloud, tmp_path: Path
) -> None:
    behind = code_of_the_stack(cloud)
    words = deploying(STAGE, contracts.with_default(tmp_path, "b"))
    assert cloud.run(*words).returncode == 0
    assert code_of_the_stack(cloud) == behind
    done = cloud.run(*words, "--rate", "400")
    assert done.returncode == 0, done.stderr
    assert "By hand" not in done.stderr
    assert served(cloud) == "b"
    assert code_of_the_stack(cloud) != behind


def test_a_rollback_does_not_bring_back_older_code(cloud: Cloud, way: Way, tmp_path: Path) -> None:
    """Somebody deletes the new zip just when CloudFormation is to read it."""
    assert run(way, deploying(STAGE, contracts.with_default(tmp_path, "c"))) == 0
    zips = {*cloud.keys(f"{STAGE}/code/")}

    def lose_the_zip(operation: str) -> None:
        if operation == "cloudformation ExecuteChangeSet":
            for bucket, key in {*cloud.keys(f"{STAGE}/code/")} - zips:
                cloud.client("s3").delete_object(Bucket=bucket, Key=key)

    way.before = lose_the_zip
    failing = [*deploying(STAGE, contracts.with_property(tmp_path)), "--rate", "200"]
    done = Cloud(way.endpoint).run(*failing)
    assert done.returncode == 4, done.stderr
    assert "Bring the stack up to the code that serves" in done.stderr
    assert served(cloud) == "c"


def test_a_watch_deploys_what_is_saved_and_waits_where_that_is_broken(
    cloud: Cloud, tmp_path: Path
) -> None:
    contract = tmp_path / "watched.json"
    contract.write_text(contracts.with_default(tmp_path, "before").read_text())
    with cloud.started(*deploying(STAGE, contract), "--watch") as process:
        assert process.stderr
        wait_for("Waiting for the next change", process.stderr)
        assert served(cloud) == "before"
        save("{", contract)
        assert "watched.json" in wait_for("Waiting for the next change", process.stderr)
        save(contracts.with_default(tmp_path, "after").read_text(), contract)
        assert "ahead of the stack" in wait_for("Waiting for the next change", process.stderr)
        assert served(cloud) == "after"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 0


def save(text: str, path: Path) -> None:
    """As editors do: a file that is whole takes the other's place."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def wait_for(words: str, lines: IO[str]) -> str:
    """What was told until then."""
    told = ""
    for line in lines:
        told += line
        if words in line:
            return told
    raise AssertionError(told)
