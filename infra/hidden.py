"""Items in a SQLite file that nobody sees, as those who may call do not own them."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from infra.callers.counted import Counted
from infra.callers.file_items import FileItems
from service.contract.model import Collection, Contract
from service.contract.security import Kind
from service.stores import OWNER, Scope

MOST = 10_000
"""The most items that are counted, so that the server starts soon."""


def hidden(contract: Contract, path: Path, store: str) -> Iterator[str]:
    """A line for each collection with hidden items, with the command that hands them over.

    `path` is the contract's, and `store` an address as `serve` takes it.
    """
    kind, _, rest = store.partition(":///")
    if kind != "sqlite" or not Path(rest).is_file():
        return
    items = FileItems(Path(rest))
    for collection in contract.collections.values():
        found = _counted(items, collection)
        if found.number:
            yield (
                f"Nobody sees {found} of {collection.path}: {_why(collection)} They stay in the"
                f" file. To hand them over: todo-api hand-over --store {quote(store)}"
                f" --contract {quote(str(path))} --collection {collection.name}"
                f" {_from_and_to(collection)}"
            )


def _counted(items: FileItems, collection: Collection) -> Counted:
    everyone = Scope(collection.name, OWNER)
    if collection.caller is None:
        return items.not_owned_by(everyone, MOST)
    return items.owned_by(everyone, MOST)


def _why(collection: Collection) -> str:
    if collection.caller is None:
        return "what belongs to one caller is hidden where everybody shares all."
    return f"what belongs to everyone is hidden where each {collection.caller} has their own."


def _from_and_to(collection: Collection) -> str:
    if collection.caller is None:
        return "--from OWNER --to everyone"
    return f"--from everyone --to {'NAME' if collection.caller is Kind.PERSON else 'SERVICE'}"
