"""The command line, `todo-api`: its words, its help and its exit codes."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from infra import (
    access,
    aws_arguments,
    callers_arguments,
    complete_arguments,
    diff_arguments,
    keys_arguments,
    new_arguments,
    prove_arguments,
)
from infra.capacity import capacity
from infra.check import Refused, as_json, check, examined, told, told_faults
from infra.exits import Exit, table
from infra.gateway.allowlist import EVERY_HOST, OPAQUE_ORIGIN
from infra.gateway.import_document import import_document, summary
from infra.gateway.throttle import BURST, RATE
from service.contract.model import Contract
from service.cors import ANY_ORIGIN

_DESCRIPTION = "Serve a REST API from one OpenAPI contract, on this machine as in AWS Lambda."

_EPILOG = """\
examples:
  todo-api serve                                        openapi.yaml, data in a file under data/
  todo-api serve --contract examples/customers.yaml     another contract, another file
  todo-api serve --port 8001                            another port
  todo-api new library.yaml --collection books title:string! pages:integer
                                                        a contract of your own, in one line
  todo-api check openapi.yaml                           what is wrong with a contract, and where
  todo-api complete openapi.yaml                        what it lacks, as a difference to look at
  todo-api access                                       who may call which operation
  todo-api diff HEAD openapi.yaml                       whom a change of it breaks
  todo-api explain createBook                           all there is to know of one operation
  todo-api document --summary                           what API Gateway checks, and what it cannot
  todo-api prove http://127.0.0.1:8000                  whether an API means what its contract says
  todo-api deploy                                       put it on AWS
  todo-api outputs                                      the addresses of what is deployed
  todo-api logs --follow                                each request to it, as it comes
  todo-api people invite ann@example.com                whoever may sign in to it
  todo-api destroy --stage try                          take a stage away, after asking

exit codes:
""" + table()

_SERVE_EPILOG = """\
examples:
  todo-api serve
  todo-api serve --contract examples/customers.yaml --port 8001
  todo-api serve --store sqlite:////var/lib/api.db      four slashes: an absolute path
  todo-api serve --store dynamodb:TodoItems             a table in AWS
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 todo-api serve --store dynamodb:TodoItems
"""

_CHECK_EPILOG = """\
with --json:
  {"operations": [{"method", "path", "operationId", "by", "faults"}, ...], "faults": [...]}
  by: rule, function, wants function, refused
  a fault: kind, place (the keys that lead to it), line (0 if unknown, as in JSON), reason, remedy

exit codes:
  0    everything is served
  1    something is not, in one of the files at least, or a file cannot be read
  2    the command line is wrong
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the answer is the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    match options.command:
        case "serve" if options.reload:
            again = [each for each in arguments or sys.argv[1:] if each != "--reload"]
            return _with_contract(options, lambda *_: _serve_again_and_again(again, options))
        case "serve":
            return _with_contract(options, _serve)
        case "access" | "document" | "explain" | "prove":
            commands = {
                "access": _access,
                "document": _document,
                "explain": _explain,
                "prove": _prove,
            }
            return _with_contract(options, commands[options.command])
        case "check" | "new" | "complete" | "diff" | "keys":
            return _on_files(options)
        case "deploy" if options.watch:
            if not options.stage.is_for_development:
                parser.error("--watch is for every stage but prod: add --stage dev, for example")
            again = [each for each in arguments or sys.argv[1:] if each != "--watch"]
            return _deploy_again_and_again(again, options)
        case "deploy" | "package":
            return _with_contract(options, _on_aws)
        case "hand-over":
            return _with_contract(options, _hand_over) if options.store else _on_aws(options)
        case "destroy" | "outputs" | "logs" | "parity" | "people":
            return _on_aws(options)
        case _:
            parser.print_help()
            return 0


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="todo-api",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=layout,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('todo-api')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    serve = commands.add_parser(
        "serve",
        help="serve a contract on this machine",
        description="Serve a contract on this machine, through the very handler that Lambda runs.",
        epilog=_SERVE_EPILOG,
        formatter_class=layout,
        allow_abbrev=False,
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on [%(default)s]")
    serve.add_argument("--port", type=int, default=8000, help="0 for a free one [%(default)s]")
    _add_contract(serve)
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

    document = commands.add_parser(
        "document",
        help="print what API Gateway imports",
        description="Print the OpenAPI document that API Gateway imports, derived from a contract.",
    )
    _add_contract(document)
    document.add_argument(
        "--origin",
        type=aws_arguments.origin,
        default=ANY_ORIGIN,
        help="whose pages may call the API",
    )
    document.add_argument(
        "--summary", action="store_true", help="a table of what the gateway checks of each body"
    )

    matrix = commands.add_parser(
        "access",
        help="show who may call which operation",
        description="Tell of each operation of a contract whom it asks for, whose items it reaches,"
        " and what every kind of caller is answered.",
    )
    _add_contract(matrix)
    matrix.add_argument("--json", action="store_true", help="for programs")

    explain = commands.add_parser(
        "explain",
        help="show all there is to know about one operation",
        description="Tell of one operation where it stands, who may call it, what the gateway"
        " checks and what only the service, which index it uses, what it consumes of the table at"
        " most, what its role has to be allowed, which alarms look at it, and what it costs.",
        formatter_class=layout,
        allow_abbrev=False,
    )
    explain.add_argument("operation", metavar="OPERATION", help="an operationId of the contract")
    _add_contract(explain)

    check = commands.add_parser(
        "check",
        help="check whether contracts can be served",
        description="Tell how each operation of a contract is answered, and all that keeps it from"
        " being served: each kind of fault once, with its place, the reason and what to write.",
        epilog=_CHECK_EPILOG,
        formatter_class=layout,
    )
    check.add_argument(
        "--json", action="store_true", help="for programs: one JSON object a file, on one line"
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    new_arguments.add(commands)
    complete_arguments.add(commands)
    diff_arguments.add(commands)
    prove_arguments.add(commands)
    keys_arguments.add(commands)
    aws_arguments.add(commands)
    callers_arguments.add(commands)
    return parser


def _origin(text: str) -> str:
    """Only here may it be `null`: whose pages those are, nobody can tell."""
    return text if text == OPAQUE_ORIGIN else aws_arguments.origin(text)


def _host(text: str) -> str:
    if text != EVERY_HOST and not re.fullmatch(r"\.?[\w-]+(\.[\w-]+)*", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a host name: write api or .example.com, without a port, or *"
        )
    return text


def _base_path(text: str) -> str:
    """With a slash before it and none behind it; `/` is none at all."""
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


def _add_contract(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--contract", type=Path, default=Path("openapi.yaml"), metavar="FILE", help="[%(default)s]"
    )


def _with_contract(
    options: argparse.Namespace, command: Callable[[argparse.Namespace, Contract], int]
) -> int:
    try:
        contract = check(options.contract)
    except Refused as refusal:
        sys.stderr.write(told_faults(options.contract, refusal.report))
        return Exit.REFUSED
    return command(options, contract)


def _serve(options: argparse.Namespace, contract: Contract) -> int:
    # Imported here: the other commands need no server.
    from infra.serve import CannotServe, serve

    try:
        serve(contract, options)
    except CannotServe as error:
        sys.stderr.write(f"{error}\n")
        return Exit.UNAVAILABLE


def _serve_again_and_again(arguments: list[str], options: argparse.Namespace) -> int:
    from infra.reload import keep_running

    return keep_running(arguments, options.contract)


def _deploy_again_and_again(arguments: list[str], options: argparse.Namespace) -> int:
    from infra.reload import keep_deploying

    return keep_deploying(arguments, options.contract)


def _document(options: argparse.Namespace, contract: Contract) -> int:
    told = capacity(contract)
    if options.summary:
        sys.stdout.write(f"{summary(contract)}{told or ''}\n")
        return 0
    if told:
        sys.stderr.write(f"{told}\n")
    document = import_document(contract, options.origin)
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return 0


def _access(options: argparse.Namespace, contract: Contract) -> int:
    told = access.as_json(contract).decode() + "\n" if options.json else access.told(contract)
    sys.stdout.write(told)
    return 0


def _on_files(options: argparse.Namespace) -> int:
    # Imported here: the other commands need none of them.
    match options.command:
        case "check":
            return _check(options)
        case "new":
            from infra.new_command import run
        case "complete":
            from infra.complete_command import run
        case "diff":
            from infra.diff_command import run
        case _:
            from infra.keys_command import run
    return run(options)


def _explain(options: argparse.Namespace, contract: Contract) -> int:
    # Imported here: it reads the template.
    from infra.explain import explained

    operation = contract.operations.get(options.operation)
    if operation is None:
        names = ", ".join(contract.operations)
        sys.stderr.write(f"{options.contract} has no {options.operation}. It has {names}.\n")
        return Exit.MISUSED
    sys.stdout.write(explained(contract, operation, str(options.contract)))
    return Exit.DONE


def _prove(options: argparse.Namespace, contract: Contract) -> int:
    # Imported here: the other commands call no API.
    from infra.prove_command import run

    return run(options, contract)


def _on_aws(options: argparse.Namespace, contract: Contract | None = None) -> int:
    # Imported here: the other commands need no AWS.
    from infra.aws_commands import run

    return run(options, contract)


def _hand_over(options: argparse.Namespace, contract: Contract) -> int:
    # Imported here: the other commands pass nothing on.
    from infra.callers_commands import hand_over_in_file

    return hand_over_in_file(options, contract)


def _check(options: argparse.Namespace) -> int:
    code = Exit.DONE
    for file in options.files:
        report = examined(file)
        if options.json:
            sys.stdout.write(f"{as_json(report).decode()}\n")
        else:
            sys.stdout.write(told(file, report))
        if report.findings:
            code = Exit.REFUSED
    return code
