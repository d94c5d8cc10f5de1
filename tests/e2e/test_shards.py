"""A change of the number of shards that dies on its way, again and again, and is run again."""

from dataclasses import dataclass, field
from typing import Any

from infra.aws.pauses import pauses
from service.stores.shards import indexes_in
from tests.contracts import TODOS, load
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.deadly import Way, run

STAGE = "spread"
ITEMS = 12
PAGE = 5
STACK = "cloudformation ExecuteChangeSet"
FILL = "dynamodb UpdateItem"


def test_a_change_of_shards_that_dies_on_its_way_loses_and_doubles_nothing(
    plain: Cloud, way: Way
) -> None:
    assert run(way, deploying(STAGE, TODOS)) == 0
    todos = Todos(plain)
    for _ in range(ITEMS):
        todos.create()
    to_four = [*deploying(STAGE, TODOS), "--shards", "4"]
    # When the first new index is there; amid filling in; when lists read the new indexes; when the
    # first of the old ones has gone.
    for last, times in [(STACK, 1), (FILL, 3), (STACK, 1), (STACK, 1)]:
        die(way, last, times)
        assert run(way, to_four) == -9
        todos.check()
    way.before = lambda _: None
    assert run(way, to_four) == 0
    todos.check()
    assert indexes(plain) == {*indexes_in(4, load(TODOS).filters)}


def test_a_change_that_died_is_taken_back_by_a_deployment_without_it(
    plain: Cloud, way: Way
) -> None:
    """Items of before have their keys still: only those that came since are filled in."""
    todos = Todos(plain)
    die(way, FILL, 1)
    assert run(way, [*deploying(STAGE, TODOS), "--shards", "1"]) == -9
    todos.check()
    way.before = lambda _: None
    assert run(way, deploying(STAGE, TODOS)) == 0
    todos.check()
    assert indexes(plain) == {*indexes_in(4, load(TODOS).filters)}
    assert run(way, ["destroy", "--stage", STAGE, "--yes"]) == 0


def die(way: Way, last: str, times: int) -> None:
    """Let the next command die after so many requests of this kind."""
    left = times

    def count(operation: str) -> None:
        nonlocal left
        left -= operation == last
        if operation == last and left == 0:
            way.deadly = len(way.requests)

    way.before = count


def indexes(cloud: Cloud) -> set[str]:
    table = cloud.client("dynamodb").describe_table(TableName=f"TodoItems-{STAGE}")["Table"]
    return {each["IndexName"] for each in table["GlobalSecondaryIndexes"]}


@dataclass
class Todos:
    """The to-dos of the stage, with what its lists have to show of them."""

    cloud: Cloud
    address: str = field(init=False)
    kept: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._settle()
        self.kept = {each["id"]: each for each in self.walk()}

    def create(self) -> None:
        made = self.cloud.ask("POST", self.address, {"title": f"title {len(self.kept)}"})
        assert made.status == 201, made
        self.kept[made.json["id"]] = made.json

    def check(self) -> None:
        """Hold every list to what is kept; then change that, for the step that comes."""
        self._settle()
        for completed in (None, True, False):
            wanted = [each for each in self.kept.values() if completed in (None, each["completed"])]
            query = "" if completed is None else f"completed={str(completed).lower()}&"
            assert sorted(self.walk(query), key=_id) == sorted(wanted, key=_id), query
        self._change()

    def walk(self, query: str = "") -> list[Any]:
        """All items of a list, page by page."""
        first = f"{self.address}?{query}limit={PAGE}"
        page = self.cloud.ask("GET", first).json
        found: list[Any] = page["items"]
        while "next" in page:
            page = self.cloud.ask("GET", f"{first}&cursor={page['next']}").json
            found += page["items"]
        return found

    def _change(self) -> None:
        """Create an item, complete one that was open, and delete another."""
        self.create()
        done, gone = [id for id, each in self.kept.items() if not each["completed"]][:2]
        changed = self.cloud.ask("PUT", f"{self.address}/{done}", {"completed": True})
        assert changed.status == 200, changed
        self.kept[done] = changed.json
        assert self.cloud.ask("DELETE", f"{self.address}/{gone}").status == 204
        del self.kept[gone]

    def _settle(self) -> None:
        """Wait until CloudFormation has finished what it was told before the command died."""
        client = self.cloud.client("cloudformation")
        for _ in pauses():
            (stack,) = client.describe_stacks(StackName=f"todo-api-{STAGE}")["Stacks"]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                break
        self.address = f"{self.cloud.outputs(STAGE)['ApiUrl']}/todos"


def _id(item: Any) -> str:
    return str(item["id"])
