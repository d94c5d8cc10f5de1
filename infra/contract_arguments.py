"""The command line of the commands that look at a contract: document, access, explain, check."""

from pathlib import Path
from typing import Any

from infra.aws_arguments import origin
from infra.subcommands import add_contract, add_shards, add_subcommand
from service.cors import ANY_ORIGIN

_ACCESS = """\
For each operation of a contract: who may call it, whose items it reaches, and the status code that
every kind of caller gets."""

_EXPLAIN = """\
For one operation: its lines in the contract, who may call it, what the gateway checks and what only
the service, which index it uses, how many units of the table it consumes at most, which permissions
its role needs, which alarms watch it, and what it costs."""

_CHECK = """\
Shows how each operation of a contract is answered, and everything that keeps it from being served:
each kind of fault once, with its place, the reason and what to write."""

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


def add(commands: Any) -> None:
    document = add_subcommand(
        commands,
        "document",
        "print what API Gateway imports",
        description="Print the OpenAPI document that API Gateway imports, derived from a contract.",
    )
    add_contract(document)
    document.add_argument(
        "--origin", type=origin, default=ANY_ORIGIN, help="whose pages may call the API"
    )
    document.add_argument(
        "--summary", action="store_true", help="a table of what the gateway checks of each body"
    )

    access = add_subcommand(
        commands, "access", "show who may call which operation", description=_ACCESS
    )
    add_contract(access)
    access.add_argument("--json", action="store_true", help="for programs")

    explain = add_subcommand(
        commands,
        "explain",
        "show all there is to know about one operation",
        description=_EXPLAIN,
    )
    explain.add_argument("operation", metavar="OPERATION", help="an operationId of the contract")
    add_contract(explain)
    add_shards(explain, "partitions of each list, as a stage may have them [1]")

    check = add_subcommand(
        commands,
        "check",
        "check whether contracts can be served",
        description=_CHECK,
        epilog=_CHECK_EPILOG,
    )
    check.add_argument(
        "--json", action="store_true", help="for programs: one JSON object a file, on one line"
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
