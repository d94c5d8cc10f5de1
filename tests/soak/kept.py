"""Kept data: a file and the export of a table that commit 3f1db45 wrote, opened by today's code.

`kept/` has both, and what that commit answered of each: it had created 24 to-dos, some of them with
a key, changed four, deleted two, and read the first page of ten.
"""

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3

from service.stores.sqlite import SQLiteStore
from tests.client import Client
from tests.soak.ground import Effort, Ground
from tests.soak.tally import Tally

FOLDER = Path(__file__).with_name("kept")
PAGE = 10
"""Items before the cursor that was kept."""


def kept_data(ground: Ground, effort: Effort) -> Tally:
    """Every item, tag, key and cursor still means what it did, and every item can be changed."""
    tally = Tally()
    for number in effort.rounds():
        file = Path(shutil.copy(FOLDER / "sqlite.db", ground.folder / f"kept-{number}.db"))
        with closing(SQLiteStore(file, ground.contract.filters)) as store:
            compare(ground.service(store), "sqlite", tally)
        table = ground.table()
        _restore(ground.engine, table)
        with ground.on_dynamodb(table) as service:
            compare(service, "dynamodb", tally)
    return tally


def _restore(endpoint: str, table: str) -> None:
    """Put the lines of an export into a table."""
    with closing(boto3.client("dynamodb", endpoint_url=endpoint)) as engine:
        for line in (FOLDER / "dynamodb.export.json").read_text("utf-8").splitlines():
            engine.put_item(TableName=table, **json.loads(line))


def compare(service: Client, name: str, tally: Tally) -> None:
    """Hold what a service answers of kept data against what the commit answered."""
    kept = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    items = [each["item"] for each in kept["items"]]
    listed = service.get("/todos?limit=100").json["items"]
    tally.lost += [f"{each['id']} in a list of {name}" for each in items if each not in listed]
    tally.hold(listed == items, f"a list of {name} shows other items, or in another order")
    for query, expected in _lists(kept):
        found = service.get(f"/todos?limit=100&{query}").json["items"]
        tally.hold(found == expected, f"the list {query} of {name} shows other items")
    for each in kept["items"]:
        _compare(service, each["item"], each["etag"], tally)
    for id in kept["deleted"]:
        tally.hold(service.get(f"/todos/{id}").status == 404, f"{id} is back in {name}")
    for key, sent in kept["keys"].items():
        _repeat(service, key, sent, tally)


def _lists(kept: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Queries, with what they list."""
    items = [each["item"] for each in kept["items"]]
    return [
        ("completed=true", [each for each in items if each["completed"]]),
        ("completed=false", [each for each in items if not each["completed"]]),
        (f"cursor={kept['next']}", items[PAGE:]),
    ]


def _compare(service: Client, item: Any, etag: str, tally: Tally) -> None:
    path = f"/todos/{item['id']}"
    read = service.get(path)
    if read.status != 200 or read.json != item:
        tally.lost.append(f"{path}: {read}")
        return
    tally.hold(read.headers["etag"] == etag, f"the tag of {path} is another one")
    known = service.get(path, if_none_match=etag).status
    tally.hold(known == 304, f"the version {etag} of {path} is not known: {known}")
    changed = service.put(path, {"title": "Changed"}, if_match=etag).status
    tally.hold(changed == 200, f"an update of {path} got {changed}")
    stale = service.put(path, {"title": "Again"}, if_match=etag).status
    tally.hold(stale == 412, f"an update of {path} that is stale got {stale}")


def _repeat(service: Client, key: str, sent: dict[str, str], tally: Tally) -> None:
    headers = {"Idempotency-Key": key}
    again = service.request("POST", "/todos", raw=sent["body"], headers=headers)
    same = again.status == 201 and again.json["id"] == sent["id"]
    tally.hold(same, f"the same request with {key} got {again}")
    other = service.request("POST", "/todos", {"title": "Other"}, headers)
    tally.hold(other.status == 422, f"another request with {key} got {other}")
