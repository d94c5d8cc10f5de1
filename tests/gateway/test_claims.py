"""The corpus of parity: the local gateway answers it as it says, and every claim has its source."""

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.gateway.claims import UNPROVEN, Answer, Probe, probes
from infra.gateway.import_document import import_document
from infra.gateway.local import Gateway
from service.application import create_app
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.contracts import LIBRARY, OPEN, ROOT, TODOS, load
from tests.contracts.closed import WAYS, closed_contract
from tests.gateway.client import GatewayClient

EVERY = pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)


@EVERY
def test_the_local_gateway_is_as_the_corpus_says(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    with closing(SQLiteStore(tmp_path / "items.db", contract.filters)) as store:
        handler = create_handler(create_app(contract, store), lambda _: None)
        client = GatewayClient(Gateway(handler, import_document(contract), {}))
        for probe in probes(contract):
            sent = client.request(probe.method, probe.target, [*probe.headers.items()], probe.body)
            answer = Answer(sent.status, sent.headers, sent.body)
            assert probe.differences(answer) == [], (probe, sent.body)


@pytest.mark.parametrize("names", WAYS, ids=" and ".join)
def test_the_local_gateway_is_as_the_corpus_says_of_strangers(names: tuple[str, ...]) -> None:
    contract = closed_contract(*names)
    client = GatewayClient(Gateway(lambda *_: {}, import_document(contract), {}))
    found = list(probes(contract))
    assert {"GET", "HEAD", "POST"} <= {each.method for each in found if each.target == "/todos"}
    for probe in found:
        sent = client.request(probe.method, probe.target, [*probe.headers.items()], probe.body)
        assert probe.differences(Answer(sent.status, sent.headers, sent.body)) == [], probe


@EVERY
def test_nothing_of_the_corpus_makes_an_item(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    with closing(SQLiteStore(tmp_path / "items.db", contract.filters)) as store:
        handler = create_handler(create_app(contract, store), lambda _: None)
        client = GatewayClient(Gateway(handler, import_document(contract), {}))
        for probe in probes(contract):
            client.request(probe.method, probe.target, [*probe.headers.items()], probe.body)
            assert probe.method in ("GET", "HEAD", "TRACE", "OPTIONS") or probe.status >= 400


def test_the_corpus_looks_at_every_kind_of_claim() -> None:
    claims = {probe.claim for path in (TODOS, LIBRARY) for probe in probes(load(path))}
    for word in ("path", "method", "preflight", "validator", "Null", "code points", "compressed"):
        assert any(word in claim for claim in claims), word
    assert len(claims) >= 18


def test_a_source_has_its_day() -> None:
    for probe in probes(load(TODOS)):
        assert not probe.source or re.search(r"20\d\d-\d\d-\d\d", probe.source), probe.claim
    assert any(not probe.source for probe in probes(load(TODOS)))
    assert all(each.endswith(".") for each in UNPROVEN)


def test_what_differs_is_told_in_words() -> None:
    probe = Probe(
        "It is refused.", "GET", "/x", 404, type="no-such-path", fields={"vary": "Origin"}
    )
    answer = Answer(403, {}, b'{"message": "Missing Authentication Token"}')
    assert probe.differences(answer) == [
        "status 403, not 404",
        "type None, not 'urn:problem-type:no-such-path'",
        "vary None, not 'Origin'",
    ]


# -- citations ---------------------------------------------------------------------------------


def docstrings() -> Iterator[tuple[str, str]]:
    """What stands in quotes of three in the modules of the local gateway."""
    for file in sorted((ROOT / "infra" / "gateway").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield file.name, str(node.value.value)


@pytest.mark.parametrize(("file", "text"), docstrings())
def test_what_rests_on_aws_says_when_it_was_read_or_recorded(file: str, text: str) -> None:
    for cited in re.finditer(r"\bAWS: |[Rr]ecorded\b", text):
        assert re.search(r"20\d\d-\d\d-\d\d", text[cited.start() :]), (file, text)
