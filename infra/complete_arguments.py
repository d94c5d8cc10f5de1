"""The command line of `complete`."""

from pathlib import Path
from typing import Any

from infra.subcommands import add_subcommand

_DESCRIPTION = """\
Write into a contract what `todo-api check` says that complete writes: problems, operationIds,
closed bodies, cursor and limit, the header Link, bounds, path parameters, readOnly and 64 bits on
ids. Comments, order and style stay.

It prints the difference, and what existing clients would notice of it; --write writes it. It takes
away no operation, parameter or property, changes no type, and touches security only with --sign-in.
A schema that a body shares with a response is kept: the body gets a closed one of its own."""

_EPILOG = """\
examples:
  todo-api complete openapi.yaml                        look at what it would write
  todo-api complete openapi.yaml --write                write it; a second time it changes nothing
  todo-api complete openapi.yaml --write --concurrency  ETag, If-Match and Idempotency-Key as well
  todo-api complete openapi.yaml --sign-in              security, too: schemes and scopes as served
  todo-api check openapi.yaml                           what is left for you: functions, and faults
"""


def add(commands: Any) -> None:
    command = add_subcommand(
        commands,
        "complete",
        "write into a contract what it lacks",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--write", action="store_true", help="write it, instead of showing it")
    command.add_argument(
        "--concurrency",
        action="store_true",
        help="describe the headers that keep changes from being lost, which are obeyed anyway",
    )
    command.add_argument(
        "--sign-in",
        action="store_true",
        help="rewrite security that is not served: bearer tokens and other flows to signing in by"
        " authorization code, scopes to IDENTIFIER/NAME, keys to X-Api-Key",
    )
    command.add_argument(
        "--answers",
        action="store_true",
        help="where GET says nothing of its answer: an item of what create takes, a uuid and times",
    )
