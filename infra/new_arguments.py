"""The command line of `new`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.subcommands import add_subcommand

_DESCRIPTION = """\
Write a contract of the collections that you name, or add them to one that exists: list, create,
get, change and delete, with pages, filters, ETag, Idempotency-Key and every error described. What
is there stays as it is, comments and style included; what its collections share is used, too."""

_EPILOG = """\
properties:
  NAME:TYPE    title:string! pages:integer price:number 'shelf:enum(a,b)=a' 'keywords:string[]'
  types        string, text (longer), integer, number, boolean, date, date-time, email, uri, uuid,
               enum(a,b); with [] behind it, several
  bounds       string(80) has 80 characters at most, integer(1,5) is from 1 to 5
  !            has to be sent
  ?            may be null
  =VALUE       is taken if it is not sent: available:boolean=true
  Brackets, ? and spaces need quotes in a shell. The service writes id, createdAt and updatedAt.

examples:
  todo-api new library.yaml --collection books title:string! 'shelf:enum(a,b)' --filter shelf
  todo-api new library.yaml --collection readers name:string! email:email!    added to what is there
  todo-api new shop.yaml --collection orders customer:string! paid:boolean=false --filter paid
                         --collection products name:string! 'price:number(0,100000)!'
  todo-api new api.json --title "Village Fair" --ids integer --collection stalls name:string!

then:
  todo-api check library.yaml
  todo-api serve --contract library.yaml
"""


class _InOrder(argparse.Action):
    """Begin a collection, or give it the filters that follow."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        texts = list(values or ())
        if option_string == "--collection":
            namespace.collections = [*namespace.collections, (texts[0], texts[1:], [])]
        elif namespace.collections:
            namespace.collections[-1][2].extend(texts)
        else:
            parser.error("--filter goes behind the --collection whose list it filters")


def add(commands: Any) -> None:
    command = add_subcommand(
        commands,
        "new",
        "write a contract, or add a collection to one",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    command.add_argument("file", type=Path, metavar="FILE", help="its ending says YAML or JSON")
    command.add_argument(
        "--collection",
        dest="collections",
        action=_InOrder,
        nargs="+",
        default=[],
        required=True,
        metavar=("NAME", "PROPERTY"),
        help="books title:string! pages:integer; may be given several times",
    )
    command.add_argument(
        "--filter",
        action=_InOrder,
        nargs="+",
        default=argparse.SUPPRESS,
        metavar="PROPERTY",
        help="what the list of the collection before it can be filtered by",
    )
    command.add_argument(
        "--ids",
        choices=("uuid", "integer"),
        default="uuid",
        help="what items are named by; integers are random, and do not count up [%(default)s]",
    )
    command.add_argument(
        "--id-parameter",
        default="id",
        metavar="NAME",
        help="the parameter in the path of an item: /books/{bookId} [%(default)s]",
    )
    command.add_argument(
        "--title", help="of a new contract [the file's name, or that of its collections]"
    )
