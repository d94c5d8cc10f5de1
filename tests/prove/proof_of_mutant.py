"""A proof of the service as it stands in this folder, in a process of its own: 4 if it fails.

    python -m tests.prove.proof_of_mutant SECONDS [ENDPOINT]

With the endpoint of an engine that stands in for DynamoDB, the store is a table of its own there.
"""

import sys
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.exits import Exit
from service.stores import Filters, Store
from tests.contracts import LIBRARY, TODOS, TRAITS, load
from tests.prove.deployments import proven, sender

_CONTRACTS = (TODOS, LIBRARY, TRAITS)


def main(seconds: float, endpoint: str | None) -> int:
    for path in _CONTRACTS:
        contract = load(path)
        with TemporaryDirectory() as folder:
            send = sender(contract, _store(contract.filters, folder, endpoint))
            outcome = proven(contract, send, seconds=seconds / len(_CONTRACTS), shrinking=0)
        if outcome.fault is not None:
            sys.stdout.write(f"{outcome.fault.what}: {outcome.fault.reason}\n")
            return Exit.FAILED
    return Exit.DONE


def _store(filters: Filters, folder: str, endpoint: str | None) -> Store:
    if endpoint is None:
        from service.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(folder) / "items.db", filters)
    import boto3

    from service.stores.client import create_client
    from service.stores.dynamodb import DynamoDBStore
    from service.stores.layout import table_definition

    table = f"Mutant{uuid.uuid4().hex}"
    definition = table_definition(table, filters)
    boto3.client("dynamodb", endpoint_url=endpoint).create_table(**definition)
    return DynamoDBStore(create_client(endpoint), table, filters)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
