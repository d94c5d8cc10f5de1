"""The folder `data/`: what the files of a contract are called in it."""

import re
from pathlib import Path

from service.contract.model import Contract

FOLDER = Path("data")


def name_of(contract: Contract, path: Path) -> str:
    """After the title; a title without a letter leaves that to the contract's file."""
    return slug(contract.title) or slug(path.stem) or "api"


def store_of(contract: Contract, path: Path) -> str:
    """The address of the store that `serve` takes, unless it is told another one."""
    return f"sqlite:///{FOLDER}/{name_of(contract, path)}.db"


def slug(title: str) -> str:
    """A title as the name of a file: `Field Notes!` is `field-notes`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
