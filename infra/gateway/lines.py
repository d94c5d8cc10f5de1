"""The log's lines on their way to standard output, a request each."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Lines:
    """Standard output, line by line; a reader that has gone away fails no request."""

    def __init__(self, stream: IO[str]) -> None:
        stream.reconfigure(line_buffering=True)  # type: ignore[attr-defined]
        self._stream = stream
        self._held = _Held()

    def write(self, text: str) -> None:
        if self._held.lines is not None:
            self._held.lines.append(text)
            return
        try:
            self._stream.write(text)
        except OSError:
            self._stream = open(os.devnull, "w")  # noqa: SIM115

    def flush(self) -> None:
        self._stream.flush()

    @contextmanager
    def held(self) -> Iterator[list[str]]:
        """What this thread writes meanwhile; whoever holds it may write it later, or never."""
        held: list[str] = []
        self._held.lines = held
        try:
            yield held
        finally:
            self._held.lines = None


class _Held(threading.local):
    lines: list[str] | None = None
