"""The command line of the commands that work on AWS: deploy, destroy, outputs, logs, package."""

import argparse
import re
from pathlib import Path
from typing import Any

from infra import prices
from infra.aws.stage import Stage
from infra.subcommands import add_shards, add_subcommand

_DEPLOY_EPILOG = """\
examples:
  todo-api deploy                                         openapi.yaml as stage prod
  todo-api deploy --stage try --contract examples/customers.yaml --yes
  todo-api deploy --alarm-email me@example.com            who is alerted
  todo-api deploy --origin https://example.com            whose pages may call the API
  todo-api deploy --stage dev --watch                     again after each file that is saved
  todo-api deploy --rate 900 --log-days 365               what is left out the next time stays so

What would change, and what somebody has changed by hand, is shown before it is done. What is left
out stays as it was. It may be stopped, and run again, at any time; run without changes, it says so.

What the contract changes is shown as by `todo-api diff`. What breaks clients of the one that is
live is refused unless --breaking is said; what may break kept items, unless --kept-items is.

On every stage but prod a change of nothing but code goes live in seconds, ahead of the stack and
without a look for changes by hand. The next deployment of more brings the stack up to it first.
With --watch each file that is saved, of the contract, the code and the page, goes live so.
"""

_PARITY_EPILOG = """\
examples:
  todo-api parity                       each claim about API Gateway that does not hold
  todo-api parity --stage dev --json    all of them, with their sources

It sends requests that make, change and delete nothing, and ends with 4 if an answer differs.
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
  todo-api destroy --keep-data             leaves items and people; a later deploy takes them over

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

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653)
"""AWS::Logs::LogGroup, RetentionInDays; the template takes the same."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add(commands: Any) -> None:
    """Add the commands to the subparsers of `todo-api`."""
    _add_deploy(on_stage(commands, "deploy", "put a stage on AWS, or change it", _DEPLOY_EPILOG))
    destroy = on_stage(commands, "destroy", "take a stage away, and prove it", _DESTROY_EPILOG)
    destroy.add_argument("--keep-data", action="store_true", help="keep its items and its people")
    destroy.add_argument("--yes", action="store_true", help="ask nobody")
    on_stage(commands, "outputs", "print a stage's addresses and names", _OUTPUTS_EPILOG)
    logs = on_stage(commands, "logs", "print the requests of a stage, one a line", _LOGS_EPILOG)
    logs.add_argument(
        "--since", type=_seconds, default="10m", metavar="TIME", help="how far back [%(default)s]"
    )
    logs.add_argument("--follow", action="store_true", help="keep going until Ctrl-C")
    on_stage(
        commands, "parity", "show where API Gateway differs from the local gateway", _PARITY_EPILOG
    )
    package = _plain_command(commands, "package", "make the zip that Lambda runs", _PACKAGE_EPILOG)
    _add_platform(package)
    package.add_argument("--folder", type=Path, default=Path("build"), help="[%(default)s]")


def _add_deploy(deploy: argparse.ArgumentParser) -> None:
    _add_platform(deploy)
    deploy.add_argument(
        "--table-name", type=_table_name, metavar="NAME", help="[TodoItems, or TodoItems-STAGE]"
    )
    deploy.add_argument(
        "--alarm-email", type=email, metavar="ADDRESS", help="who is alerted [nobody]"
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
    deploy.add_argument(
        "--rate", type=_positive, metavar="NUMBER", help="requests a second, of all clients [500]"
    )
    deploy.add_argument(
        "--burst", type=_positive, metavar="NUMBER", help="requests at once, before that [500]"
    )
    add_shards(
        deploy,
        "partitions of each list, each for 1,000 write units a second, and a query with every list;"
        " another number builds all indexes anew, next to the old ones [1]",
    )
    deploy.add_argument(
        "--sign-up",
        choices=["invited", "open"],
        help="who can have an account: people you invite, or anybody; 10,000 people who sign in"
        " within a month are free, and each further one costs 0.0055 dollars [invited]",
    )
    deploy.add_argument(
        "--mfa",
        choices=["off", "optional", "required"],
        help="whether signing in takes an authenticator application, which costs nothing [off]",
    )
    deploy.add_argument(
        "--key-rate", type=_positive, metavar="NUMBER", help="requests a second, of each key [10]"
    )
    deploy.add_argument(
        "--key-burst", type=_positive, metavar="NUMBER", help="at once, before that [20]"
    )
    deploy.add_argument(
        "--key-quota",
        type=_positive,
        metavar="NUMBER",
        help="requests a month, of each key, as far as API Gateway counts them [100000]",
    )
    deploy.add_argument(
        "--log-days", type=_log_days, metavar="DAYS", help="how long logs are kept [30]"
    )
    _add_extras(deploy)
    deploy.add_argument(
        "--breaking",
        action="store_true",
        help="clients of the contract that is live may break [refused]",
    )
    deploy.add_argument(
        "--kept-items",
        choices=["count", "leave"],
        help="where the new contract may refuse items that are kept: count them and go on if there"
        " are none, or leave them as they are [refused]",
    )
    deploy.add_argument(
        "--watch",
        action="store_true",
        help="deploy again after each change of a file, until Ctrl-C; asks once; not for prod",
    )
    deploy.add_argument("--yes", action="store_true", help="ask nobody")


def _add_extras(deploy: argparse.ArgumentParser) -> None:
    """Add the options that cost money and are off by default; each says how much."""
    _add_switch(
        deploy,
        "--xray",
        "follow requests with AWS X-Ray, the first of each second and 5 percent of the rest;"
        f" {prices.TRACE * 1e6:.2f} dollars a million traces",
    )
    _add_switch(
        deploy,
        "--kms",
        f"encrypt items and logs with a key of your own in AWS KMS; {prices.KEY:.2f} dollars a"
        " month, and as much again after each of its first two yearly rotations",
    )
    deploy.add_argument(
        "--budget",
        type=_dollars,
        metavar="DOLLARS",
        help="tell the address of the alarms when the whole account's costs of a month pass 80"
        " percent of it, or all, or are about to; 0 for none;"
        f" {prices.BUDGET:.2f} dollars a month [0]",
    )
    _add_switch(
        deploy,
        "--waf",
        "refuse known attacks, and more than 10 requests a second of one address, by AWS WAF;"
        f" {prices.FIREWALL:.2f} dollars a month and {prices.FIREWALL_REQUEST * 1e6:.2f} a million"
        " requests",
    )
    _add_switch(
        deploy,
        "--trail",
        "record by AWS CloudTrail who uses which item, through the API or not;"
        f" {prices.DATA_EVENT * 1e5:.2f} dollars for 100,000 requests, and some cents for their"
        " logs in S3",
    )


def _add_switch(deploy: argparse.ArgumentParser, option: str, help: str) -> None:
    """Add an option that means `on` if it has no value."""
    deploy.add_argument(option, nargs="?", const="on", choices=["on", "off"], help=f"{help} [off]")


def _add_platform(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE", help="[%(default)s]"
    )
    command.add_argument(
        "--architecture", choices=["arm64", "x86_64"], help="[arm64 where the libraries run on it]"
    )
    command.add_argument("--runtime", metavar="PYTHON", help="[the Python that runs this]")


def on_stage(
    commands: Any, name: str, help: str, epilog: str, or_store: bool = False
) -> argparse.ArgumentParser:
    """Add a command about one stage, or about a SQLite file instead."""
    command = _plain_command(commands, name, help, epilog)
    where = command.add_mutually_exclusive_group()
    where.add_argument("--stage", type=stage, default="prod", help="[%(default)s]")
    if or_store:
        where.add_argument(
            "--store", type=_file, metavar="sqlite:///FILE", help="of this machine, as serve has it"
        )
    command.add_argument("--region", help="[the one that AWS_DEFAULT_REGION or your profile names]")
    return command


def _plain_command(commands: Any, name: str, help: str, epilog: str) -> argparse.ArgumentParser:
    command = add_subcommand(commands, name, help, epilog=epilog)
    command.add_argument("--json", action="store_true", help="for programs")
    return command


def stage(name: str) -> Stage:
    try:
        return Stage(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def origin(text: str) -> str:
    """An origin as browsers send it, or `*` for every origin."""
    if not re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://[A-Za-z0-9._:\[\]-]+", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an origin: write https://example.com, or *"
        )
    return text


def _file(text: str) -> str:
    if not re.fullmatch(r"sqlite:///.+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a file: write sqlite:///FILE")
    return text


def _table_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a table name: use 3 to 255 letters, digits and _ . -"
        )
    return text


def email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an e-mail address")
    return text


def _positive(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _dollars(text: str) -> int:
    return 0 if text == "0" else _positive(text)


def _log_days(text: str) -> int:
    if text not in map(str, LOG_DAYS):
        known = ", ".join(map(str, LOG_DAYS))
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a retention that AWS offers, in days: {known}"
        )
    return int(text)


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration: write 90s, 10m, 2h or 3d")
    return int(found[1]) * _UNITS[found[2]]
