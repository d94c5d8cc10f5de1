"""The gateway in front of any handler: good ones, slow ones, broken ones."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from infra import serve as serving
from infra.gateway import local, protocol
from tests.serve.conftest import Address, StartGateway
from tests.servers import Answer, send


def ask(
    address: Address, method: str = "GET", path: str = "/books", body: bytes | None = None
) -> Answer:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        return send(connection, method, path, body)
    finally:
        connection.close()


def test_an_answer_arrives_as_the_handler_gave_it(gateway: StartGateway) -> None:
    given = {
        "statusCode": "201",
        "headers": {"X-One": "1", "X-Two": "no"},
        "multiValueHeaders": {"X-Two": ["a", "b"]},
        "body": "AP8=",
        "isBase64Encoded": True,
    }
    answer = ask(gateway(lambda event, context: given))  # noqa: ARG005
    assert (answer.status, answer.body) == (201, b"AP8=")  # as recorded, 2024-11-15
    assert answer.headers["x-one"] == "1"
    assert answer.headers["x-two"] == "no"  # the last of three fields; the others are there, too


def test_the_handler_gets_the_bytes_that_were_sent(gateway: StartGateway) -> None:
    events: list[Any] = []

    def handler(event: Any, _: Any) -> Any:
        events.append(event)
        return {"statusCode": 204}

    assert ask(gateway(handler), "PATCH", body=b"\xff").status == 204
    assert (events[0]["body"], events[0]["isBase64Encoded"]) == ("/w==", True)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"statusCode": "no"},
        {"statusCode": 200, "body": 1},
        {"statusCode": 200, "headers": 1},
    ],
    ids=repr,
)
def test_an_answer_that_is_none_is_a_problem(gateway: StartGateway, answer: Any) -> None:
    got = ask(gateway(lambda event, context: answer))  # noqa: ARG005
    assert (got.status, got.json["type"]) == (502, "urn:problem-type:bad-gateway")


def test_a_handler_that_fails_tells_the_client_nothing(
    gateway: StartGateway, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(event: Any, _: Any) -> Any:
        raise LookupError(f"secret {event['path']}")

    answer = ask(gateway(handler))
    assert (answer.status, answer.json["status"]) == (502, 502)
    assert b"secret" not in answer.body
    assert "LookupError" in caplog.text
    assert "secret /books" not in caplog.text


def test_a_slow_request_delays_no_other(gateway: StartGateway) -> None:
    go_on = threading.Event()

    def handler(event: Any, _: Any) -> Any:
        if event["path"] == "/books/slow":
            go_on.wait(10)
        return {"statusCode": 200, "body": event["path"]}

    address = gateway(handler)
    slow = [threading.Thread(target=ask, args=(address, "GET", "/books/slow")) for _ in range(8)]
    for thread in slow:
        thread.start()
    assert ask(address).body == b"/books"
    assert all(thread.is_alive() for thread in slow)
    go_on.set()
    for thread in slow:
        thread.join(10)


def test_writers_that_wait_for_a_lock_delay_no_reader(gateway: StartGateway) -> None:
    go_on = threading.Event()

    def handler(event: Any, _: Any) -> Any:
        if event["httpMethod"] == "DELETE":
            go_on.wait(10)
        return {"statusCode": 200}

    address = gateway(handler)
    writers = [threading.Thread(target=ask, args=(address, "DELETE")) for _ in range(40)]
    for writer in writers:
        writer.start()
    assert ask(address).status == 200
    assert all(writer.is_alive() for writer in writers)
    go_on.set()
    for writer in writers:
        writer.join(10)


@pytest.mark.parametrize(
    "sent",
    [b"GET /books HT", b"POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"],
    ids=["head", "body"],
)
def test_a_request_that_never_ends_is_told_so(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(local, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(local, "DRAIN_SECONDS", 0.2)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=10) as half_sent:
        half_sent.sendall(sent)
        received = b"".join(iter(lambda: half_sent.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


REQUEST = b"GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("request_", [REQUEST, REQUEST[:-2] + b"Connection: close\r\n\r\n"])
def test_a_client_that_reads_nothing_is_dropped(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(protocol, "READER_SECONDS", 1)
    address = gateway(lambda event, context: {"statusCode": 200, "body": "x" * 6_000_000})  # noqa: ARG005
    with small_window(address) as deaf:
        deaf.sendall(request_)
        until(lambda: connections(gateway) == 1)
        until(lambda: connections(gateway) == 0)
        assert len(read(deaf)) < 100_000


@pytest.mark.parametrize("ends", [False, True])
def test_a_client_that_reads_nothing_of_a_small_answer_is_dropped(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """It fills what the kernel holds for it, and stays below what makes a transport wait."""
    monkeypatch.setattr(protocol, "READER_SECONDS", 1)
    monkeypatch.setattr(serving, "KEEP_ALIVE_SECONDS", 75 if ends else 1)
    address = gateway(lambda event, context: {"statusCode": 200, "body": "x" * 50_000})  # noqa: ARG005
    with small_window(address) as deaf:
        deaf.sendall(REQUEST)
        until(lambda: connections(gateway) == 1)
        assert deaf.recv(1) == b"H"
        if ends:
            deaf.shutdown(socket.SHUT_WR)
        until(lambda: connections(gateway) == 0)


def test_a_client_that_reads_slowly_gets_everything(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "READER_SECONDS", 1)
    address = gateway(lambda event, context: {"statusCode": 200, "body": "x" * 6_000_000})  # noqa: ARG005
    with small_window(address) as slow:
        slow.sendall(REQUEST[:-2] + b"Connection: close\r\n\r\n")
        began = time.monotonic()
        size = 0
        while received := slow.recv(65_536):
            size += len(received)
            time.sleep(0.002)
    assert size > 6_000_000
    assert time.monotonic() - began > 2 * protocol.READER_SECONDS


def small_window(address: Address) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect(address)
    return client


def connections(gateway: StartGateway) -> int:
    return len(gateway.server.server_state.connections)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_client_that_ends_its_side_still_gets_its_answer(gateway: StartGateway) -> None:
    go_on = threading.Event()

    def handler(event: Any, _: Any) -> Any:  # noqa: ARG001
        go_on.wait(5)
        return {"statusCode": 200, "body": "done"}

    with socket.create_connection(gateway(handler), timeout=10) as half_closed:
        half_closed.sendall(REQUEST + REQUEST)
        half_closed.shutdown(socket.SHUT_WR)
        time.sleep(0.1)
        go_on.set()
        assert read(half_closed).count(b"\r\n\r\ndone") == 2


def test_line_feeds_keep_no_connection_alive(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "KEEP_ALIVE_SECONDS", 0.3)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=10) as idle:
        idle.sendall(REQUEST)
        assert idle.recv(65_536).startswith(b"HTTP/1.1 204")
        idle.sendall(b"\r\n")
        assert idle.recv(1) == b""


def test_a_connection_that_says_nothing_is_closed(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=10) as silent:
        assert silent.recv(1) == b""


def test_an_answer_under_way_is_finished_before_the_end(gateway: StartGateway) -> None:
    started = threading.Event()

    def handler(event: Any, _: Any) -> Any:  # noqa: ARG001
        started.set()
        time.sleep(0.5)
        return {"statusCode": 200, "body": "done"}

    address = gateway(handler)
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(ask(address)))
    thread.start()
    started.wait(5)
    gateway.stop()
    thread.join(10)
    assert [answer.body for answer in answers] == [b"done"]
