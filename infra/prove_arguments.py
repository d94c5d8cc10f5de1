"""The command line of `prove`."""

import argparse
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.subcommands import add_subcommand

_DESCRIPTION = """\
Prove that an API means what its contract says: random histories of creates, repeats, stale and
current versions, deletes, and lists to the end while others write, and races of 16 clients, with
each response compared with what the contract means. The API may be anybody's, wherever it is.
What is made is deleted again; items of others are neither looked at nor changed."""

_EPILOG = """\
examples:
  todo-api prove http://127.0.0.1:8000
  todo-api prove https://example.com/v1 --contract examples/customers.yaml --seconds 300
  todo-api prove http://127.0.0.1:8000 --as ann=ANN --as bob=BOB
  todo-api prove http://127.0.0.1:8000 --clean          after a proof that was killed

A fault is reported with the fewest calls that show it, as a script for a shell (a race as it went).

exit codes:
  0    every response was what the contract means
  1    the contract cannot be served
  2    the command line is wrong
  3    the API cannot be reached
  4    a response was something else
  130  stopped with Ctrl-C
"""


def add(commands: Any) -> None:
    command = add_subcommand(
        commands,
        "prove",
        "prove that an API means what its contract says",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    command.add_argument(
        "url", type=_url, metavar="URL", help="what comes before the contract's paths"
    )
    command.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE", help="[%(default)s]"
    )
    command.add_argument(
        "--seconds", type=_seconds, default=30.0, help="how long to look [%(default)g]"
    )
    command.add_argument("--seed", type=int, help="repeats what another run has tried [a new one]")
    command.add_argument(
        "--settle",
        type=_seconds,
        help="seconds after which a list shows every write [0 on this machine, else 10]",
    )
    command.add_argument(
        "--contract-only",
        action="store_true",
        help="check only what the contract says: not the order of lists, nor preconditions, keys"
        " and HEAD where it does not name them",
    )
    command.add_argument(
        "--as",
        dest="callers",
        type=_variable,
        action="append",
        default=[],
        metavar="NAME=ENVVAR",
        help="who calls, with the environment variable that holds the access token; twice for two"
        " people, neither of whom may see the other's items",
    )
    command.add_argument(
        "--key",
        metavar="ENVVAR",
        help="the environment variable that holds the key of an application",
    )
    command.add_argument(
        "--leave",
        action="store_true",
        help="prove collections as well whose items nothing can delete: they stay",
    )
    command.add_argument(
        "--journal",
        type=Path,
        default=Path("data/prove.jsonl"),
        metavar="FILE",
        help="notes what is made, until it is deleted [%(default)s]",
    )
    command.add_argument(
        "--clean", action="store_true", help="only delete what an earlier proof has left behind"
    )
    command.add_argument("--json", action="store_true", help="for programs: one JSON object")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address like http://127.0.0.1:8000")
    return text.rstrip("/")


def _variable(text: str) -> tuple[str, str]:
    name, _, variable = text.partition("=")
    if not name or not variable:
        raise argparse.ArgumentTypeError(f"{text!r} is not like ann=TOKEN_OF_ANN")
    return name, variable


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return float(text)
