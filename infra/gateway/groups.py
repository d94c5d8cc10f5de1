"""The groups: calls to a store that is faster with many at once, made in the event loop's thread.

A thread for each call would cost more than the call itself. Reading calls wait in one queue,
emptied a few at a time: if a call were answered inline, its client could send another before all
others. Writing calls that arrive while the last group is being written to disk form the next group:
one transaction, and each is answered once it is committed. Nothing blocks the loop: waiting for a
lock or for the disk happens in another thread.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.gateway.lines import Lines
from infra.gateway.workers import Outcome, Workers, answer_of, outcome_of
from service.stores import StoreUnavailable

if TYPE_CHECKING:
    from service.stores import Groups as Store

MOST_READS = 8
"""The most reads at a time, before connections are served again."""

MOST_WRITES = 64
MOST_SECONDS = 0.01
"""The longest that the calls of one group keep the loop from everything else."""


class _Call(NamedTuple):
    argument: Any
    since: float
    future: "asyncio.Future[Outcome | None]"
    """The result; None if the call has to be made in another thread, as it may have to wait."""


class Groups:
    """Calls `work` on behalf of the running event loop, for a store that works in groups.

    `spare` makes the calls that have to wait. `lines` is where `work` writes its log, if any: a
    group that could not be committed must leave nothing in it.
    """

    def __init__(
        self,
        work: Callable[[Any], Any],
        store: "Store",
        spare: Workers,
        lines: Lines | None = None,
    ) -> None:
        self._work = work
        self._store = store
        self._spare = spare
        self._lines = lines
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing = False

    async def call(self, argument: Any, *, writes: bool = False) -> Any:
        """The result of `work` for the argument. Raises what it raises."""
        self._attach(asyncio.get_running_loop())
        call = _Call(argument, time.monotonic(), self._now.create_future())
        if writes:
            self._writes.append(call)
            if not self._writing:
                self._writing = True
                self._now.call_soon(self._begin)
        else:
            self._reads.append(call)
            if len(self._reads) == 1:
                self._now.call_soon(self._read)
        outcome = await call.future
        return await self._spare.call(argument) if outcome is None else answer_of(outcome)

    def _attach(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            self._loop = self._now = loop
            self._reads: deque[_Call] = deque()
            self._writes: deque[_Call] = deque()
            self._writing = False
            self._thread = _Thread(loop)

    # -- calls that read -----------------------------------------------------------------------

    def _read(self) -> None:
        with self._store.reading() as free:
            at_once = free and (self._lines is None or self._lines.have_room())
            for _ in range(min(MOST_READS, len(self._reads))):
                call = self._reads.popleft()
                if not call.future.done():
                    outcome = outcome_of(self._work, call.argument) if at_once else None
                    call.future.set_result(outcome)
        if self._reads:
            self._now.call_soon(self._read)

    # -- calls that write ----------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin the next group with all calls that wait, if there are any."""
        while self._writes and self._writes[0].future.done():
            self._writes.popleft()
        if not self._writes:
            self._writing = False
        elif self._store.begin_at_once():
            self._fill()
        else:
            begin = partial(self._store.begin, self._writes[0].since)
            self._thread.do(begin, self._begun)

    def _begun(self, error: Exception | None) -> None:
        if error is None:
            self._fill()
        else:  # those that came later may wait longer
            self._refuse([self._writes.popleft()], error)

    def _fill(self) -> None:
        """Make the calls of one group, and have it committed."""
        done: list[tuple[_Call, Outcome]] = []
        late = time.monotonic() + MOST_SECONDS
        with _held(self._lines) as lines, self._store.joined():
            while self._writes and len(done) < MOST_WRITES:
                call = self._writes.popleft()
                if not call.future.done():
                    done.append((call, outcome_of(self._work, call.argument)))
                if time.monotonic() >= late:
                    break
        self._thread.do(partial(self._keep, lines), partial(self._kept, done))

    def _keep(self, lines: list[str]) -> None:
        self._store.commit()
        self._write(lines)

    def _kept(self, done: list[tuple[_Call, Outcome]], error: Exception | None) -> None:
        if error is not None:
            self._refuse([call for call, _ in done], error)
            return
        for call, outcome in done:
            _answer(call, outcome)
        self._begin()

    def _refuse(self, calls: list[_Call], error: Exception) -> None:
        """Make the calls again, on a store that refuses them, for each to answer in its own way."""
        refusal = error if isinstance(error, StoreUnavailable) else StoreUnavailable(str(error))
        with _held(self._lines) as lines, self._store.joined(refusal):
            refused = [(call, outcome_of(self._work, call.argument)) for call in calls]
        self._thread.do(partial(self._write, lines), partial(self._kept, refused))

    def _write(self, lines: list[str]) -> None:
        if self._lines is not None and lines:
            self._lines.write("".join(lines))


def _answer(call: _Call, outcome: Outcome) -> None:
    if not call.future.done():
        call.future.set_result(outcome)


def _held(lines: Lines | None) -> AbstractContextManager[list[str]]:
    return nullcontext([]) if lines is None else lines.held()


class _Thread:
    """One thread that waits for locks and for the disk, on behalf of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: SimpleQueue[tuple[Callable[[], None], Callable[[Exception | None], None]]]
        self._jobs = SimpleQueue()
        threading.Thread(target=self._run, name="groups", daemon=True).start()

    def do(self, job: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        """Do `job` in the thread, then `then` in the loop, with the exception or None."""
        self._jobs.put((job, then))

    def _run(self) -> None:
        while True:
            job, then = self._jobs.get()
            error = None
            try:
                job()
            except Exception as raised:
                error = raised
            with suppress(RuntimeError):  # the loop is closed, and nothing waits any more
                self._loop.call_soon_threadsafe(then, error)
