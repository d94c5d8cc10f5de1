"""Requests that a careless service answers with 500, or takes without a word, byte for byte."""

import gzip
import json
import socket
from typing import Any
from urllib.parse import urlsplit

ID = "5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51"
JSON = "application/json"


def exchange(url: str, request: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON body of the answer to the bytes of one request."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=300) as peer:
        peer.sendall(request)
        with peer.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers: dict[str, str] = {}
            while line := answer.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = answer.read(int(headers.get("content-length", 0)))
    return status, headers, json.loads(body) if body else None


def post(body: bytes, content_type: str | None = JSON, *more: str, target: str = "/todos") -> bytes:
    lines = [f"POST {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *more]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def get(target: str, *more: str, method: str = "GET") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def title(value: bytes) -> bytes:
    return b'{"title":' + value + b"}"


ROWS: list[tuple[str, bytes, int]] = [
    # bodies that are no JSON
    ("a body that is not UTF-8", post(title(b'"\xff\xfe"')), 400),
    ("a body in UTF-16", post('{"title":"x"}'.encode("utf-16")), 400),
    ("a charset of UTF-16", post(title(b'"x"'), JSON + "; charset=utf-16"), 415),
    ("an unknown charset", post(title(b'"x"'), JSON + "; charset=klingon"), 415),
    ("a gzip body", post(gzip.compress(title(b'"x"')), JSON, "Content-Encoding: gzip"), 415),
    ("NaN", post(title(b"NaN")), 400),
    ("Infinity", post(title(b"Infinity")), 400),
    ("1e400", post(title(b"1e400")), 400),
    ("an integer of 40 digits", post(title(b"1" * 40)), 400),
    ("an integer of 5,000 digits", post(title(b"1" * 5000)), 400),
    ("deep nesting", post(title(b"[" * 30_000 + b"]" * 30_000)), 400),
    ("deeper nesting", post(b'{"title":' * 3000), 400),
    ("a lone surrogate", post(title(b'"\\ud800"')), 400),
    ("a surrogate pair turned round", post(title(b'"\\udc00\\ud800"')), 400),
    ("no Content-Type", post(title(b'"x"'), None), 415),
    ("an empty Content-Type", post(title(b'"x"'), ""), 415),
    ("another Content-Type", post(title(b'"x"'), "text/plain"), 415),
    ("a form", post(b"title=x", "application/x-www-form-urlencoded"), 415),
    ("a mixed-case Content-Type with a bad body", post(title(b"1"), "Application/JSON"), 400),
    ("no body", post(b""), 400),
    ("a body of null", post(b"null"), 400),
    ("a body of an array", post(b"[]"), 400),
    ("a doubled key", post(b'{"title":"x","title":"y"}'), 400),
    ("NUL in a title", post(title(b'"a\\u0000b"')), 400),
    ("a title of zero-width spaces", post(title(b'"\\u200b\\u200b"')), 400),
    ("a title of white space", post(title(b'" \\t\\n\\u00a0\\u3000"')), 400),
    ("a body over 64 KB", post(title(b'"x"' + b" " * 70_000)), 413),
    # parameters
    ("a bad uuid", get("/todos/x"), 400),
    ("a limit of 1_0", get("/todos?limit=1_0"), 400),
    ("a limit in Arabic digits", get("/todos?limit=%D9%A1"), 400),
    ("a limit with a space", get("/todos?limit=%205"), 400),
    ("a limit with a plus", get("/todos?limit=%2B5"), 400),
    ("a limit of nothing", get("/todos?limit="), 400),
    ("a limit of 30 digits", get("/todos?limit=" + "9" * 30), 400),
    ("a doubled parameter", get("/todos?limit=1&limit=2"), 400),
    ("completed in capitals", get("/todos?completed=TRUE"), 400),
    ("a parameter that nobody knows", get("/todos?complete=true"), 400),
    ("a query that is not UTF-8", get("/todos?cursor=%FF%FE"), 400),
    ("a cursor of nonsense", get("/todos?cursor=%00"), 400),
    ("a control character in a tag", get(f"/todos/{ID}", "If-None-Match: \x01"), 400),
    ("too long an Idempotency-Key", post(title(b"1"), JSON, f"Idempotency-Key: {256 * 'k'}"), 400),
    # paths and methods
    ("HEAD", get("/todos", method="HEAD"), 200),
    ("HEAD of nothing", get(f"/todos/{ID}", method="HEAD"), 404),
    ("a path that ends in a line feed", get("/todos%0a"), 404),
    ("a path with a NUL", get("/todos%00"), 404),
    ("an id that ends in a line feed", get(f"/todos/{ID}%0a"), 404),
    ("a path of two slashes", get("//"), 404),
    ("a path with two slashes", get("//todos"), 200),
    ("an id with a NUL", get("/todos/%00"), 400),
    ("a trailing slash", get("/todos/"), 200),
    ("a path that is not UTF-8", get("/todos/%FF"), 400),
    ("a path that climbs", get("/todos/../todos"), 404),
    ("another method", get("/todos", method="PATCH"), 405),
    ("a method that nobody knows", get("/todos", method="BREW"), 501),
    ("an unknown path", get("/todo"), 404),
]  # fmt: skip
