"""The command line of `keys`."""

import argparse

_DESCRIPTION = """\
The API keys of applications on this machine, where serve asks for them as soon as the contract
does. Who has one may call as often as the usage plan lets it; it does not tell who somebody is."""

_EPILOG = """\
examples:
  todo-api keys create billing                the value is shown this once; send it as X-Api-Key
  todo-api keys list
  todo-api keys revoke billing                it ends at once, also while serve runs

On this machine the keys are in data/keys.json, without their values.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "keys",
        help="the API keys of applications",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = command.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, meaning in (
        ("create", "make one, and show its value"),
        ("list", "tell their names"),
        ("revoke", "end one"),
    ):
        parser = actions.add_parser(action, help=meaning, allow_abbrev=False)
        if action != "list":
            parser.add_argument("name", metavar="NAME", help="of the application")
