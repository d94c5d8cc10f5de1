"""The Lambda function: the one place that reads the environment and builds clients.

    CONTRACT   the contract's file; openapi.json in the working directory by default.
               Its functions are beside it, in openapi.py
    STORE      dynamodb:TABLE or sqlite:///FILE
    ORIGIN     the origin whose pages may read the responses; * by default
    PENDING_FILTERS
               JSON: by collection, filters with their defaults that the contract does not offer
               yet, though the store already writes their keys into its indexes
    SHARDS     the number of partitions of each list in a DynamoDB table; 1 by default
    OTHER_SHARDS
               another number of them, whose keys the store also writes

Everything is built on import, in Lambda's INIT phase. The garbage collector is off meanwhile, and
afterwards ignores all that was built: none of it ever becomes garbage.
"""
# ruff: noqa: E402 - the collector is turned off before the imports, which are most of the work

import gc

gc.disable()

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from service.application import create_app
from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import read
from service.contract.model import Contract
from service.cors import ANY_ORIGIN
from service.loading import load
from service.proxy import Handler, create_handler
from service.stores import Filters, Store


class Built(NamedTuple):
    """The handler, the contract that it serves, and its store."""

    handler: Handler
    contract: Contract
    store: Store


def build(environ: Mapping[str, str]) -> Built:
    """Build what an environment asks for."""
    file = Path(environ.get("CONTRACT", "openapi.json"))
    contract = bind(derive(read(file)), load(file))
    pending: Filters = json.loads(environ.get("PENDING_FILTERS", "{}"))
    filters = with_pending(contract.filters, pending)
    shown = {name: each.properties for name, each in contract.collections.items()}
    address, shards = environ.get("STORE", "dynamodb:TodoItems"), _shards(environ)
    store = open_store(address, filters, shown, shards)
    origin = environ.get("ORIGIN", ANY_ORIGIN)
    return Built(create_handler(create_app(contract, store, origin)), contract, store)


def with_pending(offered: Filters, pending: Filters) -> Filters:
    """Both together; the offered filters stay first, as a list uses the first filter's index."""
    return {
        name: {**offered.get(name, {}), **pending.get(name, {}), **offered.get(name, {})}
        for name in {**offered, **pending}
    }


def _shards(environ: Mapping[str, str]) -> Sequence[int]:
    """The number of shards that lists read, and the other one if there is one."""
    others = [int(environ["OTHER_SHARDS"])] if environ.get("OTHER_SHARDS") else []
    return [int(environ.get("SHARDS", "1")), *others]


def open_store(
    address: str,
    filters: Filters,
    shown: Mapping[str, Sequence[str]],
    shards: Sequence[int] = (1,),
) -> Store:
    """The store at `dynamodb:TABLE` or `sqlite:///FILE`. Raises ValueError for another address."""
    kind, _, rest = address.partition(":")
    if kind == "dynamodb" and rest:
        # Imported here: a store's own libraries are loaded only where it is used.
        from service.stores.client import create_client

        if [*shards] != [1]:
            from service.stores.sharded import ShardedStore

            return ShardedStore(create_client(), rest, filters, shown, shards)
        from service.stores.dynamodb import DynamoDBStore

        return DynamoDBStore(create_client(), rest, filters, shown)
    if kind == "sqlite" and rest.startswith("///") and len(rest) > 3:
        from service.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(rest[3:]), filters)
    raise ValueError(f"{address!r} is not a store. Write sqlite:///FILE or dynamodb:TABLE.")


built = build(os.environ)
handler = built.handler
gc.freeze()
gc.enable()
