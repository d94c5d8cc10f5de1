"""The command line of the commands that work on AWS: deploy, destroy, outputs, logs, package."""

import argparse
import re
from pathlib import Path
from typing import Any

from infra.stack.stage import Stage

_DEPLOY_EPILOG = """\
examples:
  todo-api deploy                                         openapi.yaml as stage prod
  todo-api deploy --stage try --contract examples/customers.yaml --yes
  todo-api deploy --alarm-email me@example.com            whom the alarms tell
  todo-api deploy --origin https://example.com            whose pages may call the API

What would change is shown before it is done. What is left out stays as it was. It may be stopped,
and run again, at any time; run without changes, it says so.
"""

_PACKAGE_EPILOG = """\
examples:
  todo-api package
  todo-api package --runtime python3.13 --architecture arm64 --folder dist

The same contract and the same libraries always give the same bytes.
"""

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
  curl "$(todo-api outputs --json | jq -r .ApiUrl)/customers"
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
    _add_deploy(_command(commands, "deploy", "put a stage on AWS, or change it", _DEPLOY_EPILOG))
    destroy = _command(commands, "destroy", "take a stage away, and prove it", _DESTROY_EPILOG)
    destroy.add_argument("--keep-data", action="store_true", help="leave its table as it is")
    destroy.add_argument("--yes", action="store_true", help="ask nobody")
    _command(commands, "outputs", "print a stage's addresses and names", _OUTPUTS_EPILOG)
    logs = _command(commands, "logs", "print the requests of a stage, one a line", _LOGS_EPILOG)
    logs.add_argument(
        "--since", type=_seconds, default="10m", metavar="TIME", help="how far back [%(default)s]"
    )
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    package = _plain_command(commands, "package", "make the zip that Lambda runs", _PACKAGE_EPILOG)
    _add_platform(package)
    package.add_argument("--folder", type=Path, default=Path("build"), help="[%(default)s]")


def _add_deploy(deploy: argparse.ArgumentParser) -> None:
    _add_platform(deploy)
    deploy.add_argument(
        "--table-name", type=_table_name, metavar="NAME", help="[TodoItems, or TodoItems-STAGE]"
    )
    deploy.add_argument(
        "--alarm-email", type=_email, metavar="ADDRESS", help="whom the alarms tell [nobody]"
    )
    deploy.add_argument("--origin", type=origin, help="whose pages may call the API [every one's]")
    deploy.add_argument(
        "--page", choices=["on", "off"], help="whether the stage has its page, on CloudFront [on]"
    )
    deploy.add_argument(
        "--snap-start",
        choices=["on", "off"],
        help="begin cold starts from a snapshot, for a fee; python3.12 or newer [off]",
    )
    deploy.add_argument("--yes", action="store_true", help="ask nobody")


def _add_platform(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE", help="[%(default)s]"
    )
    command.add_argument(
        "--architecture", choices=["arm64", "x86_64"], help="[arm64 where the libraries run on it]"
    )
    command.add_argument("--runtime", metavar="PYTHON", help="[the Python that runs this]")


def _command(commands: Any, name: str, help: str, epilog: str) -> argparse.ArgumentParser:
    command = _plain_command(commands, name, help, epilog)
    command.add_argument("--stage", type=_stage, default="prod", help="[%(default)s]")
    command.add_argument("--region", help="[the one that AWS_DEFAULT_REGION or your profile names]")
    return command


def _plain_command(commands: Any, name: str, help: str, epilog: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("--json", action="store_true", help="for programs")
    return command


def _stage(name: str) -> Stage:
    try:
        return Stage(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def origin(text: str) -> str:
    """An origin as browsers send it, or `*` for every one."""
    if not re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://[A-Za-z0-9._:\[\]-]+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is no origin: write https://example.com, or *")
    return text


def _table_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no table: 3 to 255 letters, digits and _ . -"
        )
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no e-mail address")
    return text


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 90s, 10m, 2h or 3d")
    return int(found[1]) * _UNITS[found[2]]
