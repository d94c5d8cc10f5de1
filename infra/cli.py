"""The command line, `todo-api`: its words, its help and its exit codes."""

import argparse
import json
import sys
from collections.abc import Callable
from importlib.metadata import version

from infra import (
    access,
    aws_arguments,
    callers_arguments,
    complete_arguments,
    contract_arguments,
    diff_arguments,
    keys_arguments,
    new_arguments,
    prove_arguments,
    serve_arguments,
)
from infra.capacity import capacity
from infra.check import Refused, as_json, check, examined, told, told_faults
from infra.exits import Exit, table
from infra.gateway.import_document import import_document, summary
from service.contract.model import Contract

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
  todo-api diff HEAD openapi.yaml                       which clients a change of it breaks
  todo-api explain createBook                           all there is to know about one operation
  todo-api document --summary                           what API Gateway checks, and what it cannot
  todo-api prove http://127.0.0.1:8000                  whether an API means what its contract says
  todo-api deploy                                       put it on AWS
  todo-api outputs                                      the addresses of what is deployed
  todo-api logs --follow                                each request to it, as it comes
  todo-api people invite ann@example.com                let somebody sign in to it
  todo-api destroy --stage try                          take a stage away, after asking

exit codes:
""" + table()


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
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
    parser = argparse.ArgumentParser(
        prog="todo-api",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('todo-api')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    serve_arguments.add(commands)
    contract_arguments.add(commands)
    new_arguments.add(commands)
    complete_arguments.add(commands)
    diff_arguments.add(commands)
    prove_arguments.add(commands)
    keys_arguments.add(commands)
    aws_arguments.add(commands)
    callers_arguments.add(commands)
    return parser


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
    file, shards = str(options.contract), options.shards or 1
    sys.stdout.write(explained(contract, operation, file, shards))
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
