"""Faults of DynamoDB: it refuses, fails, hangs, is away, or its answers get lost."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from itertools import cycle, islice
from math import inf

from tests.client import Client
from tests.engines import free_port
from tests.soak.ground import Effort, Ground
from tests.soak.tally import Tally
from tests.stores.wire import Wire, hanging, refusing, relay

MOST_SECONDS = 8
"""Beside other tests nothing is said of it: tests/stores counts what the client waits."""

CODES = {
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "ProvisionedThroughputExceededException": 400,
    "RequestLimitExceeded": 400,
    "LimitExceededException": 400,
    "ResourceNotFoundException": 400,
    "AccessDeniedException": 400,
    "UnrecognizedClientException": 400,
    "ExpiredTokenException": 400,
    "<html>Some proxy's page</html>": 502,
    "<html>Another page</html>": 200,
}
"""What DynamoDB answers, or whatever stands in its place, with the status of it."""

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
CALLS = {
    "create": ("POST", "/todos", {"title": "Milk"}),
    "get": ("GET", f"/todos/{ID}", None),
    "list": ("GET", "/todos", None),
    "update": ("PUT", f"/todos/{ID}", {"title": "Tea"}),
    "delete": ("DELETE", f"/todos/{ID}", None),
}


def outages(ground: Ground, effort: Effort) -> Tally:
    """Every failure is told as one, in time, with the seconds after which to try again."""
    tally, slowest = Tally(), 0.0
    most = MOST_SECONDS if effort.part >= 1 else inf
    with ExitStack() as stack:
        services = {
            name: stack.enter_context(
                ground.on_dynamodb("Soak", stack.enter_context(failing), patient=False)
            )
            for name, failing in islice(_failures(), effort.of(len(CODES) + 2, 2))
        }
        asked = cycle((name, call) for call in CALLS for name in services)
        least = len(services) if effort.part < 1 else len(services) * len(CALLS)
        for number in effort.rounds():
            for name, call in islice(asked, 1 if number else least):
                began = time.monotonic()
                reply = services[name].request(*CALLS[call])
                seconds = time.monotonic() - began
                slowest = max(slowest, seconds)
                well = reply.status == 503 and int(reply.headers["retry-after"]) > 0
                otherwise = f"{call} got {reply.status} in {seconds:.1f} s with {name}"
                tally.survive(well and seconds < most, otherwise)
    tally.measured = f"slowest answer {slowest:.1f} s"
    return tally


def _failures() -> Iterator[tuple[str, AbstractContextManager[str]]]:
    """By name, the quick ones first."""
    for code, status in CODES.items():
        yield code, refusing(status, code)
    yield "nobody there", nullcontext(f"http://127.0.0.1:{free_port()}")
    yield "no answer", hanging()


def lost_answers(ground: Ground, effort: Effort) -> Tally:
    """The answer to a write gets lost, and the SDK repeats it: a success, and made once.

    Each round has a client of its own. A repeated write is refused by its condition, which the SDK
    takes for no success: it gives that retry's part of its quota back to nobody, and would repeat
    nothing any more after some thirty of them (standard retry mode).
    """
    tally, table = Tally(), ground.table()
    with relay(ground.engine) as wire:
        for number in effort.rounds():
            with ground.on_dynamodb(table, wire.endpoint) as service:
                _lose_each(service, wire, f"{number}", tally)
    return tally


def _lose_each(service: Client, wire: Wire, title: str, tally: Tally) -> None:
    """The answers to a create, an update and a delete of one item."""
    wire.lose = 1
    made = service.post("/todos", {"title": title})
    tally.survive(made.status == 201, f"a create got {made}")
    path = f"/todos/{made.json['id']}"
    wire.lose = 1
    put = service.put(path, {"title": "Changed"}, if_match=made.headers["etag"])
    tally.survive(put.status == 200, f"an update got {put}")
    read = service.get(path)
    tally.hold(read.body == put.body, f"{read} was read after {put}")
    wire.lose = 1
    gone = service.delete(path, if_match=put.headers["etag"])
    tally.survive(gone.status == 204, f"a delete got {gone}")
    tally.hold(service.get(path).status == 404, f"{path} is there after its deletion")
