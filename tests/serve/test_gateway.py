"""The gateway in front of any handler: good ones, slow ones, broken ones."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from infra import serve as serving
from infra.gateway import local, protocol
from infra.gateway.workers import MOST_WRITERS
from tests.serve.conftest import Address, StartGateway
from tests.servers import Answer, send

PATIENCE_SECONDS = 300
"""Ends what hangs; nothing that works waits that long."""

REQUEST = b"GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n"


def ask(
    address: Address, method: str = "GET", path: str = "/books", body: bytes | None = None
) -> Answer:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)
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
    begun, go_on = threading.Semaphore(0), threading.Event()

    def handler(event: Any, _: Any) -> Any:
        if event["path"] == "/books/slow":
            begun.release()
            go_on.wait(PATIENCE_SECONDS)
        return {"statusCode": 200, "body": event["path"]}

    address = gateway(handler)
    slow = [threading.Thread(target=ask, args=(address, "GET", "/books/slow")) for _ in range(8)]
    for thread in slow:
        thread.start()
    assert all(begun.acquire(timeout=PATIENCE_SECONDS) for _ in slow)
    assert ask(address).body == b"/books"
    go_on.set()
    for thread in slow:
        thread.join(PATIENCE_SECONDS)


def test_writers_that_wait_for_a_lock_delay_no_reader(gateway: StartGateway) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def handler(event: Any, _: Any) -> Any:
        if event["httpMethod"] == "DELETE":
            begun.release()
            go_on.wait(PATIENCE_SECONDS)
        return {"statusCode": 200}

    address = gateway(handler)
    writers = [threading.Thread(target=ask, args=(address, "DELETE")) for _ in range(40)]
    for writer in writers:
        writer.start()
    assert all(begun.acquire(timeout=PATIENCE_SECONDS) for _ in range(MOST_WRITERS))
    assert ask(address).status == 200
    go_on.set()
    for writer in writers:
        writer.join(PATIENCE_SECONDS)


def test_a_head_that_never_ends_is_told_so(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one, whose time begins with its first byte."""
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as half_sent:
        half_sent.sendall(REQUEST)
        assert half_sent.recv(65536).startswith(b"HTTP/1.1 204")
        monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
        half_sent.sendall(b"GET /books HT")
        received = read(half_sent)
    assert received.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_body_that_never_ends_is_told_so(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(local, "DRAIN_SECONDS", 0.2)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    sent = b"POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as half_sent:
        half_sent.sendall(sent)
        received = read(half_sent)
    assert received.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("request_", [REQUEST, REQUEST[:-2] + b"Connection: close\r\n\r\n"])
def test_a_client_that_reads_nothing_is_dropped(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(protocol, "READER_SECONDS", 0.1)
    answer = Answering("x" * 6_000_000)
    with small_window(gateway(answer)) as deaf:
        deaf.sendall(request_)
        assert answer.asked.wait(PATIENCE_SECONDS)
        until(lambda: not connections(gateway))
        assert len(read(deaf)) < 100_000


@pytest.mark.parametrize("ends", [False, True])
def test_a_client_that_reads_nothing_of_a_small_answer_is_dropped(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """It fills what the kernel holds for it, and stays below what makes a transport wait."""
    monkeypatch.setattr(protocol, "READER_SECONDS", 0.1)
    monkeypatch.setattr(serving, "KEEP_ALIVE_SECONDS", 75 if ends else 0.1)
    with small_window(gateway(Answering("x" * 50_000))) as deaf:
        deaf.sendall(REQUEST)
        assert deaf.recv(1) == b"H"
        if ends:
            with suppress(OSError):  # of a connection that has been dropped by now
                deaf.shutdown(socket.SHUT_WR)
        until(lambda: not connections(gateway))


def test_a_client_that_reads_slowly_gets_everything(gateway: StartGateway) -> None:
    """The server looks again after every 200 KB that it took."""
    answer = Answering("x" * 6_000_000, at_once=False)
    size = looks = 0
    with small_window(gateway(answer)) as slow:
        slow.sendall(REQUEST[:-2] + b"Connection: close\r\n\r\n")
        assert answer.asked.wait(PATIENCE_SECONDS)
        (connection,) = connections(gateway)
        connection.loop = clock = Clock(connection.loop)
        answer.go_on.set()
        while received := slow.recv(65_536):
            size += len(received)
            if size // 200_000 > looks:
                looks += clock.go_off(protocol.READER_SECONDS)
    assert size > 6_000_000
    assert looks > 20


class Answering:
    """A handler with one answer, which it gives at once, or when the test lets it go on."""

    def __init__(self, body: str, at_once: bool = True) -> None:
        self._body = body
        self.asked, self.go_on = threading.Event(), threading.Event()
        if at_once:
            self.go_on.set()

    def __call__(self, *_: Any) -> Any:
        self.asked.set()
        self.go_on.wait(PATIENCE_SECONDS)
        return {"statusCode": 200, "body": self._body}


class Clock:
    """An event loop whose timers go off when the test says so."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timers: list[tuple[float, asyncio.TimerHandle, Callable[[], object]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def call_later(
        self, seconds: float, call: Callable[..., object], *arguments: Any
    ) -> asyncio.TimerHandle:
        timer = self._loop.call_later(86_400, call, *arguments)
        self._timers.append((seconds, timer, lambda: call(*arguments)))
        return timer

    def go_off(self, seconds: float) -> int:
        """All timers of so many seconds; how many these were."""
        gone = asyncio.run_coroutine_threadsafe(self._go_off(seconds), self._loop)
        return gone.result(PATIENCE_SECONDS)

    async def _go_off(self, seconds: float) -> int:
        due = [each for each in self._timers if each[0] == seconds and not each[1].cancelled()]
        self._timers = [each for each in self._timers if each[0] != seconds]
        for _, timer, call in due:
            timer.cancel()
            call()
        return len(due)


def small_window(address: Address) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE_SECONDS)
    client.connect(address)
    return client


def connections(gateway: StartGateway) -> list[Any]:
    return list(gateway.server.server_state.connections)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("requests", [1, 2])
def test_a_client_that_ends_its_side_still_gets_its_answers(
    gateway: StartGateway, requests: int
) -> None:
    answer = Answering("done", at_once=False)
    address = gateway(answer)
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as half_closed:
        half_closed.sendall(REQUEST * requests)
        half_closed.shutdown(socket.SHUT_WR)
        assert answer.asked.wait(PATIENCE_SECONDS)
        if requests == 1:  # while another waits for its turn, the server does not read on
            (connection,) = connections(gateway)
            until(lambda: not connection.cycle.keep_alive)
        answer.go_on.set()
        assert read(half_closed).count(b"\r\n\r\ndone") == requests


def test_line_feeds_keep_no_connection_alive(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "KEEP_ALIVE_SECONDS", 0.3)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as idle:
        idle.sendall(REQUEST)
        assert idle.recv(65_536).startswith(b"HTTP/1.1 204")
        with suppress(ConnectionError):  # of a machine that paused, and sent it too late
            idle.sendall(b"\r\n")
            assert idle.recv(1) == b""


def test_a_connection_that_says_nothing_is_closed(
    gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    address = gateway(lambda event, context: {"statusCode": 204})  # noqa: ARG005
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as silent:
        assert silent.recv(1) == b""


def test_an_answer_under_way_is_finished_before_the_end(gateway: StartGateway) -> None:
    handler = Answering("done", at_once=False)
    address = gateway(handler)
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(ask(address)))
    thread.start()
    assert handler.asked.wait(PATIENCE_SECONDS)
    gateway.stop()
    until(lambda: not any(each.is_serving() for each in gateway.server.servers))
    handler.go_on.set()
    thread.join(PATIENCE_SECONDS)
    assert [answer.body for answer in answers] == [b"done"]
