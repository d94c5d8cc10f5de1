"""The protocol: uvicorn's HTTP/1.1, with limits, and with problems as its own responses."""

import asyncio
import re
from collections.abc import Sized
from typing import Any, NoReturn

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.gateway.gateway_problems import (
    HEADERS_TOO_LARGE,
    MALFORMED,
    NOT_IMPLEMENTED,
    TOO_SLOW,
    WITHOUT_HOST,
    raw_answer,
)
from service.problems import Kind

MAX_HEAD_BYTES = 10_240
"""The most bytes of the request line and the headers (AWS: quotas for a REST API, read 2026-11-26).

Trailers count as well here.
"""

HEAD_SECONDS = 10.0
LINGER_SECONDS = 2.0

READER_SECONDS = 60.0
READER_BYTES = 16_384
"""What a client has to read of a waiting response in that time, or it is disconnected."""

_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~]+ HTTP/1\.[01]\r?\n")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~%!$&'()*+,;=-]*)(:[0-9]*)?")
"""RFC 9110, 7.2; RFC 3986, 3.2.2."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._bytes = 0  # received since the message last made progress
        self._pieces: list[bytes] = []  # of a body, as received in chunks
        self._refusal = MALFORMED
        self._refused = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None

    # -- what arrives --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_head = False
        self._watch_head()
        self._forget_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Unlike uvicorn's, this leaves the keep-alive timer alone: line feeds are not requests."""
        while data and not self._refused:
            data = self._parse(data)
        self._watch_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client may close its side after a request and await the response (RFC 9112, 9.6)."""
        if self.cycle is None or self.cycle.more_body or self.cycle.response_complete:
            self._watch_reader()
            return False
        self.cycle.keep_alive = False
        return True

    def _parse(self, data: bytes) -> bytes:
        """Take what has arrived, and return what is to be parsed instead."""
        self._bytes += len(data)
        try:
            self.parser.feed_data(data)
            self._hand_on()
        except httptools.HttpParserUpgrade as upgrade:
            return self._without_upgrade() + data[upgrade.args[0] :]
        except httptools.HttpParserInvalidMethodError:
            self._refuse(NOT_IMPLEMENTED if _REQUEST_LINE.match(data) else MALFORMED)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        if self._bytes > MAX_HEAD_BYTES:
            self._refuse(HEADERS_TOO_LARGE)
        return b""

    def _without_upgrade(self) -> bytes:
        """The head of a request without its Upgrade, as RFC 9110, 7.8 allows, for a new parser.

        The old parser would skip the body of a request with one, as Java's HttpClient sends it.
        """
        fields = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        version = self.parser.get_http_version().encode()
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)
        self.parser = httptools.HttpRequestParser(self)
        return b"".join((line, *fields, b"\r\n"))

    # -- what the parser reports ---------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._bytes = 0
        self._unset_keepalive_if_required()
        if self.parser.get_method() == b"CONNECT":
            self._stop(NOT_IMPLEMENTED)
        if not self.parser.should_upgrade():
            self._check_head()
            super().on_headers_complete()
            self.headers = []  # trailers, which must not be merged into headers (RFC 9110, 6.5.1)

    def on_body(self, body: bytes) -> None:
        self._bytes = 0
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self._bytes = 0
        if self.headers and sum(map(_size, self.headers)) > MAX_HEAD_BYTES:
            self._stop(HEADERS_TOO_LARGE)
        if not self.parser.should_upgrade():
            self._hand_on()
            super().on_message_complete()

    def _hand_on(self) -> None:
        """Pass on all pieces at once: uvicorn copies the body for each, and one may be a byte."""
        if self._pieces:
            super().on_body(b"".join(self._pieces))
            self._pieces.clear()

    def _check_head(self) -> None:
        """Check the head's size, Host (RFC 9112, 3.2) and Transfer-Encoding (RFC 9112, 6.1)."""
        if len(self.url) + sum(map(_size, self.headers)) > MAX_HEAD_BYTES:
            self._stop(HEADERS_TOO_LARGE)
        hosts, codings = [], []
        for name, value in self.headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"transfer-encoding":
                codings.append(value.strip().lower())
        coding, is_old = b", ".join(codings), self.parser.get_http_version() != "1.1"
        if len(hosts) > 1 or not (hosts or is_old) or not all(map(_HOST.fullmatch, hosts)):
            self._stop(WITHOUT_HOST)
        if coding not in (b"", b"chunked"):
            self._stop(NOT_IMPLEMENTED if coding.endswith(b"chunked") else MALFORMED)
        if coding and is_old:
            self._stop(MALFORMED)

    def _stop(self, kind: Kind) -> NoReturn:
        self._refusal = kind
        raise ValueError  # the parser stops, and raises HttpParserError

    # -- clients that take too long ------------------------------------------------------------

    def _watch_head(self) -> None:
        if self._in_head and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)
        elif not self._in_head and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        if self.scope is None:  # not even a first byte
            self.transport.close()
        else:
            self._refuse(TOO_SLOW)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_reader()
        if self.transport.is_closing():
            self._watch_reader()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reader()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_reader()

    def _watch_reader(self) -> None:
        """Watch that a waiting response is read: a closing transport would wait for ever."""
        if self._reader_timer is None:
            waiting = self.transport.get_write_buffer_size()
            self._reader_timer = self.loop.call_later(READER_SECONDS, self._look_again, waiting)

    def _look_again(self, waited: int) -> None:
        self._reader_timer = None
        waiting = self.transport.get_write_buffer_size()
        if waiting > max(0, waited - READER_BYTES):
            self.transport.abort()
        elif waiting:
            self._watch_reader()

    def _forget_reader(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None

    # -- the end -------------------------------------------------------------------------------

    def shutdown(self) -> None:
        """Finish the request in progress, but do not wait for one that is still arriving."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            super().shutdown()

    def _refuse(self, kind: Kind) -> None:
        """Answer an unreadable request, unless an earlier one still waits for its response."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._in_head = False
        if self.cycle is None or self.cycle.response_complete:
            self._say_goodbye(kind)
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False
        elif self.pipeline or self.cycle.response_started:
            self.transport.close()
            self._watch_reader()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._say_goodbye(kind)

    def _say_goodbye(self, kind: Kind) -> None:
        """Answer, and close a little later: closing with input unread would lose the response."""
        self.transport.write(raw_answer(kind))
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class _Flow(FlowControl):
    """Reads on only when no request waits: a waiting one takes many times its bytes of memory.

    uvicorn's reads on after every response, so that a client could let any number of them wait.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


def _size(field: tuple[bytes, bytes]) -> int:
    return len(field[0]) + len(field[1]) + len(": \r\n")
