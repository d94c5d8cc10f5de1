"""Items in a SQLite file that a contract refuses, as they were written under another one."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infra.kept.files import ItemsInFile
from infra.kept.judgement import Judge, told
from service.contract.model import Contract


def unfit(contract: Contract, store: str) -> Iterator[str]:
    """Lines about a sample of the items, in the order of their random ids, so that the server
    starts soon. `store` is an address as `serve` takes it.
    """
    kind, _, rest = store.partition(":///")
    if kind != "sqlite" or not Path(rest).is_file():
        return
    judge = Judge(contract, contract.collections)
    tallies = judge.tallies()
    with suppress(sqlite3.Error):  # the store reports whatever is wrong with the file
        for each in next(ItemsInFile(Path(rest)).pages(None)).items:
            judge.judge(each.collection, each.id, each.values, tallies)
    yield from told({name: each for name, each in tallies.items() if each.refused})
