"""The command line of the commands that work on AWS: destroy, outputs, logs."""

import argparse
import re
from typing import Any

from infra.stack.stage import Stage

_DESTROY_EPILOG = """\
examples:
  todo-api destroy --stage try             shows what goes, and asks for the stage's name
  todo-api destroy --stage try --yes       asks nobody
  todo-api destroy --keep-data             leaves the table; a later deploy takes it over

It may be stopped, and run again, at any time. Run on nothing, it says so.
"""

_OUTPUTS_EPILOG = """\
examples:
  todo-api outputs --stage try
  curl "$(todo-api outputs --json | jq -r .ApiUrl)/todos"
"""

_LOGS_EPILOG = """\
examples:
  todo-api logs                            the last ten minutes
  todo-api logs --since 2h                 s, m, h, d: seconds to days
  todo-api logs --follow                   and what comes, until Ctrl-C
  todo-api logs --json | jq 'select(.status >= 500)'
"""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add(commands: Any) -> None:
    """Add the commands to the subparsers of `todo-api`."""
    destroy = _command(commands, "destroy", "take a stage away, and prove it", _DESTROY_EPILOG)
    destroy.add_argument("--keep-data", action="store_true", help="leave its table as it is")
    destroy.add_argument("--yes", action="store_true", help="ask nobody")
    _command(commands, "outputs", "print a stage's addresses and names", _OUTPUTS_EPILOG)
    logs = _command(commands, "logs", "print the requests of a stage, one a line", _LOGS_EPILOG)
    logs.add_argument(
        "--since", type=_seconds, default="10m", metavar="TIME", help="how far back [%(default)s]"
    )
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")


def _command(commands: Any, name: str, help: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("--stage", type=_stage, default="prod", help="[%(default)s]")
    command.add_argument("--region", help="[the one that AWS_DEFAULT_REGION or your profile names]")
    command.add_argument("--json", action="store_true", help="for programs")
    return command


def _stage(name: str) -> Stage:
    try:
        return Stage(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 90s, 10m, 2h or 3d")
    return int(found[1]) * _UNITS[found[2]]
