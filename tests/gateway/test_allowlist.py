"""Whatever page somebody has open: only those that are allowed read and change the data."""

import json
import logging
from typing import Any

import pytest

from infra.gateway.allowlist import MOST_TOLD, Allowlist, Door, NotAllowed
from infra.gateway.import_document import import_document
from infra.gateway.local import Gateway
from infra.site import site
from tests.contracts import TODOS, load
from tests.gateway.client import GatewayClient
from tests.servers import Answer

HERE = "127.0.0.1:8000"
NOBODY = None
ROWS = [
    # who calls, Host, Origin, --allow-host, --origin, what is refused
    ("curl", HERE, NOBODY, [], None, None),
    ("curl by name", "localhost:8000", NOBODY, [], None, None),
    ("curl over IPv6", "[::1]:8000", NOBODY, [], None, None),
    ("HTTP/1.0 without a Host", None, NOBODY, [], None, None),
    ("the page", HERE, f"http://{HERE}", [], None, None),
    ("the page by name", "localhost:8000", "http://localhost:8000", [], None, None),
    ("the page over IPv6", "[::1]:8000", "http://[::1]:8000", [], None, None),
    ("a page on another port", HERE, "http://localhost:5173", [], None, None),
    ("a page on another loopback", HERE, "https://127.1.2.3", [], None, None),
    ("a page below localhost", "api.localhost:8000", "http://app.localhost:1", [], None, None),
    ("capitals and a dot at the end", "LOCALHOST.:8000", "HTTP://LocalHost.:3", [], None, None),
    ("an app of Capacitor", "localhost:8000", "capacitor://localhost", [], None, None),
    ("a page in the LAN", "192.168.1.5:8000", "http://192.168.1.5:8000", [], None, None),
    ("a page in the LAN over IPv6", "[fd00::5]:8000", "http://[fd00::5]:8000", [], None, None),
    ("another port in the LAN", "192.168.1.5:8000", "http://192.168.1.5:81", [], None, "origin"),
    ("another machine's page", "192.168.1.5:8000", "http://192.168.1.6:8000", [], None, "origin"),
    ("no port, once", "10.0.0.1:80", "http://10.0.0.1", [], None, None),
    ("no port, twice", "10.0.0.1", "https://10.0.0.1:443", [], None, None),
    ("another scheme's port", "10.0.0.1:443", "http://10.0.0.1", [], None, "origin"),
    ("a foreign page", HERE, "https://news.example", [], None, "origin"),
    ("a page that looks near", HERE, "http://localhost.news.example", [], None, "origin"),
    ("a page that looks like an address", HERE, "http://127.0.0.1.example", [], None, "origin"),
    ("a page of a mapped address", HERE, "http://0x7f.1.example", [], None, "origin"),
    ("a foreign app", HERE, "chrome-extension://abcdefgh", [], None, "origin"),
    ("a sandboxed frame", HERE, "null", [], None, "origin"),
    ("a file", HERE, "file://", [], None, "origin"),
    ("an empty origin", HERE, "", [], None, "origin"),
    ("nonsense", HERE, "http://localhost:8000/", [], None, "origin"),
    ("a list", HERE, "http://localhost http://news.example", [], None, "origin"),
    ("a rebound name", "news.example:8000", NOBODY, [], None, "host"),
    ("its page", "news.example:8000", "http://news.example:8000", [], None, "host"),
    ("a rebound name that looks near", "127.0.0.1.news.example", NOBODY, [], None, "host"),
    ("one below an address", "news.127.0.0.1:8000", NOBODY, [], None, "host"),
    ("one that ends like localhost", "notlocalhost:8000", NOBODY, [], None, "host"),
    ("two names", "localhost, news.example", NOBODY, [], None, "host"),
    ("a name with a user", "localhost@news.example", NOBODY, [], None, "host"),
    ("no port after the colon", "localhost:", NOBODY, [], None, "host"),
    ("no name", "", NOBODY, [], None, "host"),
    ("a container", "api:8000", NOBODY, [], None, "host"),
    ("a container that is named", "api:8000", NOBODY, ["api"], None, None),
    ("its page", "api:8000", "http://api:8000", ["db", "api"], None, None),
    ("another container", "apis:8000", NOBODY, ["api"], None, "host"),
    ("Codespaces", "x-8000.app.github.dev", "https://x-8000.app.github.dev", [], None, "host"),
    ("Codespaces, named", "x-8000.app.github.dev", "https://x-8000.app.github.dev",
     [".app.github.dev"], None, None),
    ("Codespaces, another port's page", "x-8000.app.github.dev", "https://x-3000.app.github.dev",
     [".app.github.dev"], None, "origin"),
    ("Codespaces, behind its proxy", "localhost:8000", "https://x-8000.app.github.dev",
     [], "https://x-8000.app.github.dev", None),
    ("a whole domain", "example.com", NOBODY, [".Example.com"], None, None),
    ("what ends like it", "badexample.com", NOBODY, [".example.com"], None, "host"),
    ("below a name that is named alone", "a.example.com", NOBODY, ["example.com"], None, "host"),
    ("every name", "news.example", "http://news.example", ["*"], None, None),
    ("every name, and a foreign page", "a.example", "http://b.example", ["*"], None, "origin"),
    ("a page that is named", HERE, "https://app.example", [], "https://app.example", None),
    ("the same, with its port", HERE, "https://app.example", [], "https://App.example:443", None),
    ("another scheme", HERE, "http://app.example", [], "https://app.example", "origin"),
    ("this machine's beside it", HERE, "http://localhost:3", [], "https://app.example", None),
    ("every page", HERE, "https://news.example", [], "*", None),
    ("every page, by a rebound name", "news.example", NOBODY, [], "*", "host"),
    ("a sandboxed frame, named", HERE, "null", [], "null", None),
    ("a sandboxed frame among every page", HERE, "null", [], "*", None),
    ("a foreign page beside null", HERE, "https://news.example", [], "null", "origin"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("host", "origin", "hosts", "allowed", "refused"), [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)  # fmt: skip
def test_who_may_call(
    host: str | None, origin: str | None, hosts: list[str], allowed: str | None, refused: str | None
) -> None:
    named = () if host is None else (host,)
    refusal = Allowlist(tuple(hosts), allowed).refusal(named, () if origin is None else (origin,))
    assert (refusal and refusal.kind.name) == (refused and f"{refused}-not-allowed")


def test_all_of_several_fields_are_looked_at() -> None:
    nobody = Allowlist()
    assert nobody.refusal((HERE, "news.example"), ())
    assert nobody.refusal((HERE,), ("http://localhost", "http://news.example"))


def call(method: str, path: str, host: str, origin: str | None = None, **options: Any) -> Answer:
    contract = load(TODOS)
    gateway = Gateway(
        lambda event, _: {"statusCode": 200, "body": json.dumps(event["path"])},
        import_document(contract),
        site(TODOS, contract.document),
        **options,
    )
    headers = [("Host", host), *([("Origin", origin)] if origin else [])]
    return GatewayClient(gateway).request(method, path, headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/openapi.json"), ("GET", "/todos"), ("OPTIONS", "/todos"),
     ("DELETE", "/todos/1"), ("GET", "/nowhere")],
)  # fmt: skip
def test_a_refusal_goes_before_everything_and_names_the_option(method: str, path: str) -> None:
    for host, origin, name, option in [
        ("news.example:8000", None, "host", "--allow-host news.example"),
        (HERE, "https://news.example", "origin", "--origin https://news.example"),
        (HERE, "null", "origin", "--origin null"),
    ]:
        answer = call(method, path, host, origin)
        assert answer.status == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json["type"] == f"urn:problem-type:{name}-not-allowed"
        assert answer.json["detail"].endswith(option)


def test_what_is_allowed_is_answered_as_the_import_document_says() -> None:
    allowlist = Allowlist((), "https://app.example")
    answer = call("OPTIONS", "/todos", HERE, "https://app.example", allowlist=allowlist)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert call("GET", "/todos", HERE).status == 200


def refuse(door: Door, host: bytes) -> None:
    with pytest.raises(NotAllowed):
        door.check([(b"host", host)])


def test_each_refused_name_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    door = Door(Allowlist())
    for host in (b"a.example:1", b"a.example:2", b"b.example", b"A.example"):
        refuse(door, host)
    assert [record.getMessage().split()[-1] for record in caplog.records] == [
        "a.example",
        "b.example",
    ]


def test_a_stranger_fills_neither_the_terminal_nor_the_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = Door(Allowlist())
    for number in range(1000):
        refuse(door, b"%d.example" % number)
        refuse(door, b"x" * 9000)
    assert len(caplog.records) == MOST_TOLD + 1
    assert len(door._told) == MOST_TOLD
    assert all(len(record.getMessage()) < 400 for record in caplog.records)


@pytest.mark.parametrize("sent", ["a\x1b[31m.example", "a\x9b31m", "a;rm -rf", "é.example", "a b"])
def test_what_is_no_name_is_not_repeated_on_the_terminal(
    caplog: pytest.LogCaptureFixture, sent: str
) -> None:
    with caplog.at_level(logging.WARNING):
        refuse(Door(Allowlist()), sent.encode("latin-1"))
    assert caplog.records[-1].getMessage().endswith("See --allow-host in todo-api serve --help.")
