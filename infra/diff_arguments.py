"""The command line of `diff`."""

from pathlib import Path
from typing import Any

from infra.prices import CALLS
from infra.subcommands import add_shards, add_subcommand

_DESCRIPTION = """\
Show what a change of a contract does: to clients that were made for the old one, by the direction
of requests and responses; to the items that are kept; to what the gateway checks; to the indexes of
the table, and to the bill of a month."""

_EPILOG = """\
OLD:
  FILE                  another file
  REVISION              the same file in a revision of git: HEAD, main, v1.2.0
  REVISION:PATH         another file there
  https://…             whatever is published there
  release               the same file in the last release: the newest tag like v1.2.0
  stage:NAME            what a stage serves at present

examples:
  todo-api diff HEAD openapi.yaml
  todo-api diff release openapi.yaml
  todo-api diff https://example.com/openapi.json openapi.yaml --calls 5000000
  todo-api diff HEAD openapi.yaml --count                 how many items in data/ would break
  todo-api diff stage:prod openapi.yaml --count           how many of the stage's

A count may be stopped at any time, and run again: it goes on from there. On a stage it says how
many read units it takes, and asks first.

exit codes:
  0    no client breaks for certain, or the contract has a new major version, or --breaking was used
  1    a contract cannot be read
  2    the command line is wrong
  3    OLD, or the items to count, cannot be had
  4    clients break, or items that were counted do, or nobody agreed to counting them
  130  stopped with Ctrl-C
"""


def add(commands: Any) -> None:
    command = add_subcommand(
        commands,
        "diff",
        "show which clients a change of a contract breaks, and what else it does",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    command.add_argument("old", metavar="OLD")
    command.add_argument("new", type=Path, metavar="NEW", help="a file")
    command.add_argument(
        "--breaking", action="store_true", help="clients may break: the exit code is 0 all the same"
    )
    command.add_argument(
        "--calls",
        type=int,
        default=CALLS,
        metavar="N",
        help="of each operation in a month, to tell what they cost [%(default)s]",
    )
    add_shards(command, "partitions of each list [those of the stage that OLD is, else 1]")
    command.add_argument(
        "--count",
        action="store_true",
        help="look at the kept items of which some may break, and count those that do",
    )
    command.add_argument(
        "--store",
        metavar="ADDRESS",
        help="with --count, where they are: sqlite:///FILE, or stage:NAME [the stage that OLD is,"
        " else the file that serve keeps]",
    )
    command.add_argument("--region", help="[the one that AWS_DEFAULT_REGION or your profile names]")
    command.add_argument("--yes", action="store_true", help="agree to the read units of a count")
    command.add_argument("--json", action="store_true", help="for programs: one JSON object")
