"""Counting for `diff`: the items that it checks, and whether somebody agreed to the costs."""

import argparse
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from infra.aws.stage import Stage
from infra.console import ask, tell
from infra.data import store_of
from infra.kept.counting import count
from infra.kept.files import ItemsInFile
from infra.kept.judgement import Tallies
from infra.revisions import NotFound, stage_in
from service.contract.model import Contract

_FILE = "sqlite:///"


class NotAgreed(Exception):
    """Nobody agreed to the read units; the text says how to."""


def counted(options: argparse.Namespace, contract: Contract, names: Sequence[str]) -> Tallies:
    """What the contract refuses among these collections' items. Raises NotFound, NotAgreed."""
    address = options.store
    if address is None and stage_in(options.old):
        address = options.old
    if address is None:
        address = store_of(contract, options.new)
    if stage := stage_in(address):
        return _of_stage(stage, options, contract, names)
    if not address.startswith(_FILE):
        raise NotFound(f"{address} is not a store. Write sqlite:///FILE, or stage:NAME.")
    return _of_file(Path(address.removeprefix(_FILE)), contract, names)


def _of_file(path: Path, contract: Contract, names: Sequence[str]) -> Tallies:
    if not path.is_file():
        raise NotFound(
            f"There is no file {path} whose items could be counted. Name it: --store"
            " sqlite:///FILE, or --store stage:NAME for those of a stage."
        )
    try:
        return count(ItemsInFile(path), contract, names, tell)
    except sqlite3.Error as error:
        raise NotFound(f"{path} cannot be read: {error}.") from error


def _of_stage(
    stage: Stage, options: argparse.Namespace, contract: Contract, names: Sequence[str]
) -> Tallies:
    # Imported here: counting in a file does not need AWS.
    from infra.aws.account import Account, StackError
    from infra.aws.outputs import outputs
    from infra.kept.tables import ItemsInTable

    try:
        account = Account(options.region)
        items = ItemsInTable(account, outputs(account, stage)["TableName"])
        tell(items.costs)
        if not options.yes and ask("Go on? [y/N]") not in ("y", "Y", "yes"):
            raise NotAgreed("Nothing was counted. To agree to the reads beforehand, use --yes.")
        return count(items, contract, names, tell)
    except StackError as error:
        raise NotFound(str(error)) from error
