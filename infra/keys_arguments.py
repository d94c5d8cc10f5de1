"""The command line of `keys`."""

import argparse
import re
from typing import Any

from infra.aws_arguments import stage
from infra.subcommands import add_subcommand

_DESCRIPTION = """\
The API keys of applications: on this machine, where serve asks for them as soon as the contract
does, or of a stage on AWS. Who has one may call as often as the usage plan lets it; it does not
tell who somebody is."""

_EPILOG = """\
examples:
  todo-api keys create billing                the value is shown this once; send it as X-Api-Key
  todo-api keys list
  todo-api keys revoke billing                it ends at once, also while serve runs
  todo-api keys create billing --stage prod   of a stage on AWS

On this machine the keys are in data/keys.json, without their values.
"""


def add(commands: Any) -> None:
    command = add_subcommand(
        commands, "keys", "the API keys of applications", description=_DESCRIPTION, epilog=_EPILOG
    )
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, meaning in (
        ("create", "make one, and show its value"),
        ("list", "list their names"),
        ("revoke", "end one"),
    ):
        parser = actions.add_parser(action, help=meaning, allow_abbrev=False)
        if action != "list":
            parser.add_argument("name", type=_name, metavar="NAME", help="of the application")
        parser.add_argument("--stage", type=stage, help="of that stage [of this machine]")
        parser.add_argument("--region", help="with a stage [as AWS is configured]")


def _name(text: str) -> str:
    """A name that API Gateway accepts, and that fits into a line of a list."""
    if not re.fullmatch(r"[\w.-]{1,64}", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a name: use up to 64 letters, digits and _ . -"
        )
    return text
