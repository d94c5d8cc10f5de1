"""Scripts of a test's own: a document runs them before those of the page, and may call the test."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.drivers.exchanges import Request, Response

_PATH = "/test-scripts.js"
_CALLS = "/test-calls"
EMPTY = "/test-empty"
_TAG = f'<head><script src="{_PATH}"></script>'.encode()
_FIRST = Path(__file__).with_name("scripts.js").read_text("utf-8").replace("PATH", _CALLS)


class Scripts:
    """Those of one browser; they stand between it and the network, at addresses of their own."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[..., object]] = {}
        self._made: list[Callable[[], str]] = []

    def clear(self) -> None:
        """Forgets those that were added."""
        self._made.clear()

    def add(self, made: Callable[[], str]) -> None:
        """`made` says what the script is by the time that a document asks for it."""
        self._made.append(made)

    def expose(self, name: str, function: Callable[..., object]) -> None:
        """Lets scripts call a function, without waiting for it."""
        self._functions[name] = function
        self.add(lambda: f"globalThis.{name} = (...values) => testCall('{name}', ...values);")

    def hear(self, event: str, listener: Callable[..., object]) -> None:
        """Tells what a document says of itself: `console` and `weberror`."""
        self._functions[event] = listener

    def answer(self, request: Request) -> Response | None:
        """What a script of the test asked for, if it did."""
        path = urlsplit(request.url).path
        if path == _PATH:
            content = "\n".join([_FIRST, *(made() for made in self._made)]).encode()
            headers = [("content-type", "text/javascript"), ("cache-control", "no-store")]
            return Response(request, 200, headers, content)
        if path == _CALLS:
            name, *values = json.loads(request.body)
            self._call(name, values)
            return Response(request, 204, [], b"")
        if path == EMPTY:
            return Response(request, 200, [("content-type", "text/html")], b"<title>Empty</title>")
        return None

    def _call(self, name: str, values: list[Any]) -> None:
        if name in self._functions:
            self._functions[name](*values)

    def bend(self, response: Response) -> Response:
        """A document loads them before anything else; what a worker keeps of it stays as it is."""
        asked = response.request.headers.get("accept", "")
        kind = dict(response.headers).get("content-type", "")
        if not (asked.startswith("text/html") and kind.startswith("text/html")):
            return response
        headers = [each for each in response.headers if each[0].lower() != "etag"]
        return replace(
            response, headers=headers, content=response.content.replace(b"<head>", _TAG, 1)
        )
