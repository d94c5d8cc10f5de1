"""The log's lines on their way to standard output, one for each request."""

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Lines:
    """Standard output, line by line; if its reader has gone away, no request fails."""

    def __init__(self, stream: IO[str]) -> None:
        stream.reconfigure(line_buffering=True)  # type: ignore[attr-defined]
        self._stream = stream
        self._held = _Held()
        self._room = _room_in(stream)

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

    def have_room(self) -> bool:
        """Whether a few lines can be written now: a terminal may be paused, a reader slow."""
        return self._room is None or bool(self._room.poll(0))

    @contextmanager
    def held(self) -> Iterator[list[str]]:
        """Hold back what this thread writes meanwhile: it may be written later, or never."""
        held: list[str] = []
        self._held.lines = held
        try:
            yield held
        finally:
            self._held.lines = None


def _room_in(stream: IO[str]) -> "select.poll | None":
    """A poll for room; None if the system has none, or the stream is not a file of the system's."""
    try:
        room = select.poll()
        room.register(stream, select.POLLOUT)
    except (AttributeError, OSError):
        return None
    return room


class _Held(threading.local):
    lines: list[str] | None = None
