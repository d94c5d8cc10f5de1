"""The service in this process, as an API to prove: quick, and easy to break."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.prove.calls import Settings
from infra.prove.connection import Patient
from infra.prove.exchanges import Answer, Request, Send
from infra.prove.journal import Journal
from infra.prove.prover import Outcome, Prover, Wishes
from service.application import create_app
from service.contract.model import Contract
from service.proxy import create_handler
from service.stores import Store
from service.stores.sqlite import SQLiteStore
from tests.client import Client

URL = "http://127.0.0.1:8000"


@contextmanager
def deployed(
    contract: Contract, file: Path, make_store: type[SQLiteStore] = SQLiteStore
) -> Iterator[Send]:
    """The handler on a store of its own; like API Gateway, it sends no content to HEAD."""
    store = make_store(file, contract.filters)
    try:
        yield sender(contract, store)
    finally:
        store.close()


def sender(contract: Contract, store: Store) -> Send:
    client = Client(create_handler(create_app(contract, store), lambda _: None))

    def send(request: Request) -> Answer:
        sent = time.monotonic()
        text = request.body.decode() if request.body is not None else None
        event = client.event(request.method, request.target, text, dict(request.headers))
        found = client.handler(event, None)
        headers = {name.lower(): value for name, value in found["headers"].items()}
        body = b"" if request.method == "HEAD" else found["body"].encode()
        return Answer(int(found["statusCode"]), headers, body, sent, time.monotonic())

    return send


def proven(
    contract: Contract,
    send: Send,
    *,
    seed: int = 1,
    seconds: float = 1.0,
    settings: Settings | None = None,
    shrinking: float = 5.0,
    journal: Path | None = None,
) -> Outcome:
    """What a proof makes of an API."""
    wishes = Wishes(seed, seconds, settings or Settings(), leaves=True, shrinking=shrinking)
    return Prover(contract, Patient(send), URL, Journal(journal, URL), wishes).run()
