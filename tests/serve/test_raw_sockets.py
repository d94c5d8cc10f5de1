"""What no HTTP library would send: no 5xx, no hang, and the server still answers afterwards."""

import json
import re
import resource
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.servers import Server

CRLF = b"\r\n"
HOST = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
SEVENTEEN = b'{"title":"Again"}'


@pytest.fixture(autouse=True)
def _still_answers(server: Server) -> Iterator[None]:
    yield
    assert server.get("/todos?limit=1").status == 200


def exchange(server: Server, *parts: bytes, finish: bool = False) -> bytes:
    """All that comes back until the server closes. `finish` ends our side of the connection."""
    with socket.create_connection((server.host, server.port), timeout=300) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            if finish:
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # refused before everything was sent; the answer is there all the same
        received = bytearray()
        with suppress(ConnectionResetError):  # by a server that has waited for the rest in vain
            while some := connection.recv(65536):
                received += some
        return bytes(received)


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"(?:^|\n|\})HTTP/1\.1 (\d{3}) ", received)]


def line(method: str, target: str) -> bytes:
    return f"{method} {target} HTTP/1.1\r\n".encode()


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (line("GET", "//"), 404),
        (line("GET", "//todos"), 200),
        (line("GET", "/todos//"), 404),
        (line("GET", "/todos/"), 200),
        (line("GET", "/todos%0a"), 404),
        (line("GET", "/todos%0A/x"), 404),
        (line("GET", "/%00"), 404),
        (line("GET", "/todos/%00"), 400),
        (line("GET", "/todos/%ff"), 400),
        (line("GET", "/todos/%"), 400),
        (line("GET", "/todos/%2e%2e/%2e%2e/etc/passwd"), 404),
        (line("GET", "/../../etc/passwd"), 404),
        (line("GET", "/docs/../openapi.yaml"), 404),
        (line("GET", "/docs/%2e%2e/openapi.yaml"), 404),
        (line("GET", "/todos?%ff=%ff"), 400),
        (line("GET", "/todos?limit=1&limit=2"), 400),
        (line("GET", "/todos#fragment"), 200),
        (line("GET", "http://127.0.0.1/todos"), 200),
        (line("GET", "http://elsewhere.example/todos?limit=1"), 200),
        (line("GET", "http://127.0.0.1"), 400),
        (line("GET", "todos"), 400),
        (line("GET", "/to dos"), 400),
        (line("OPTIONS", "*"), 404),
        (line("CONNECT", "127.0.0.1:80"), 501),
        (line("BREW", "/todos"), 501),
        (line("FOO", "/todos"), 501),
        (line("GETT", "/todos"), 501),
        (line("get", "/todos"), 501),
        (line("PROPFIND", "/todos"), 404),
        (line("TRACE", "/todos"), 404),
        (b"GET /todos\xff HTTP/1.1\r\n", 400),
        (b"GET /todos HTTP/3.0\r\n", 400),
        (b"GET /todos\r\n", 200),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
    ],
)
def test_a_strange_request_line(server: Server, request_line: bytes, expected: int) -> None:
    received = exchange(server, request_line + HOST + CLOSE)
    assert statuses(received) == [expected]
    if expected >= 400:
        assert b"content-type: application/problem+json\r\n" in received


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (b"Content-Length: 17\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n", 400),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 17\r\n", b"0\r\n\r\n", 400),
        (b"Content-Length: 17\r\nContent-Length: 18\r\n", SEVENTEEN, 400),
        (b"Content-Length: -1\r\n", b"", 400),
        (b"Content-Length: 1e1\r\n", b"", 400),
        (b"Content-Length: 99999999999999999999999\r\n", b"", 400),
        (b"Transfer-Encoding: chunked\r\n", b"zz\r\n", 400),
        (b"Transfer-Encoding: chunked\r\n", b"11\r\n" + SEVENTEEN + b"\r\n0\r\n\r\n", 201),
        (b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff1\r\n", 400),
        (b"Transfer-Encoding: gzip\r\n", b"", 400),
        (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n", 501),
        (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n", 501),
        (b"Content-Length : 17\r\n", SEVENTEEN, 400),
        (b"X: a\r\n folded\r\nContent-Length: 17\r\n", SEVENTEEN, 400),
        (b"X: a\0b\r\n", b"", 400),
        (b": nameless\r\n", b"", 400),
        (b"no colon\r\n", b"", 400),
        (UPGRADE + b"Content-Length: 17\r\n", SEVENTEEN, 201),
        (UPGRADE + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", 400),
        (b"Content-Length: 17\r\nExpect: 100-continue\r\n", SEVENTEEN, 201),
    ],
)
def test_strange_headers(server: Server, headers: bytes, body: bytes, expected: int) -> None:
    head = line("POST", "/todos") + HOST + b"Content-Type: application/json\r\n"
    received = exchange(server, head + headers + CLOSE + body)
    assert [status for status in statuses(received) if status != 100] == [expected]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET /todos HTTP/1.1\r\n", 400),
        (b"GET /todos HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        (b"GET /todos HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
        (b"GET /todos HTTP/1.1\r\nHost: a/b\r\n", 400),
        (b"GET /todos HTTP/1.1\r\nHost: a, b\r\n", 400),
        (b"GET /todos HTTP/1.1\r\nUpgrade: h2c\r\n", 400),
        (b"GET /todos HTTP/1.1\r\nHost: [::1]:8000\r\n", 200),
        (b"GET /todos HTTP/1.0\r\n", 200),
        (b"GET /todos HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", 200),
    ],
)
def test_a_request_names_one_host(server: Server, head: bytes, expected: int) -> None:
    """RFC 9112, 3.2."""
    assert statuses(exchange(server, head + CLOSE)) == [expected]


CHUNKED = (
    line("POST", "/todos") + HOST + b"Transfer-Encoding: chunked\r\n"
    b"Content-Type: application/json\r\n"
)
CHUNKS = b"11\r\n" + SEVENTEEN + b"\r\n0\r\n"


def test_a_trailer_is_never_a_header(server: Server) -> None:
    """RFC 9110, 6.5.1. With its key obeyed, the second request would be the first one's twin."""
    trailers = b"Idempotency-Key: trailer\r\nHost: b\r\nContent-Encoding: gzip\r\n\r\n"
    received = exchange(server, (CHUNKED + CRLF + CHUNKS + trailers) * 2,
                        line("GET", "/todos?limit=1") + HOST + CLOSE)  # fmt: skip
    assert statuses(received) == [201, 201, 200]
    first, second = re.findall(rb"location: (\S+)", received)
    assert first != second


@pytest.mark.parametrize(
    "trailers",
    [[b"X: y\r\n" * 10_000], [b"X: " + b"a" * 20_000 + CRLF], [b"X: ", *[b"a" * 65_536] * 200]],
    ids=["many", "long", "without an end"],
)
def test_trailers_have_the_limit_of_headers(server: Server, trailers: list[bytes]) -> None:
    assert statuses(exchange(server, CHUNKED + CLOSE, CHUNKS, *trailers, CRLF)) == [431]


def test_a_head_that_arrives_with_the_end_of_a_body_is_not_taken_for_a_large_one(
    server: Server,
) -> None:
    first = line("POST", "/todos") + HOST + b"Content-Length: 60000\r\n\r\n" + b" " * 30_000
    received = exchange(server, first, b" " * 30_000 + line("GET", "/todos?limit=1"), HOST + CLOSE)
    assert statuses(received)[1:] == [200]


@pytest.mark.parametrize(
    "headers",
    [
        b"X: " + b"a" * 65_536 + CRLF,
        b"".join(b"X%d: %s\r\n" % (i, b"a" * 50) for i in range(1200)),
        b"Cookie: " + b"a" * 10_240 + CRLF,
    ],
    ids=["one of 64 KB", "many", "just over"],
)
def test_huge_headers_are_431(server: Server, headers: bytes) -> None:
    received = exchange(server, line("GET", "/todos") + HOST + headers + CLOSE)
    assert statuses(received) == [431]


def test_a_header_without_an_end_is_431(server: Server) -> None:
    received = exchange(server, line("GET", "/todos") + b"X: ", *[b"a" * 65_536] * 200)
    assert statuses(received) == [431]


def test_a_long_target_is_431(server: Server) -> None:
    received = exchange(server, line("GET", "/todos?" + "a" * 70_000) + HOST + CLOSE)
    assert statuses(received) == [431]


def test_headers_of_8_kb_are_fine(server: Server) -> None:
    headers = b"X: " + b"a" * 8_192 + CRLF
    assert statuses(exchange(server, line("GET", "/todos") + HOST + headers + CLOSE)) == [200]


def _post(server: Server, size: int) -> bytes:
    head = line("POST", "/todos") + HOST + b"Content-Type: text/plain\r\n"
    length = b"Content-Length: %d\r\n" % size
    return exchange(server, head + length + CLOSE, *[b" " * 1_048_576] * (size // 1_048_576))


def test_a_body_over_10_mb_is_413_while_it_is_read(server: Server) -> None:
    received = _post(server, 12 * 1_048_576)
    assert statuses(received) == [413]
    assert b"at most 10 MB" in received


def test_a_body_under_10_mb_comes_as_far_as_the_service(server: Server) -> None:
    received = _post(server, 9 * 1_048_576)
    assert statuses(received) == [415]
    assert b"Send the body as application/json in UTF-8" in received


def test_a_chunked_body_over_10_mb_is_413(server: Server) -> None:
    head = line("POST", "/todos") + HOST + b"Transfer-Encoding: chunked\r\n"
    chunk = b"100000\r\n" + b" " * 1_048_576 + CRLF
    received = exchange(server, head + CLOSE, *[chunk] * 12, b"0\r\n\r\n")
    assert statuses(received) == [413]


def test_a_body_that_is_announced_too_large_need_not_be_sent(server: Server) -> None:
    head = line("POST", "/todos") + HOST + b"Expect: 100-continue\r\n"
    received = exchange(server, head + b"Content-Length: 99999999\r\n" + CLOSE, finish=True)
    assert statuses(received) == [413]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET /todos HTTP/1.1\r\nHo",
        b"POST /todos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n\r\n{",
        b"POST /todos HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
)
def test_a_half_sent_request_changes_nothing(server: Server, sent: bytes) -> None:
    before = server.get("/todos?limit=1").body
    assert exchange(server, sent, finish=True) == b""
    assert server.get("/todos?limit=1").body == before


def test_a_slow_client_is_served_while_others_are(server: Server) -> None:
    request = line("POST", "/todos") + HOST + b"Content-Type: application/json\r\n"
    request += b"Content-Length: 17\r\n" + CLOSE + SEVENTEEN
    with socket.create_connection((server.host, server.port), timeout=300) as slow:
        for byte in request[:40]:
            slow.sendall(bytes([byte]))
            assert server.get("/openapi.json").status == 200
        slow.sendall(request[40:])
        assert statuses(slow.recv(65536)) == [201]


def test_a_client_that_does_not_read_delays_no_other(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            deaf = stack.enter_context(socket.create_connection((server.host, server.port)))
            deaf.sendall((line("GET", "/docs/swagger-ui-bundle.js") + HOST + CRLF) * 5)
        assert server.get("/todos").status == 200


def test_pipelined_requests_are_answered_in_turn(server: Server) -> None:
    first, second = line("GET", "/todos?limit=1"), line("GET", "/nowhere")
    third = line("HEAD", "/todos")
    received = exchange(server, b"".join(each + HOST + CRLF for each in (first, second, third)),
                        line("DELETE", "/todos") + HOST + CLOSE)  # fmt: skip
    assert statuses(received) == [200, 404, 200, 405]


def test_rubbish_behind_a_request_does_not_take_its_answer(server: Server) -> None:
    received = exchange(server, line("GET", "/todos") + HOST + CRLF + b"rubbish\r\n\r\n")
    assert statuses(received) == [200]


def test_a_request_that_offers_http_2_is_answered_and_so_is_the_next(server: Server) -> None:
    first = line("POST", "/todos") + HOST + UPGRADE + b"Content-Type: application/json\r\n"
    first += b"Content-Length: 17\r\n\r\n"
    received = exchange(server, first, SEVENTEEN[:5], SEVENTEEN[5:] + first + SEVENTEEN,
                        line("GET", "/todos?limit=1") + HOST + CLOSE)  # fmt: skip
    assert statuses(received) == [201, 201, 200]


def test_a_thousand_offers_of_an_upgrade_are_answered(server: Server) -> None:
    offer = line("GET", "/docs") + HOST + UPGRADE + CRLF
    received = exchange(server, offer * 1000, line("GET", "/docs") + HOST + CLOSE)
    assert statuses(received) == [308] * 1001


def test_head_has_no_body(server: Server) -> None:
    received = exchange(server, line("HEAD", "/todos") + HOST + CLOSE)
    assert statuses(received) == [200]
    assert received.endswith(b"\r\n\r\n")


def test_http_1_0_is_answered(server: Server) -> None:
    assert exchange(server, b"GET /todos HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_thousand_connections_at_once_lose_nothing(server: Server) -> None:
    """Each gets its own answers, twice on one connection: what it creates, and then finds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    titles = [f"connection {number}" for number in range(1000)]
    with ExitStack() as stack:
        many = [
            stack.enter_context(socket.create_connection((server.host, server.port), timeout=300))
            for _ in titles
        ]
        for connection, title in zip(many, titles, strict=True):
            connection.sendall(post(title))
        created = [answer(connection) for connection in many]
        refused = Counter(item["status"] for item in created if "status" in item)
        assert not refused
        assert [item["title"] for item in created] == titles
        for connection, item in zip(many, created, strict=True):
            connection.sendall(line("GET", f"/todos/{item['id']}") + HOST + CRLF)
        assert [answer(connection) for connection in many] == created
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def post(title: str) -> bytes:
    body = json.dumps({"title": title}).encode()
    head = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return line("POST", "/todos") + HOST + head + CRLF + body


def answer(connection: socket.socket) -> Any:
    """The JSON body of the next answer on a connection."""
    with connection.makefile("rb") as stream:
        length = 0
        while field := stream.readline().strip():
            if field.lower().startswith(b"content-length:"):
                length = int(field.split(b":")[1])
        return json.loads(stream.read(length))
