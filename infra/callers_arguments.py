"""The command line of the commands about callers: people, hand-over."""

from pathlib import Path
from typing import Any

from infra.aws_arguments import on_stage

_PEOPLE_EPILOG = """\
examples:
  todo-api people invite ann@example.com bob@example.com
  todo-api people list --stage dev
  todo-api people remove ann@example.com                  asks what becomes of her items
  todo-api people remove ann@example.com --items bob@example.com --yes

Amazon Cognito sends the invitations, at most 50 e-mails a day. Who was invited and has not come is
invited again. A token that somebody has is good for up to 15 minutes after the person was removed.
"""

_HAND_OVER_EPILOG = """\
examples:
  todo-api hand-over --collection books --from everyone --to ann@example.com
  todo-api hand-over --collection books --from ann@example.com --to bob@example.com
  todo-api hand-over --collection books --from 5f0c… --to everyone
  todo-api hand-over --store sqlite:///data/library.db --collection books --from everyone --to Ann

An owner is everyone, a person's e-mail address (on this machine the name that somebody signs in
with), or what the service knows an owner by: a person's sub (todo-api people list), or the user id
of a service. It may be stopped, and run again, at any time, also while serve runs. Idempotency
keys from before are forgotten.
"""


def add(commands: Any) -> None:
    """Add the commands to the subparsers of `todo-api`."""
    people = on_stage(commands, "people", "invite, list and remove people", _PEOPLE_EPILOG)
    people.add_argument("action", choices=["invite", "list", "remove"])
    people.add_argument("addresses", nargs="*", metavar="ADDRESS", help="e-mail addresses")
    people.add_argument(
        "--items",
        metavar="WHAT",
        help="with remove, what becomes of items: keep, delete, or the address of who gets them",
    )
    people.add_argument("--yes", action="store_true", help="ask nobody")
    over = on_stage(
        commands, "hand-over", "give items to another owner", _HAND_OVER_EPILOG, or_store=True
    )
    over.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE",
        help="with --store, the contract that is served [%(default)s]",
    )  # fmt: skip
    over.add_argument("--collection", required=True, metavar="NAME", help="such as books")
    over.add_argument("--from", dest="source", required=True, metavar="OWNER")
    over.add_argument("--to", required=True, metavar="OWNER", help="a person, or everyone")
    over.add_argument(
        "--yes", action="store_true", help="do not ask, except about everybody's items"
    )
