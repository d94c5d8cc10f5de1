"""The same request to the service alone and through the gateway: the user must not see which.

The gateway never turns a success into an error, and never answers in another shape. Where both
refuse, status and type of the problem agree.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from infra.gateway.event import event_of
from infra.gateway.import_document import import_document
from infra.gateway.imported import Resource
from infra.gateway.local import Gateway
from service.application import create_app
from service.contract.model import Contract, Operation
from service.contract.rules import Rule
from service.proxy import Handler, create_handler
from service.stores.sqlite import SQLiteStore
from tests.contracts import OPEN, load
from tests.gateway.client import GatewayClient, scope_of
from tests.servers import Answer
from tests.service.test_enforcement import breaches, value_of

MISSING = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
JSON = "application/json"
ANY = Resource("/{proxy+}", {})


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


class Sides:
    """The service alone and behind the gateway, each with a store of its own, alike."""

    def __init__(self, contract: Contract, stores: list[SQLiteStore]) -> None:
        self.contract = contract
        self.handlers = [create_handler(create_app(contract, s), lambda _: None) for s in stores]
        self.gateway = GatewayClient(Gateway(self.handlers[1], import_document(contract), {}))
        self.names = {f"item-of-{index}": each for index, each in enumerate(self.creates())}
        self.ids = [
            {name: self._create(handler, each) for name, each in self.names.items()}
            for handler in self.handlers
        ]

    def creates(self) -> Iterator[Operation]:
        return (each for each in self.contract.operations.values() if each.rule is Rule.CREATE)

    def creation(self, operation: Operation) -> Request:
        body = orjson.dumps(
            value_of(self.contract.document, next(iter(operation.body_places.values())))
        )
        return Request("POST", operation.path, (("Content-Type", JSON),), body)

    def _create(self, handler: Handler, operation: Operation) -> str:
        answer = alone(handler, self.creation(operation))
        assert str(answer.status) == operation.success
        return answer.headers["location"].rpartition("/")[2]

    def send(self, request: Request) -> tuple[Answer, Answer]:
        """The answers without and with the gateway. Each side knows an item by its own id."""
        targets = [request.target, request.target]
        for side, ids in enumerate(self.ids):
            for name, id_ in ids.items():
                targets[side] = targets[side].replace(name, id_)
        service = alone(self.handlers[0], replace(request, target=targets[0]))
        through = self.gateway.request(request.method, targets[1], request.headers, request.body)
        return service, through


def alone(handler: Handler, request: Request) -> Answer:
    scope = scope_of(request.method, request.target, request.headers, request.body)
    answer = handler(event_of(scope, request.body or b"", ANY, None, "prod"), None)
    return Answer(int(answer["statusCode"]), answer["headers"], (answer["body"] or "").encode())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


def calls(sides: Sides) -> st.SearchStrategy[Request]:
    """Requests as a client of the contract sends them, right or nearly so."""
    return st.sampled_from(list(sides.contract.operations.values())).flatmap(
        lambda operation: st.builds(
            Request,
            st.just(operation.method.upper()),
            st.sampled_from([*sides.names, MISSING]).map(
                lambda id_: operation.path.split("{")[0] + (id_ if "{" in operation.path else "")
            ),
            headers(),
            bodies(sides.contract, operation),
        )
    )


def certain(sides: Sides) -> Iterator[Request]:
    """One request for each way to end: chance alone may make none that creates."""
    creations = [sides.creation(each) for each in sides.creates()]
    yield from creations
    first = creations[0]
    yield replace(first, method="GET", headers=(), body=None)
    yield replace(first, method="PATCH")
    yield replace(first, target="/nowhere")
    yield replace(first, body=b"{")
    yield replace(first, headers=(("Content-Type", "text/plain"),))


def strangers(sides: Sides) -> st.SearchStrategy[Request]:
    """Requests of which anything may be wrong."""
    methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH"])
    every = st.sampled_from(list(sides.contract.operations.values()))
    body = every.flatmap(lambda operation: bodies(sides.contract, operation))
    return st.builds(Request, methods, targets(sides), headers(), body)


def targets(sides: Sides) -> st.SearchStrategy[str]:
    paths = list(sides.contract.methods)
    ids = [*sides.names, MISSING, MISSING.upper(), "x"]
    segment = st.sampled_from(ids) | TEXT.map(lambda text: quote(text, safe=""))
    known = st.sampled_from(paths)
    path = st.builds(
        lambda path, id_: path.split("{")[0] + (id_ if "{" in path else ""), known, segment
    )
    other = st.builds(lambda path, end: path.split("/{")[0] + end, known, st.sampled_from(
        ["/", "//", "/a/b", "%0a", "/x%0a", "/x%0ax", "%2F" + MISSING, "x", ""]
    ))  # fmt: skip
    names = ["limit", "cursor", "zz", *(f for c in sides.contract.filters.values() for f in c)]
    value = st.sampled_from(
        ["1", "0", "true", "x", "", "%00", "%FF", "_" * 32, "poetry"]
    ) | TEXT.map(quote)
    pair = st.builds("{}={}".format, st.sampled_from(names), value)
    query = st.lists(pair, max_size=2).map(lambda pairs: "?" + "&".join(pairs) if pairs else "")
    return st.builds(str.__add__, path | path | path | other, query)


def bodies(contract: Contract, operation: Operation) -> st.SearchStrategy[bytes | None]:
    if operation.body is None:
        return st.none()
    place = next(iter(operation.body_places.values()))
    good = orjson.dumps(value_of(contract.document, place))
    near = [json.dumps(bad).encode() for _, _, bad in breaches(contract.document, place)]
    odd = [b"", b"{", b"\xff", b'{"a":NaN}', b"[" * 99, b"1" * 40, b'{"a":1,"a":2}', b'"\\ud800"']
    return st.just(good) | st.sampled_from(near) | st.sampled_from(odd) | st.none()


def headers() -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    media_type = st.just(JSON) | st.sampled_from(
        [
            JSON,
            JSON,
            "Application/JSON",
            JSON + "; charset=utf-8",
            JSON + ";charset=x",
            "text/plain",
        ]
    )
    field = st.one_of(
        st.tuples(st.just("Content-Type"), media_type),
        st.tuples(st.sampled_from(["If-Match", "If-None-Match", "Idempotency-Key"]), PRINTABLE),
        st.sampled_from([("If-Match", "*"), ("Content-Encoding", "gzip"), ("If-Match", "\x01")]),
    )
    more = st.lists(field, max_size=2).map(tuple)
    return st.builds(lambda media, rest: (("Content-Type", media), *rest), media_type, more) | more


def agree(request: Request, service: Answer, gateway: Answer) -> None:
    if service.status < 400:
        assert gateway.status == service.status, (request, gateway.body)
        assert shape(gateway) == shape(service), request
        return
    assert gateway.status >= 400, request
    assert gateway.headers["content-type"] == "application/problem+json"
    if gateway.status == 400 and service.status in (413, 415):
        return  # two faults in one request: each told the one that it looks for first
    assert gateway.status == service.status, (request, gateway.body, service.body)
    if gateway.body:
        assert gateway.json["type"] == service.json["type"], (request, gateway.body, service.body)


def shape(answer: Answer) -> Any:
    """The names of what stands in an answer: headers, and properties at the top of the body, or of
    the items that it is made of. The gateway gives a media type to an empty body, too."""
    headers = {name.lower() for name in answer.headers} - {"content-length"}
    if not answer.body:
        return sorted(headers - {"content-type"})
    body = answer.json
    names = {name for each in body for name in each} if isinstance(body, list) else {*body}
    return sorted(headers), answer.headers["content-type"], type(body), sorted(names)


@pytest.mark.hypothesis
@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_a_request_ends_alike_with_and_without_the_gateway(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    stores = [SQLiteStore(tmp_path / f"{name}.db", contract.filters) for name in "ab"]
    with closing(stores[0]), closing(stores[1]):
        sides = Sides(contract, stores)
        seen: set[int] = set()

        def try_it(request: Request) -> int:
            service, gateway = sides.send(request)
            agree(request, service, gateway)
            seen.add(service.status)
            return service.status

        @settings(suppress_health_check=list(HealthCheck))
        @given(calls(sides) | strangers(sides))
        def try_any(request: Request) -> None:
            event(f"{request.method} {try_it(request)}")

        try_any()
        for request in certain(sides):
            try_it(request)
        assert seen >= {200, 201, 400, 404, 405, 415}
