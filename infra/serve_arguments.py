"""The command line of `serve`."""

import argparse
import re
from typing import Any

from infra import aws_arguments
from infra.gateway.allowlist import EVERY_HOST, OPAQUE_ORIGIN
from infra.gateway.throttle import BURST, RATE
from infra.subcommands import add_contract, add_subcommand

_EPILOG = """\
examples:
  todo-api serve
  todo-api serve --contract examples/customers.yaml --port 8001
  todo-api serve --store sqlite:////var/lib/api.db      four slashes: an absolute path
  todo-api serve --store dynamodb:TodoItems             a table in AWS
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 todo-api serve --store dynamodb:TodoItems
"""


def add(commands: Any) -> None:
    serve = add_subcommand(
        commands,
        "serve",
        "serve a contract on this machine",
        description="Serve a contract on this machine, through the very handler that Lambda runs.",
        epilog=_EPILOG,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on [%(default)s]")
    serve.add_argument("--port", type=int, default=8000, help="0 for a free one [%(default)s]")
    add_contract(serve)
    serve.add_argument(
        "--store",
        metavar="ADDRESS",
        help="sqlite:///FILE or dynamodb:TABLE [a SQLite file under data/, named after the title]",
    )
    serve.add_argument(
        "--origin",
        type=_origin,
        help="whose pages may call the API, besides this machine's own: https://app.example.com,"
        " null (files, sandboxed frames), or * for everybody's [nobody else's]",
    )
    serve.add_argument(
        "--allow-host",
        type=_host,
        action="append",
        default=[],
        metavar="NAME",
        help="a name that the server may be called by, beside localhost and addresses: api,"
        " .example.com with all below it, or * for every one; may be given several times",
    )
    serve.add_argument("--stage", default="prod", help="the stage that events name [%(default)s]")
    serve.add_argument(
        "--base-path",
        type=_base_path,
        default="",
        metavar="PATH",
        help="serve the API below it, as a custom domain may: /v1; page and contract stay at /",
    )
    serve.add_argument(
        "--rate", type=_rate, default=RATE, help="requests a second, 0 for no limit [%(default)s]"
    )
    serve.add_argument("--burst", type=_burst, default=BURST, help="requests at once [%(default)s]")
    serve.add_argument(
        "--issuer",
        metavar="URL",
        help="where people sign in, such as a user pool of Cognito [a page of this server's own,"
        " where any name will do]",
    )
    serve.add_argument(
        "--client", metavar="ID", help="what the issuer calls this application; with --issuer"
    )
    serve.add_argument(
        "--anyone-signs-in",
        action="store_true",
        help="have that page also where others can reach it: they sign in under any name",
    )
    serve.add_argument(
        "--reload", action="store_true", help="restart when the contract or the code changes"
    )


def _origin(text: str) -> str:
    """An origin, which may be `null` only here: nobody knows whose pages those are."""
    return text if text == OPAQUE_ORIGIN else aws_arguments.origin(text)


def _host(text: str) -> str:
    if text != EVERY_HOST and not re.fullmatch(r"\.?[\w-]+(\.[\w-]+)*", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a host name: write api or .example.com, without a port, or *"
        )
    return text


def _base_path(text: str) -> str:
    """A path with a leading slash and no trailing one; `/` means none."""
    path = text.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9$_.+!*'()/-]*", path, re.ASCII) or "//" in path:
        raise argparse.ArgumentTypeError(f"{text!r} is not a base path: write one like /v1")
    return f"/{path}" if path else ""


def _rate(text: str) -> float:
    rate = float(text)
    if not rate >= 0:
        raise ValueError
    return rate


def _burst(text: str) -> int:
    burst = int(text)
    if burst < 1:
        raise ValueError
    return burst
