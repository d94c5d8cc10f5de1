"""Calls in threads: quick ones, waiting ones, failing ones."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from infra.gateway.workers import CORE, MOST, Workers

PATIENCE_SECONDS = 300
"""Ends what hangs; nothing that works waits that long."""


class Work:
    """Answers each name with itself, "stuck" only when the test lets it go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, name: str) -> str:
        self.begun.append(name)
        if name == "stuck":
            assert self.go_on.wait(PATIENCE_SECONDS)
        return name


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not fact():
            await asyncio.sleep(0.001)


async def give_up(workers: Workers, work: Work, calls: int = 1) -> None:
    """Makes calls that get stuck, and gives them up when as many as can have begun."""
    stuck = asyncio.gather(*(workers.call("stuck") for _ in range(calls)))
    await until(lambda: len(work.begun) == min(calls, MOST))
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck


async def call_all(workers: Workers, arguments: list[Any]) -> list[Any]:
    return await asyncio.gather(*map(workers.call, arguments))


def handlers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "handler"}


def test_every_call_gets_its_own_answer() -> None:
    workers = Workers(lambda number: number * 2)
    assert asyncio.run(call_all(workers, list(range(1000)))) == list(range(0, 2000, 2))


def test_calls_that_wait_do_not_delay_others() -> None:
    work = Work()

    async def both() -> None:
        workers = Workers(work)
        waiting = asyncio.gather(*(workers.call("stuck") for _ in range(MOST - CORE)))
        assert await asyncio.wait_for(workers.call("quick"), PATIENCE_SECONDS) == "quick"
        work.go_on.set()
        assert set(await waiting) == {"stuck"}

    asyncio.run(both())


def test_calls_that_write_leave_threads_to_those_that_read() -> None:
    work = Work()

    async def both() -> None:
        workers = Workers(work)
        writers = asyncio.gather(*(workers.call("stuck", writes=True) for _ in range(4 * MOST)))
        assert await asyncio.wait_for(workers.call("quick"), PATIENCE_SECONDS) == "quick"
        work.go_on.set()
        assert set(await writers) == {"stuck"}

    asyncio.run(both())


def test_calls_that_were_given_up_are_in_nobody_s_way() -> None:
    work = Work()

    async def give_up_then_go_on() -> None:
        workers = Workers(work)
        await give_up(workers, work, MOST + 1)
        assert await asyncio.wait_for(workers.call("quick"), PATIENCE_SECONDS) == "quick"
        work.go_on.set()

    asyncio.run(give_up_then_go_on())
    assert work.begun == ["stuck"] * MOST + ["quick"]


def test_threads_that_are_needed_no_more_leave() -> None:
    work, before = Work(), handlers()

    async def wait_much_then_little() -> None:
        workers = Workers(work)
        waiting = asyncio.gather(*(workers.call("stuck") for _ in range(10)))
        await until(lambda: len(handlers() - before) >= 10)
        work.go_on.set()
        await waiting
        await until(lambda: len(handlers() - before) == CORE)

    asyncio.run(wait_much_then_little())


@pytest.mark.parametrize(
    ("error", "raised"),
    [(LookupError(), LookupError), (StopIteration(), RuntimeError), (SystemExit(), RuntimeError)],
    ids=repr,
)
def test_a_call_that_fails_ends_neither_its_thread_nor_the_loop(
    error: BaseException, raised: type[Exception]
) -> None:
    def work(fails: bool) -> str:
        if fails:
            raise error
        return "well"

    async def fail_then_work() -> list[Any]:
        workers = Workers(work)
        for _ in range(CORE + 1):
            with pytest.raises(raised):
                await workers.call(True)
        return await call_all(workers, [False] * 10)

    assert asyncio.run(fail_then_work()) == ["well"] * 10


def test_a_caller_that_gave_up_is_forgotten() -> None:
    work, before = Work(), handlers()
    faults: list[dict[str, Any]] = []

    async def give_up_then_go_on() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        workers = Workers(work)
        await give_up(workers, work)
        await until(lambda: len(handlers() - before) == CORE + 1)
        work.go_on.set()
        await until(lambda: len(handlers() - before) == CORE)
        assert await workers.call("quick") == "quick"

    asyncio.run(give_up_then_go_on())
    assert faults == []


def test_a_call_left_behind_by_another_loop_is_in_nobody_s_way() -> None:
    work, before = Work(), handlers()
    workers = Workers(work)

    async def go_on() -> None:
        assert await workers.call("quick") == "quick"
        await until(lambda: len(handlers() - before) == CORE + 1)
        work.go_on.set()
        await until(lambda: len(handlers() - before) == CORE)
        assert await call_all(workers, ["quick"] * 10) == ["quick"] * 10

    asyncio.run(give_up(workers, work))
    asyncio.run(go_on())
