"""Connections to DynamoDB that are kept open, each used by one thread at a time.

Failures are raised as botocore's own exceptions, so that botocore retries what it would have
retried by itself. Requests are sent by the standard library alone: that saves most of what
botocore's urllib3 costs, in each call and at start.
"""

import logging
import select
import socket
import ssl
import weakref
from collections import defaultdict, deque
from collections.abc import Mapping
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import DEFAULT_CA_BUNDLE, create_urllib3_context, get_cert_path

AMAZON_ROOTS = "amazon-roots.pem"
"""A shorter bundle may be beside botocore's own: the roots of DynamoDB's certificate chains."""

_MOST_IDLE = 32


class Origin(NamedTuple):
    """The endpoint of a connection; `netloc` is the value of its `Host` header."""

    scheme: str
    host: str
    port: int
    netloc: str


class Reply(NamedTuple):
    """A response of DynamoDB."""

    status: int
    headers: Any
    body: bytes


class Connections:
    """Opens a connection if none is idle, and keeps it for the next request."""

    def __init__(self, connect_seconds: float, read_seconds: float) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._idle: defaultdict[Origin, deque[HTTPConnection]] = defaultdict(deque)
        self._trust = Trust()
        weakref.finalize(self, _close_all, self._idle)

    def prepare(self, origin: Origin) -> None:
        """Read beforehand what the first connection would have to wait for."""
        if origin.scheme == "https":
            self._trust.context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request to a URL that has no path.

        Raises:
            botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError:
                there is no response, or it is incomplete.
        """
        origin = origin_of(url)
        connection = self._kept(origin) or self._opened(origin, url)
        try:
            connection.sock.sendall(_head(headers) + body)
            with HTTPResponse(connection.sock, method="POST") as response:
                response.begin()
                reply = Reply(response.status, dict(response.getheaders()), response.read())
        except BaseException as error:
            connection.close()
            if explained := _explained(error, url):
                raise explained from error
            raise
        if response.will_close or len(self._idle[origin]) >= _MOST_IDLE:
            connection.close()
        else:
            self._idle[origin].append(connection)
        return reply

    def _kept(self, origin: Origin) -> HTTPConnection | None:
        """The connection that was used last. The other end may have closed it meanwhile."""
        idle = self._idle[origin]
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return None
            if not _has_news(connection.sock):
                return connection
            connection.close()

    def _opened(self, origin: Origin, url: str) -> HTTPConnection:
        context = self._trust.context() if origin.scheme == "https" else None
        try:
            return self._connected(origin, context)
        except ssl.SSLCertVerificationError as error:
            if context is None or not self._trust.widen(context):
                raise SSLError(endpoint_url=url, error=error) from error
            return self._opened(origin, url)
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error

    def _connected(self, origin: Origin, context: ssl.SSLContext | None) -> HTTPConnection:
        timeout = self._connect_seconds
        if context:
            connection: HTTPConnection = HTTPSConnection(
                origin.host, origin.port, timeout=timeout, context=context
            )
        else:
            connection = HTTPConnection(origin.host, origin.port, timeout=timeout)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.sock.settimeout(self._read_seconds)
        except BaseException:
            connection.close()
            raise
        return connection


class Trust:
    """Whose certificates are trusted.

    Reading botocore's bundle takes most of the first request, so a shorter one is read if there is
    one; once a chain ends elsewhere, the whole bundle is used from then on.
    """

    def __init__(self) -> None:
        whole = Path(str(get_cert_path(True)))
        short = Path(DEFAULT_CA_BUNDLE).with_name(AMAZON_ROOTS)
        self._bundles = [short, whole] if short.exists() else [whole]
        self._context: ssl.SSLContext | None = None
        self._lock = Lock()

    def context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(self._bundles[0])
            return self._context

    def widen(self, refused: ssl.SSLContext) -> bool:
        """Trust more roots than a context did. False if there are no more."""
        with self._lock:
            if self._context is refused:
                if len(self._bundles) == 1:
                    return False
                del self._bundles[0]
                self._context = None
                logging.getLogger(__name__).warning(
                    "DynamoDB's certificate has none of the roots in %s: "
                    "all of botocore's are trusted from now on.",
                    AMAZON_ROOTS,
                )
            return True


@lru_cache(maxsize=8)
def origin_of(url: str) -> Origin:
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}[parts.scheme]
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    netloc = named if parts.port in (None, port) else f"{named}:{parts.port}"
    return Origin(parts.scheme, host, parts.port or port, netloc)


def _head(headers: Mapping[str, str]) -> bytes:
    """The head of a request. Sending it with the body saves a packet, and half of the time."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, "", ""])
    if head.count("\n") > len(lines) + 2 or head.count("\r") > len(lines) + 2:
        raise ValueError("A header has several lines")
    return head.encode("latin-1")


def _has_news(idle: socket.socket) -> bool:
    """Whether an idle connection has data to read, which means that it was closed or is broken."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([idle], [], [], 0)[0])
    poll = select.poll()
    poll.register(idle, select.POLLIN)
    return bool(poll.poll(0))


def _context(bundle: Path) -> ssl.SSLContext:
    """The same context as botocore's, except that it checks the host name itself, not urllib3."""
    context: ssl.SSLContext = create_urllib3_context()
    context.check_hostname = True
    context.load_verify_locations(bundle)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _explained(error: BaseException, url: str) -> BotoCoreError | None:
    """The exception that botocore raises if a request was being sent, or may have arrived."""
    match error:
        case ssl.SSLError():
            return SSLError(endpoint_url=url, error=error)
        case TimeoutError():
            return ReadTimeoutError(endpoint_url=url, error=error)
        case OSError() | HTTPException():
            return ConnectionClosedError(endpoint_url=url, error=error)
        case ValueError():  # a header that cannot be sent: credentials with a line break
            return HTTPClientError(error=error)
    return None


def _close_all(idle: Mapping[Origin, deque[HTTPConnection]]) -> None:
    for connections in idle.values():
        for connection in connections:
            connection.close()
