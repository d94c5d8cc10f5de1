"""The protocol: uvicorn's HTTP/1.1, with limits, and with problems where it answers by itself."""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.gateway.problems import HEADERS_TOO_LARGE, MALFORMED, TOO_SLOW, raw_answer
from service.problems import Kind

MAX_HEAD_BYTES = 10_240
"""Of the request line and the headers (AWS: quotas for a REST API)."""

HEAD_SECONDS = 10.0
LINGER_SECONDS = 2.0


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_bytes = 0
        self._refusal = MALFORMED
        self._refused = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_head = False
        self._watch_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HEADERS_TOO_LARGE)
        self._watch_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum(len(n) + len(v) for n, v in self.headers) > MAX_HEAD_BYTES:
            self._refusal = HEADERS_TOO_LARGE
            raise ValueError  # the parser stops, and raises HttpParserError
        if self.parser.get_method() == b"CONNECT":
            raise ValueError
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def shutdown(self) -> None:
        """Finish the request under way, but do not wait for one that is still to arrive."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            super().shutdown()

    def _watch_head(self) -> None:
        if self._in_head and self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)
        elif not self._in_head and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        if self._head_bytes:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read the request again without its Upgrade, as RFC 9110, 7.8 allows.

        The parser would skip the body of a request that offers one, as Java's HttpClient does.
        """
        fields = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        line = b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join((line, *fields, b"\r\n", rest)))

    def _refuse(self, kind: Kind) -> None:
        """Answer what cannot be read on, unless an earlier request still waits for its answer."""
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
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._say_goodbye(kind)

    def _say_goodbye(self, kind: Kind) -> None:
        """Closing at once, with input unread, would take the answer away from the client."""
        self.transport.write(raw_answer(kind))
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
