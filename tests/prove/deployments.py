"""The service in this process, as an API to prove: quick, and easy to break."""

import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock, Thread

from infra.prove.calls import Settings
from infra.prove.connection import Patient
from infra.prove.exchanges import NOBODY, Answer, Request, Send
from infra.prove.journal import Journal
from infra.prove.model import ModelStore, Record
from infra.prove.prover import Outcome, Prover, Wishes
from service.application import create_app
from service.contract.model import Contract
from service.problems import TOO_MANY_REQUESTS, UNAUTHORIZED, members
from service.proxy import create_handler
from service.stores import Filters, Item, Page, Position, Scalar, Scope, Store, Values
from service.stores.sqlite import SQLiteStore
from tests.callers import person
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


def sender(contract: Contract, store: Store, people: Sequence[str] = ()) -> Send:
    """`people` are the callers by number, with all scopes; nobody is refused, as by a gateway."""
    scopes = contract.schemes.person.scopes if contract.schemes.person else ()
    client = Client(create_handler(create_app(contract, store), lambda _: None))

    def send(request: Request) -> Answer:
        sent = time.monotonic()
        text = request.body.decode() if request.body is not None else None
        event = client.event(request.method, request.target, text, dict(request.headers))
        if people and request.caller == NOBODY:
            return UNSIGNED
        if people:
            event["requestContext"] |= person(people[request.caller], *scopes)
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
    requests: int = 500,
    seconds: float | None = None,
    settings: Settings | None = None,
    shrinking: float = 5.0,
    callers: int = 0,
) -> Outcome:
    """What a proof makes of an API: one of so many requests or, if they are told, seconds."""
    api, clock = Patient(send), time.monotonic
    if seconds is None:
        seconds, clock = requests, lambda: float(api.requests)
    wishes = Wishes(
        seed, seconds, settings or Settings(), leaves=True, callers=callers, shrinking=shrinking
    )
    return Prover(contract, api, URL, Journal(None, URL), wishes, clock=clock).run()


@contextmanager
def listening(send: Send) -> Iterator[str]:
    """The address at which an API answers over HTTP."""

    class Bridge(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length) if length else None
            found = send(Request(self.command, self.path, dict(self.headers), body))
            assert found is not None
            self.send_response(found.status)
            for name, value in {**found.headers, "content-length": str(len(found.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bridge)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class LateStore(SQLiteStore):
    """Lists show each write when two more were asked for, as an index of DynamoDB may be late."""

    late = 2.0

    def __init__(self, file: Path, filters: Filters) -> None:
        super().__init__(file, filters)
        self.shown = ModelStore(filters)
        self._lock = Lock()
        self._asked = 0
        self._waiting: deque[tuple[float, Callable[[], object]]] = deque()

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        item = super().create(scope, position, values, token, request)
        if item.token == token:
            record = Record(scope, position, dict(item.values), token, request)
            self._later(lambda: self.shown.records.update({position.id: record}))
        return item

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        item = super().update(scope, id, changes, token, expected, unexpected, removed)
        self._later(lambda: self._show(id, item))
        return item

    def delete(
        self,
        scope: Scope,
        id: str,
        expected: Sequence[str] | None,
        unexpected: Sequence[str] = (),
    ) -> None:
        super().delete(scope, id, expected, unexpected)
        self._later(lambda: self.shown.records.pop(id, None))

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        with self._lock:
            self._asked += 1
            while self._waiting and self._waiting[0][0] < self.now():
                self._waiting.popleft()[1]()
            return self.shown.list(scope, filters, limit, after)

    def now(self) -> float:
        return self._asked

    def _show(self, id: str, item: Item) -> None:
        if (record := self.shown.records.get(id)) is not None:
            record.values, record.token = item.values, item.token

    def _later(self, change: Callable[[], object]) -> None:
        with self._lock:
            self._waiting.append((self.now() + self.late, change))


def throttled(send: Send, each: int) -> Send:
    """Refuses each of so many requests, before it is done."""
    count = itertools.count(1)

    def limited(request: Request) -> Answer | None:
        return TOO_MANY if next(count) % each == 0 else send(request)

    return limited


def losing(send: Send, seed: int, share: float) -> Send:
    """Loses a share of the requests, and as many of the answers to what was done."""
    random = Random(seed)

    def lossy(request: Request) -> Answer | None:
        chance = random.random()
        if chance < share:
            return None
        answer = send(request)
        return None if chance > 1 - share else answer

    return lossy


_PROBLEM = {"content-type": "application/problem+json"}
TOO_MANY = Answer(
    429,
    {**_PROBLEM, "retry-after": "0"},
    json.dumps(members(TOO_MANY_REQUESTS, "Slow down.", ())).encode(),
)
UNSIGNED = Answer(401, _PROBLEM, json.dumps(members(UNAUTHORIZED, "Sign in.", ())).encode())
