"""One stage in two regions, and one stage whose table gives way to another."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.contracts import TODOS
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.leftovers import leftovers

TWICE = "twice"
MOVED = "moved"
HERE, THERE = "eu-central-1", "us-east-1"


@pytest.fixture
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    cloud = Cloud(strict_ministack)
    yield cloud
    for stage, region in ((TWICE, HERE), (TWICE, THERE), (MOVED, HERE)):
        done = cloud.run("destroy", "--stage", stage, "--region", region, "--yes")
        assert done.returncode == 0, done.stderr


def addresses(cloud: Cloud, region: str) -> dict[str, Any]:
    done = cloud.run("outputs", "--stage", TWICE, "--region", region)
    assert done.returncode == 0, done.stderr
    return dict(line.split() for line in done.stdout.splitlines())


def test_one_stage_may_stand_in_two_regions_and_goes_from_one_alone(cloud: Cloud) -> None:
    for region in (HERE, THERE):
        cloud.deploy(TWICE, TODOS, "--region", region)
    here, there = addresses(cloud, HERE), addresses(cloud, THERE)
    made = cloud.ask("POST", here["ApiUrl"] + "/todos", {"title": "here"}).json
    assert cloud.every(here["ApiUrl"] + "/todos") == [made]
    assert cloud.every(there["ApiUrl"] + "/todos") == []
    done = cloud.run("destroy", "--stage", TWICE, "--region", THERE, "--yes")
    assert done.returncode == 0, done.stderr
    assert "Nothing of stage twice is left." in done.stdout
    assert cloud.every(here["ApiUrl"] + "/todos") == [made]
    tables = boto3.client("dynamodb", region_name=THERE, endpoint_url=cloud.endpoint)
    assert tables.list_tables()["TableNames"] == []
    assert not cloud.deploy(TWICE, TODOS, "--region", HERE)["changed"], "all of it is there still"


def test_a_table_is_replaced_when_its_name_is_typed(cloud: Cloud) -> None:
    old = cloud.deploy(MOVED, TODOS)["outputs"]
    assert cloud.ask("POST", old["ApiUrl"] + "/todos", {"title": "old"}).status == 201
    words = [*deploying(MOVED, TODOS), "--table-name", "TodoItems-other"]
    done = cloud.typing("TodoItems-moved", words=words)
    assert done.returncode == 0, done.stderr
    outputs = cloud.outputs(MOVED)
    assert outputs["TableName"] == "TodoItems-other"
    assert cloud.every(outputs["ApiUrl"] + "/todos") == []
    assert cloud.ask("POST", outputs["ApiUrl"] + "/todos", {"title": "new"}).status == 201
    assert cloud.client("dynamodb").scan(TableName="TodoItems-moved")["Count"] == 1
    back = cloud.run(*deploying(MOVED, TODOS), "--table-name", "TodoItems-moved")
    assert back.returncode == 4
    assert "There is a table TodoItems-moved already" in back.stderr
    assert "destroy --stage moved --keep-data" in back.stderr
    assert cloud.run("destroy", "--stage", MOVED, "--yes").returncode == 0
    assert [each for each in leftovers(cloud) if MOVED in each or "other" in each] == []
