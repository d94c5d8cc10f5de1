"""The server: one contract and one store on one port of this machine, until Ctrl-C."""

import json
import os
import shlex
import signal
import socket
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn

from infra.admission import Admission, CannotAdmit, admission, warning
from infra.data import name_of, store_of
from infra.gateway.allowlist import Allowlist
from infra.gateway.import_document import import_document
from infra.gateway.lines import Lines
from infra.gateway.local import Gateway
from infra.gateway.protocol import Protocol
from infra.gateway.throttle import TokenBucket
from infra.hidden import hidden
from infra.servers import remark
from infra.site import site
from infra.unfit import unfit
from service.contract.model import Contract
from service.cors import ANY_ORIGIN
from service.stores import Filters, GroupingStore, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from service.lambda_function import Built

KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 10
"""Longer than any call to a store takes."""

OPEN_FILES = 10_240
"""For connections and database files; macOS begins with 256."""


class CannotServe(Exception):
    """The port or the store is not available; the message says what to do."""


def serve(contract: Contract, options: Namespace) -> NoReturn:
    """Serve until SIGINT or SIGTERM, which end the process with 0. Raises CannotServe.

    The options are those of `todo-api serve`.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    path = options.contract
    name = name_of(contract, path)
    address = options.store or store_of(contract, path)
    place, shards = _place(address, contract.filters)
    listener = _listener(options.host, options.port)
    admitted = _admission(contract, name, _url(listener), options)
    origin = options.origin or ANY_ORIGIN
    lines = Lines(sys.stdout)
    built = _built(path, address, origin, shards, lines)
    gateway = Gateway(
        built.handler,
        import_document(contract, origin),
        site(path, contract.document, options.base_path, admitted.provider),
        options.stage,
        TokenBucket(options.rate, options.burst) if options.rate else None,
        options.base_path,
        Allowlist(tuple(options.allow_host), options.origin),
        built.store.groups if isinstance(built.store, GroupingStore) else None,
        lines,
        functions(built.contract),
        admitted.sign_in,
        admitted.identity,
        admitted.keys,
        admitted.credentials,
    )
    about_items = [*_about_items(contract, address, path)]
    _tell(contract, _url(listener), place, admitted, options, about_items)
    _allow_open_files()
    server(gateway).run([listener])
    sys.exit(0)


def functions(contract: Contract) -> set[tuple[str, str]]:
    """The methods on resources that functions answer. HEAD is answered like GET."""
    found = {(each.method, each.path) for each in contract.operations.values() if each.function}
    heads = {("head", path) for method, path in found if method == "get"}
    return {(method.upper(), path) for method, path in found | heads}


def server(gateway: Gateway) -> uvicorn.Server:
    """The HTTP server around a gateway; it logs nothing itself."""
    config = uvicorn.Config(
        gateway,
        http=Protocol,
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="critical",  # the gateway itself logs failures
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def _admission(contract: Contract, name: str, url: str, options: Namespace) -> Admission:
    try:
        return admission(contract, name, url, options)
    except (CannotAdmit, OSError) as error:
        raise CannotServe(str(error)) from error


def _stop(*_: Any) -> NoReturn:
    sys.exit(0)


def _place(address: str, filters: Filters) -> tuple[str, str]:
    """The location of the data, in words, and the number of shards of its lists."""
    kind, _, rest = address.partition(":")
    if kind != "dynamodb" or not rest:
        return f"SQLite file {rest[3:]}", "1"
    endpoint, shards = _look_at_table(rest, filters)
    return f"DynamoDB table {rest} at {endpoint}", shards


def _look_at_table(table: str, filters: Filters) -> tuple[str, str]:
    """The endpoint of a table with the indexes that the contract needs, and their shards."""
    from botocore.exceptions import BotoCoreError, ClientError

    from service.stores.client import create_client
    from service.stores.layout import table_definition

    definition = table_definition(table, filters)
    try:
        client = create_client()
        found = client.describe_table(TableName=table)["Table"]
    except (StoreUnavailable, BotoCoreError) as error:
        raise CannotServe(f"{error}\n{_REMEDY}") from error
    except ClientError as error:
        match error.response["Error"]["Code"]:
            case "ResourceNotFoundException":
                raise CannotServe(_missing(client, definition)) from error
            case "AccessDeniedException":  # a server need not be allowed to describe the table
                return client.meta.endpoint_url, os.environ.get("SHARDS", "1")
            case _:
                raise CannotServe(f"{error}\n{_REMEDY}") from error
    if found["KeySchema"] != definition["KeySchema"]:
        raise CannotServe(
            f"The table {table} does not have 'id' as its key. Name another table with --store."
        )
    indexes = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}
    return client.meta.endpoint_url, _shards(table, indexes, filters)


_REMEDY = (
    "Check AWS_DEFAULT_REGION, the credentials (`aws sts get-caller-identity` shows whose they are)"
    " and, for an engine other than AWS, AWS_ENDPOINT_URL; or keep the data in a file:"
    " --store sqlite:///FILE."
)


def _missing(client: "DynamoDBClient", definition: Mapping[str, Any]) -> str:
    compact = json.dumps(definition, separators=(",", ":"))
    return (
        f"There is no table {definition['TableName']} at {client.meta.endpoint_url}."
        " Create it, and start again:\n\n"
        f"  aws dynamodb create-table --cli-input-json {shlex.quote(compact)}\n"
    )


def _shards(table: str, indexes: Set[str], filters: Filters) -> str:
    """The number of shards in which a table has every index that the contract needs."""
    from service.stores.layout import BY_CREATED
    from service.stores.shards import index_in, indexes_in, shards_in

    numbers = sorted({shards_in(each) for each in indexes})
    numbers = [each for each in numbers if index_in(each, BY_CREATED) in indexes]
    if len(numbers) > 1:
        raise CannotServe(
            f"The table {table} has indexes of {' and of '.join(map(str, numbers))} shards: a"
            " deployment is changing them, and nobody knows yet which are filled in. Finish it with"
            " `todo-api deploy`, and start again."
        )
    shards = numbers[0] if numbers else 1
    missing = {*indexes_in(shards, filters)} - indexes
    if missing:
        raise CannotServe(
            f"The table {table} lacks the index {', '.join(sorted(missing))} that this contract"
            " needs. Name another table with --store, and this one says how to create it."
        )
    return str(shards)


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise CannotServe(_why_not(error, host, port)) from error


def _why_not(error: Exception, host: str, port: int) -> str:
    match error:
        case OSError(errno=98 | 48 | 10048):  # EADDRINUSE on Linux, macOS, Windows
            return (
                f"Port {port} is in use by another program. Choose another one: --port {port + 1},"
                " or --port 0 for any that is free."
            )
        case PermissionError():
            return f"Port {port} needs more rights. Take one above 1023: --port 8000."
        case OverflowError():
            return f"There is no port {port}. Take one from 1024 to 65535: --port 8000."
    return f"Nothing can listen on {host}: {error}. Try --host 127.0.0.1."


def _built(path: Path, address: str, origin: str, shards: str, lines: Lines) -> "Built":
    """The Lambda handler, built as Lambda builds it: on import, from the environment."""
    os.environ["CONTRACT"] = str(path)
    os.environ["STORE"] = address
    os.environ["ORIGIN"] = origin
    os.environ["SHARDS"] = shards
    sys.stdout = lines
    # Connexion imports Starlette's test client, which is not used here.
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")
    try:
        from service.lambda_function import built
    except (StoreUnavailable, ValueError) as error:
        raise CannotServe(f"The store cannot be opened. {error}") from error
    return built


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(
    contract: Contract,
    url: str,
    place: str,
    admitted: Admission,
    options: Namespace,
    about_items: list[str],
) -> None:
    base_path = options.base_path
    paths = "  ".join(f"{url}{base_path}{each.path}" for each in contract.collections.values())
    told = [("API", paths), ("Reference", f"{url}/docs/"), ("Data", place), *admitted.told]
    rows = "".join(f"  {name:<9}  {text}\n" for name, text in told)
    remarks = "".join(f"{each}\n" for each in about_items)
    sys.stdout.write(
        f"{contract.title} is served at {url}\n"
        f"{rows}"
        f"{_base_path(contract, base_path)}"
        f"{warning(contract, url, options)}"
        f"{remarks}"
        "Stop it with Ctrl-C. Every request is one line of JSON below.\n"
    )
    sys.stdout.flush()


def _about_items(contract: Contract, address: str, path: Path) -> Iterator[str]:
    """Lines about items that nobody sees, and items that the contract refuses."""
    yield from hidden(contract, path, address)
    if found := [*unfit(contract, address)]:
        yield from found
        yield (
            "They are shown as they are. Of many items not all were looked at: to count them,"
            f" `todo-api diff OLD {path} --count`, where OLD is the contract before."
        )


def _base_path(contract: Contract, served: str) -> str:
    found = remark(contract.document, served)
    return f"{' '.join(found)}\n" if found else ""


def _allow_open_files() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
