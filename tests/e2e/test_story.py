"""A stage's life: deployed, called, fuzzed, changed, filled, kept, taken away. In this order."""

import json
import os
import pty
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service.document import read
from tests.contracts import CUSTOMERS, ROOT, TODOS
from tests.e2e import contracts
from tests.e2e.cloud import COMMAND, Cloud, deploying
from tests.e2e.leftovers import leftovers
from tests.fuzz.run import PHASES, fuzz

ITEMS = 1000
GUIDE = {
    "title": "Learn AWS",
    "description": "Complete the serverless API project",
    "completed": False,
}


class Story:
    """What the chapters hand on."""

    prod: dict[str, Any]
    kept: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


def test_a_stage_is_deployed_from_nothing(cloud: Cloud, story: Story) -> None:
    assert leftovers(cloud) == []
    result = cloud.deploy("prod", TODOS)
    assert result["changed"]
    story.prod = result["outputs"]
    assert story.prod["TableName"] == "TodoItems"


def test_deployed_again_it_says_that_nothing_has_to_change(cloud: Cloud) -> None:
    result = cloud.deploy("prod", TODOS)
    assert (result["changed"], result["uploaded"]) == (False, 0)


def test_the_five_calls_of_the_guide_are_answered(cloud: Cloud, story: Story) -> None:
    todos = story.prod["ApiUrl"] + "/todos"
    made = cloud.ask("POST", todos, GUIDE)
    assert (made.status, made.json["title"]) == (201, "Learn AWS")
    one = f"{todos}/{made.json['id']}"
    assert made.headers["Location"].endswith(f"/prod/todos/{made.json['id']}")
    assert cloud.ask("GET", todos).json == {"items": [made.json], "count": 1}
    assert cloud.ask("GET", one).json == made.json
    changed = cloud.ask("PUT", one, {"title": "Learn AWS - Updated", "completed": True})
    assert (changed.status, changed.json["completed"]) == (200, True)
    assert cloud.ask("DELETE", one).status == 204
    assert cloud.ask("GET", one).status == 404


def test_the_deployed_api_keeps_its_contract(cloud: Cloud, story: Story, tmp_path: Path) -> None:
    """The contract comes from the deployed site, and says itself where the API is.

    Left out are a path's other methods: this engine answers those itself, with 403 and no problem,
    as it passes over gateway responses.
    """
    contract = tmp_path / "openapi.json"
    contract.write_bytes(cloud.ask("GET", story.prod["SiteUrl"] + "/openapi.json").body)
    assert read(contract).data["servers"] == [{"url": story.prod["ApiUrl"]}]
    run = fuzz(
        str(contract),
        tmp_path / "report",
        40,
        PHASES,
        leave_out=("unsupported_method",),
        environment=cloud.env,
    )
    assert run.exit_code == 0, run.output
    assert run.succeeded == {
        f"{method.upper()} {path}"
        for path, methods in read(TODOS).data["paths"].items()
        for method in methods
    }


def test_the_page_comes_from_the_distribution(cloud: Cloud, story: Story) -> None:
    site = story.prod["SiteUrl"]
    page = cloud.ask("GET", site + "/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert story.prod["ApiUrl"] in cloud.ask("GET", site + "/config.js").body.decode()
    assert b"<title>" in cloud.ask("GET", site + "/docs/").body


def test_the_page_is_sent_with_its_security_and_cache_headers(cloud: Cloud, story: Story) -> None:
    headers = cloud.ask("GET", story.prod["SiteUrl"] + "/").headers
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "s-maxage" in headers["Cache-Control"]


def test_the_outputs_can_be_asked_for_later(cloud: Cloud, story: Story) -> None:
    assert json.loads(cloud.run("outputs", "--json").stdout) == story.prod


def test_the_requests_can_be_read_in_the_logs(cloud: Cloud) -> None:
    told = cloud.run("logs", "--since", "10m").stdout
    assert re.search(r"createTodo.* 201 ", told), told


def test_a_new_optional_property_is_deployed_and_answers(
    cloud: Cloud, story: Story, tmp_path: Path
) -> None:
    todos = story.prod["ApiUrl"] + "/todos"
    assert cloud.ask("POST", todos, {"title": "x", "priority": 3}).status == 400
    old = cloud.ask("POST", todos, {"title": "before"}).json
    cloud.deploy("prod", contracts.with_property(tmp_path))
    assert cloud.ask("POST", todos, {"title": "x", "priority": 3}).json["priority"] == 3
    assert cloud.ask("GET", f"{todos}/{old['id']}").json == old


def test_a_new_required_property_without_a_default_warns(cloud: Cloud, tmp_path: Path) -> None:
    words = deploying("prod", contracts.with_property(tmp_path, required=True))
    words.remove("--yes")
    done = cloud.run(*words)
    assert "Beware: todos: 'priority' is newly required and has no default." in done.stderr
    assert (done.returncode, "say --yes" in done.stderr) == (4, True)


def test_the_replacement_of_the_table_is_asked_for_even_with_yes(cloud: Cloud) -> None:
    done = cloud.run(*deploying("prod", TODOS), "--table-name", "Other")
    assert done.returncode == 4
    assert "The table TodoItems would give way to a new, EMPTY one." in done.stderr
    assert "Nothing was changed." in done.stderr


def test_an_update_that_fails_rolls_back_and_the_old_version_serves(
    cloud: Cloud, story: Story
) -> None:
    """The name of the new table turns out to be taken."""
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName="Taken", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    before = cloud.every(story.prod["ApiUrl"] + "/todos")
    code, told = typed(cloud, [*deploying("prod", TODOS), "--table-name", "Taken"], "TodoItems\n")
    assert code == 4, told
    assert re.search(r"Table \(AWS::DynamoDB::Table\) is \w+_FAILED", told)
    assert "run it again: todo-api deploy --stage prod" in told
    assert cloud.every(story.prod["ApiUrl"] + "/todos") == before
    dynamodb.delete_table(TableName="Taken")


def test_a_new_filter_finds_the_thousand_items_from_before(
    cloud: Cloud, story: Story, tmp_path: Path
) -> None:
    todos = story.prod["ApiUrl"] + "/todos"

    def create(number: int) -> int:
        return cloud.ask("POST", todos, {"title": f"title {number % 2}"}).status

    with ThreadPoolExecutor(4) as clients:
        assert {*clients.map(create, range(ITEMS))} == {201}
    sent = templates(cloud)
    result = cloud.deploy("prod", contracts.with_filter(tmp_path, "title", "description"))
    assert result["filled"] >= ITEMS
    assert len(cloud.every(f"{todos}?title=title%201")) == ITEMS // 2
    steps = [each for name, each in templates(cloud).items() if name not in sent]
    indexes = sorted(
        len(each["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]) for each in steps
    )
    assert indexes == [3, 4, 4], "one index an update, and the one that goes live"


def test_a_filter_that_goes_takes_its_index_along(cloud: Cloud, story: Story) -> None:
    cloud.deploy("prod", TODOS)
    table = cloud.client("dynamodb").describe_table(TableName="TodoItems")["Table"]
    assert {each["IndexName"] for each in table["GlobalSecondaryIndexes"]} == {
        "byCreated", "byCompleted",
    }  # fmt: skip
    assert cloud.ask("GET", story.prod["ApiUrl"] + "/todos?title=x").status == 400


def test_a_second_stage_with_another_contract_stands_beside_the_first(
    cloud: Cloud, story: Story
) -> None:
    result = cloud.deploy("dev", CUSTOMERS)
    api = result["outputs"]["ApiUrl"]
    assert result["outputs"]["TableName"] == "TodoItems-dev"
    assert cloud.ask("GET", api + "/customers").json == {"items": [], "count": 0}
    assert cloud.ask("GET", api + "/todos").status in (403, 404)
    assert len(cloud.every(story.prod["ApiUrl"] + "/todos")) > ITEMS


def test_destroying_without_the_stages_name_changes_nothing(cloud: Cloud) -> None:
    done = cloud.run("destroy", "--stage", "prod")
    assert done.returncode == 4
    assert cloud.client("cloudformation").describe_stacks(StackName="todo-api-prod")["Stacks"]


def test_a_destroyed_stage_may_leave_its_data(cloud: Cloud, story: Story) -> None:
    story.kept = cloud.every(story.prod["ApiUrl"] + "/todos")
    done = cloud.run("destroy", "--stage", "prod", "--keep-data", "--yes")
    assert done.returncode == 0, done.stderr
    assert cloud.client("dynamodb").list_tables()["TableNames"] == ["TodoItems", "TodoItems-dev"]
    assert not [each for each in leftovers(cloud) if "prod" in each]


def test_deployed_again_the_stage_has_its_items(cloud: Cloud, story: Story, tmp_path: Path) -> None:
    """Under a contract with one more filter, to make it harder."""
    result = cloud.deploy("prod", contracts.with_filter(tmp_path, "title"))
    story.prod = result["outputs"]
    todos = story.prod["ApiUrl"] + "/todos"
    assert cloud.every(todos) == story.kept
    assert len(cloud.every(f"{todos}?title=title%201")) == ITEMS // 2


def test_two_destroyed_stages_leave_nothing(cloud: Cloud) -> None:
    for stage in ("dev", "prod"):
        done = cloud.run("destroy", "--stage", stage, "--yes")
        assert done.returncode == 0, done.stderr
        assert "Nothing of stage" in done.stdout
    assert leftovers(cloud) == []


def test_destroying_nothing_says_so(cloud: Cloud) -> None:
    done = cloud.run("destroy", "--stage", "prod", "--yes")
    assert done.returncode == 0
    assert "nothing" in (done.stdout + done.stderr).lower()


def templates(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """What was sent to CloudFormation for the stage, as the artifact bucket keeps it."""
    s3 = cloud.client("s3")
    (bucket,) = (b["Name"] for b in s3.list_buckets()["Buckets"] if "artifacts" in b["Name"])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="prod/template/")
    return {
        each["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())
        for page in pages
        for each in page.get("Contents", ())
    }


def typed(cloud: Cloud, words: list[str], input: str) -> tuple[int, str]:
    """A command with somebody at the terminal who types this when asked."""
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            [COMMAND, *words], cwd=ROOT, env=cloud.env, stdin=slave, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        os.write(master, input.encode())
        told, _ = process.communicate(timeout=120)
        return process.returncode, told
    finally:
        os.close(master)
        os.close(slave)
