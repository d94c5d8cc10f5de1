"""A command of `todo-api`: its name, and help that keeps its lines. No option has a short form."""

import argparse
from pathlib import Path
from typing import Any

from service.stores.shards import MOST_SHARDS


def add_subcommand(
    commands: Any, name: str, help: str, *, description: str = "", epilog: str = ""
) -> argparse.ArgumentParser:
    """Add a command; without a description, `--help` shows its line from the list of commands."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description or f"{help[0].upper()}{help[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return command


def add_shards(command: argparse.ArgumentParser, help: str) -> None:
    command.add_argument("--shards", type=_shards, metavar="N", help=help)


def _shards(text: str) -> int:
    if text not in map(str, range(1, MOST_SHARDS + 1)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_SHARDS}")
    return int(text)


def add_contract(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE", help="[%(default)s]"
    )
