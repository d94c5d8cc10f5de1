"""The operations of actions.yaml that no rule derives."""

from typing import Any

from service.functions import Item, ItemMissing, Items, Problem, TokenStale


class AlreadyDone(Problem):
    """The to-do was completed before."""

    status, name, title = 409, "already-done", "The to-do is done already"


def complete_todo(id: str, todos: Items, if_match: str | None = None) -> Item:
    """Complete a to-do, once."""
    todo = todos.get(id)
    if todo["completed"]:
        raise AlreadyDone()
    return todos.update(id, {"completed": True}, expected=if_match or todo.etag)


def clear_todos(todos: Items) -> dict[str, Any]:
    """Delete those that are done; not one that somebody has changed meanwhile."""
    done = todos.list(completed=True)
    cleared = sum(_is_deleted(todos, each) for each in done)
    return {"cleared": cleared, "more": done.next is not None}


def health() -> dict[str, str]:
    """Tell that the service is there."""
    return {"status": "ok"}


def _is_deleted(todos: Items, todo: Item) -> bool:
    try:
        todos.delete(todo["id"], expected=todo.etag)
    except (ItemMissing, TokenStale):
        return False
    return True
