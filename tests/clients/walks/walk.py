"""One walk through an API, whatever client makes the calls.

It runs beside the generated client, in an environment that has nothing of this project.
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass
class Answer:
    """What a client made of a response. `problem` is its own type of an error, if it was one."""

    status: int
    tag: str | None = None
    body: Any = None
    problem: str | None = None


class Calls(Protocol):
    """The operations of a collection, bodies as plain JSON."""

    def create(self, body: dict[str, Any], key: str) -> Answer: ...
    def list(self, filters: dict[str, Any], limit: int, cursor: str | None) -> Answer: ...
    def get(self, id: str, tag: str | None) -> Answer: ...
    def update(self, id: str, body: dict[str, Any], tag: str) -> Answer: ...
    def delete(self, id: str) -> Answer: ...


def walk(calls: Calls, shape: dict[str, Any], keys: str) -> None:
    """Create, list, get, update and delete. `shape`: an item, a filter that it passes, a change."""
    made = [calls.create(shape["item"], f"{keys}-{number}") for number in range(3)]
    assert [each.status for each in made] == [201, 201, 201], made
    again = calls.create(shape["item"], f"{keys}-0")
    assert (again.status, again.body["id"]) == (201, made[0].body["id"])

    ids = [each.body["id"] for each in reversed(made)]
    assert _listed(calls, shape["filter"])[:3] == ids

    first = made[0].body["id"]
    found = calls.get(first, None)
    assert (found.status, found.body, found.tag) == (200, made[0].body, made[0].tag)
    assert found.tag
    assert calls.get(first, found.tag).status == 304

    updated = calls.update(first, shape["change"], found.tag)
    changed = {**found.body, **shape["change"], "updatedAt": updated.body["updatedAt"]}
    assert (updated.status, updated.body) == (200, changed)

    stale = calls.update(first, shape["change"], found.tag)
    assert (stale.status, stale.problem) == (412, "Problem"), stale
    assert stale.body["type"] == "urn:problem-type:precondition-failed"

    assert [calls.delete(id).status for id in ids] == [204, 204, 204]
    gone = calls.get(first, None)
    assert (gone.status, gone.problem) == (404, "Problem"), gone
    assert not {*ids} & {*_listed(calls, {})}


def _listed(calls: Calls, filters: dict[str, Any]) -> list[str]:
    """The ids of all pages of two."""
    ids: list[str] = []
    cursor = None
    while True:
        page = calls.list(filters, 2, cursor)
        assert page.status == 200, page
        assert len(page.body["items"]) == page.body["count"] <= 2
        ids += [each["id"] for each in page.body["items"]]
        cursor = page.body.get("next")
        if cursor is None:
            return ids
