"""Indexes that take their time: a deployment waits for them, may die meanwhile, and cleans up."""

import re
import signal
from pathlib import Path

import pytest

from service.stores.layout import index_definitions
from tests.contracts import TODOS
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying
from tests.engines import Strictness

STAGE = "waits"
TABLE = "TodoItems-waits"


@pytest.fixture(scope="module")
def cloud(strict_ministack: str) -> Cloud:
    return Cloud(strict_ministack)


@pytest.fixture
def todos(cloud: Cloud) -> str:
    """A stage with ten items, whose contract has not changed yet."""
    cloud.deploy(STAGE, TODOS, "--breaking")
    return every(cloud, 10)


def every(cloud: Cloud, items: int = 0) -> str:
    address = cloud.outputs(STAGE)["ApiUrl"] + "/todos"
    for number in range(items - len(cloud.every(address))):
        assert cloud.ask("POST", address, {"title": f"title {number % 2}"}).status == 201
    return address


def indexes(cloud: Cloud) -> dict[str, str]:
    found = cloud.client("dynamodb").describe_table(TableName=TABLE)["Table"]
    return {
        each["IndexName"]: each.get("IndexStatus", "ACTIVE")
        for each in found["GlobalSecondaryIndexes"]
    }


def stop_waiting_for(
    cloud: Cloud, index: str, contract: Path, number: signal.Signals
) -> tuple[int, str]:
    """Send a signal to a deployment that says it waits for an index; its code, and what it told."""
    told = ""
    with cloud.started(*deploying(STAGE, contract)) as process:
        assert process.stderr
        for line in process.stderr:
            told += line
            if re.search(rf"waiting for +index {index}: CREATING, 0 s", line):
                process.send_signal(number)
    return process.returncode, told


@pytest.mark.usefixtures("todos")
def test_a_deployment_that_is_killed_or_stopped_while_it_waits_for_an_index_is_healed(
    cloud: Cloud, tmp_path: Path, strict: Strictness
) -> None:
    """In each of its waits, one after the other: killed in the first, Ctrl-C in the second."""
    wanted = contracts.with_filter(tmp_path, "title", "label")
    strict.set(index_seconds=3600)
    code, told = stop_waiting_for(cloud, "byTitle", wanted, signal.SIGKILL)
    assert code == -signal.SIGKILL, told
    assert cloud.ask("GET", f"{every(cloud)}?title=title%201").status == 400
    strict.set(index_seconds=0)
    assert indexes(cloud)["byTitle"] == "ACTIVE"
    strict.set(index_seconds=3600)
    code, told = stop_waiting_for(cloud, "byLabel", wanted, signal.SIGINT)
    assert code == 130, told
    assert "Stopped. AWS finishes by itself what it has begun, even building an index." in told
    assert "To go on, run it again: todo-api deploy --stage waits" in told
    assert "add the index byTitle" not in told, "it is there already"
    strict.set()
    done = cloud.run(*deploying(STAGE, wanted))
    assert done.returncode == 0, done.stderr
    assert len(cloud.every(f"{every(cloud)}?title=title%201")) == 5


def test_an_index_that_a_rollback_left_behind_is_cleaned_up(
    cloud: Cloud, todos: str, tmp_path: Path, strict: Strictness
) -> None:
    wanted = contracts.with_filter(tmp_path, "title")
    strict.set(index_fails=True)
    done = cloud.run(*deploying(STAGE, wanted))
    assert done.returncode == 4
    assert "Table (AWS::DynamoDB::Table) is UPDATE_FAILED: Rate exceeded" in done.stderr
    assert "byTitle" in indexes(cloud)
    assert len(cloud.every(todos)) == 10
    strict.set()
    done = cloud.run(*deploying(STAGE, wanted))
    assert done.returncode == 0, done.stderr
    assert "Remove the index byTitle, which an update that failed has left behind" in done.stderr
    assert len(cloud.every(f"{every(cloud)}?title=title%201")) == 5


def test_an_index_that_somebody_removed_by_hand_comes_back(cloud: Cloud, todos: str) -> None:
    cloud.client("dynamodb").update_table(
        TableName=TABLE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byCompleted"}}]
    )
    assert cloud.ask("GET", f"{todos}?completed=false").status == 503
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 0, done.stderr
    assert "Make the index byCompleted again, which the table has lost" in done.stderr
    assert len(cloud.every(f"{every(cloud)}?completed=false")) == 10


@pytest.mark.usefixtures("todos")
def test_an_index_of_somebody_else_stays_and_is_told(cloud: Cloud) -> None:
    (index,) = index_definitions(["theirs"])
    index["KeySchema"] = [{"AttributeName": "title", "KeyType": "HASH"}]
    cloud.client("dynamodb").update_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "title", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    done = cloud.run(*deploying(STAGE, TODOS))
    assert done.returncode == 0, done.stderr
    assert "an index theirs that somebody else has made: it stays" in done.stderr
    assert indexes(cloud)["theirs"] == "ACTIVE"


def test_another_number_of_shards_is_built_filled_in_and_remembered(
    cloud: Cloud, todos: str
) -> None:
    done = cloud.run(*deploying(STAGE, TODOS), "--shards", "4")
    assert done.returncode == 0, done.stderr
    assert "so 5 would be needed. There are 4." in done.stderr
    assert "10 items filled in" in done.stderr
    assert {"of4byCreated", "of4byCompleted"} == {*indexes(cloud)} - {"theirs"}
    assert cloud.ask("POST", todos, {"title": "Of the shards"}).status == 201
    assert len(cloud.every(every(cloud))) == 11
    again = cloud.run(*deploying(STAGE, TODOS))
    assert "is as it should be: nothing had to change" in again.stdout, again.stderr


def test_lists_have_one_shard_again(cloud: Cloud) -> None:
    done = cloud.run(*deploying(STAGE, TODOS), "--shards", "1")
    assert done.returncode == 0, done.stderr
    assert {"byCreated", "byCompleted"} == {*indexes(cloud)} - {"theirs"}
    assert len(cloud.every(every(cloud))) == 11
    assert len(cloud.every(f"{every(cloud)}?completed=false")) == 11


def test_the_stage_goes_as_it_came(cloud: Cloud) -> None:
    assert cloud.run("destroy", "--stage", STAGE, "--yes").returncode == 0
