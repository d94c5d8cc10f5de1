"""The folder `data/`: the names of a contract's files in it."""

import re
from pathlib import Path

from service.contract.model import Contract

FOLDER = Path("data")


def name_of(contract: Contract, path: Path) -> str:
    """A name made from the title, or from the name of the contract's file if that has no letter."""
    return slug(contract.title) or slug(path.stem) or "api"


def store_of(contract: Contract, path: Path) -> str:
    """The default address of the store for `serve`."""
    return f"sqlite:///{FOLDER}/{name_of(contract, path)}.db"


def slug(title: str) -> str:
    """A title as the name of a file: `Field Notes!` is `field-notes`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
