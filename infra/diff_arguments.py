"""The command line of `diff`."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Tell what a change of a contract does: to clients that were made for the old one, by the direction
of requests and answers; to the items that are kept; to what the gateway checks; to the indexes of
the table, and to what calls cost."""

_EPILOG = """\
OLD:
  FILE                  another file
  REVISION              the same file in a revision of git: HEAD, main, v1.2.0
  REVISION:PATH         another file there
  https://…             whatever is published there
  release               the same file in the last release: the newest tag like v1.2.0

examples:
  todo-api diff HEAD openapi.yaml
  todo-api diff release openapi.yaml
  todo-api diff https://example.com/openapi.json openapi.yaml --calls 5000000

exit codes:
  0    no client breaks for certain, or the contract has a new major version, or --breaking was said
  1    a contract cannot be read
  2    the command line is wrong
  3    OLD cannot be had
  4    clients break
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "diff",
        help="show which clients a change of a contract breaks, and what else it does",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("old", metavar="OLD")
    command.add_argument("new", type=Path, metavar="NEW", help="a file")
    command.add_argument(
        "--breaking", action="store_true", help="clients may break: the exit code is 0 all the same"
    )
    command.add_argument(
        "--calls",
        type=int,
        default=1_000_000,
        metavar="N",
        help="of each operation, to tell what they cost [%(default)s]",
    )
    command.add_argument("--json", action="store_true", help="for programs: one JSON object")
