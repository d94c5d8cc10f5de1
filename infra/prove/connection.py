"""The connection to an API: unchanged requests, from any thread, and patience if it is busy."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from infra.prove.exchanges import NOBODY, Answer, Request, Send, Unreachable

_SECONDS = 35
"""API Gateway itself gives up after 29."""

_IDLE_SECONDS = 4
"""A connection that was idle for longer is replaced: if the other side had closed it, it would be
unknown whether a request was read."""

_REFUSED_SECONDS = 10
"""How long an API that was reached once may be unreachable."""

_MOST_ATTEMPTS = 100
_SAFE = ("GET", "HEAD")
_BUSY = (503, 504)
"""With these it is unknown whether a write was made."""


class Api:
    """The API at an address; each thread has a connection of its own."""

    def __init__(self, url: str, tokens: Sequence[str] = (), key: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        self._tokens = tokens
        self._key = key
        self._local = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        self._is_reached = False

    def close(self) -> None:
        for each in self._opened:
            each.close()

    def send(self, request: Request) -> Answer | None:
        """Send once; None without a response. Raises Unreachable if nothing listens."""
        connection = self._connection()
        headers = dict(request.headers)
        if self._key is not None:
            headers["X-Api-Key"] = self._key
        if self._tokens and request.caller != NOBODY:
            headers["Authorization"] = f"Bearer {self._tokens[request.caller]}"
        sent = time.monotonic()
        try:
            connection.request(
                request.method, self._parts.path + request.target, request.body, headers
            )
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        self._local.used = received = time.monotonic()
        self._is_reached = True
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, body, sent, received)

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's connection, opened if necessary."""
        known: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if known is None:
            kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
            known = kinds[self._parts.scheme](self._parts.netloc, timeout=_SECONDS)
            self._local.connection = known
            self._opened.append(known)
        if known.sock and time.monotonic() - self._local.used > _IDLE_SECONDS:
            known.close()
        deadline = time.monotonic() + _REFUSED_SECONDS
        while not known.sock:
            try:
                known.connect()
                known.sock.setsockopt(6, 1, 1)  # TCP_NODELAY
            except OSError as error:
                if time.monotonic() > deadline or not self._is_reached:
                    raise Unreachable(f"{self.url} does not answer: {error}.") from error
                time.sleep(0.2)
        self._local.used = time.monotonic()
        return known


class Patient:
    """Retries while an API says that it is busy, and counts the requests."""

    def __init__(self, send: Send, wait: Callable[[float], object] = time.sleep) -> None:
        self._send = send
        self._wait = wait
        self._lock = threading.Lock()
        self.requests = 0
        self.throttled = 0
        self.unanswered = 0
        self.has_company = False
        """Whether items by others were seen."""

    def answered(self, request: Request) -> Answer | None:
        """The response; None if it is unknown whether a write was made. Raises Unreachable."""
        for _ in range(_MOST_ATTEMPTS):
            answer = self._send(request)
            with self._lock:
                self.requests += 1
                self.throttled += answer is not None and answer.status == 429
                self.unanswered += answer is None or answer.status in _BUSY
            if answer is not None and answer.status not in (429, *_BUSY):
                return answer
            if answer is not None:
                self._wait(_seconds(answer))
            if (answer is None or answer.status in _BUSY) and request.method not in _SAFE:
                return None
        raise Unreachable(f"{request.name} was not answered in {_MOST_ATTEMPTS} attempts.")

    def certainly(self, request: Request) -> Answer:
        """The first response to a request that may be repeated. Raises Unreachable."""
        for _ in range(_MOST_ATTEMPTS):
            if (answer := self.answered(request)) is not None:
                return answer
        raise Unreachable(f"{request.name} was not answered in {_MOST_ATTEMPTS} attempts.")


def _seconds(answer: Answer) -> float:
    """The seconds in Retry-After (RFC 9110, 10.2.3); one if it does not state any."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), 30.0) if text.isdigit() else 1.0


def without_body(request: Request) -> Request:
    """The HEAD request for a GET request."""
    return replace(request, method="HEAD")
