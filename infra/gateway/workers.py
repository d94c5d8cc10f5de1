"""The workers: threads that call the handler, as few as possible and as many as necessary.

Python runs one thread at a time, and switching between them costs as much as a whole request. So
two threads do the work, and the event loop is notified of all finished calls together. A call that
takes long is waiting for its store: for each of those another thread joins in, and leaves
afterwards. Writing calls may all wait for one lock, so they never take every thread. A call that
its caller has given up keeps its thread, but no longer counts.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

CORE = 2
MOST = 32
MOST_WRITERS = 24
PATIENCE_SECONDS = 0.005

Outcome = tuple[Any, BaseException | None]


class Workers:
    """Calls `work` in threads, on behalf of the running event loop."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work
        self._calls: SimpleQueue[tuple[_WayBack, asyncio.Future[Outcome], Any] | None]
        self._calls = SimpleQueue()
        self._way_back: _WayBack | None = None
        self._watching = False
        self._running: dict[int, tuple[float, asyncio.Future[Outcome]]] = {}
        self._threads = 0

    async def call(self, argument: Any, *, writes: bool = False) -> Any:
        """The result of `work` for the argument. Raises what it raises."""
        loop = asyncio.get_running_loop()
        if self._way_back is None or self._way_back.loop is not loop:
            self._way_back, self._watching = _WayBack(loop), False
        if not writes:
            return await self._call(self._way_back, argument)
        async with self._way_back.writers:
            return await self._call(self._way_back, argument)

    async def _call(self, way_back: "_WayBack", argument: Any) -> Any:
        future: asyncio.Future[Outcome] = way_back.loop.create_future()
        self._calls.put((way_back, future, argument))
        if not self._watching:
            self._watching = True
            self._resize(CORE)
            way_back.loop.call_later(PATIENCE_SECONDS, self._watch, way_back.loop)
        return answer_of(await future)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """While there are calls, add a thread for each that waits or was given up."""
        late = time.monotonic() - PATIENCE_SECONDS
        running = list(self._running.values())
        given_up = sum(future.cancelled() for _, future in running)
        waiting = sum(began < late and not future.cancelled() for began, future in running)
        self._resize(min(CORE + waiting, MOST) + given_up)
        self._watching = bool(running) or not self._calls.empty()
        if self._watching:
            loop.call_later(PATIENCE_SECONDS, self._watch, loop)

    def _resize(self, threads: int) -> None:
        for _ in range(self._threads, threads):
            threading.Thread(target=self._run, name="handler", daemon=True).start()
        for _ in range(threads, self._threads):
            self._calls.put(None)
        self._threads = threads

    def _run(self) -> None:
        me = threading.get_ident()
        for way_back, future, argument in iter(self._calls.get, None):
            if future.cancelled():
                continue
            self._running[me] = time.monotonic(), future
            way_back.send(future, outcome_of(self._work, argument))
            del self._running[me]


def outcome_of(work: Callable[[Any], Any], argument: Any) -> Outcome:
    try:
        return work(argument), None
    except BaseException as error:  # even SystemExit ends a call, not the thread
        return None, error


def answer_of(outcome: Outcome) -> Any:
    """The result of a call. Raises what the call raised."""
    answer, error = outcome
    if error is None:
        return answer
    raise error if isinstance(error, Exception) else RuntimeError("It wants to exit.")


class _WayBack:
    """Passes results from the threads to the event loop, which is woken once for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.writers = asyncio.Semaphore(MOST_WRITERS)
        self._ended: deque[tuple[asyncio.Future[Outcome], Outcome]] = deque()
        self._woken = False

    def send(self, future: "asyncio.Future[Outcome]", outcome: Outcome) -> None:
        self._ended.append((future, outcome))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed, and nothing waits any more
                self.loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        self._woken = False
        while self._ended:
            future, outcome = self._ended.popleft()
            if not future.done():
                future.set_result(outcome)
