"""Calls in threads: quick ones, waiting ones, failing ones."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from infra.gateway.workers import CORE, MOST, Workers


async def call_all(workers: Workers, arguments: list[Any]) -> list[Any]:
    return await asyncio.gather(*map(workers.call, arguments))


def handlers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "handler"}


def test_every_call_gets_its_own_answer() -> None:
    workers = Workers(lambda number: number * 2)
    assert asyncio.run(call_all(workers, list(range(1000)))) == list(range(0, 2000, 2))


def test_calls_that_wait_do_not_delay_others() -> None:
    go_on = threading.Event()

    def work(waits: bool) -> str:
        return "waited" if waits and go_on.wait(10) else "quick"

    async def both() -> str:
        workers = Workers(work)
        waiting = asyncio.gather(*(workers.call(True) for _ in range(MOST - CORE)))
        quick = await asyncio.wait_for(workers.call(False), 5)
        go_on.set()
        assert set(await waiting) == {"waited"}
        return str(quick)

    assert asyncio.run(both()) == "quick"


def test_calls_that_write_leave_threads_to_those_that_read() -> None:
    go_on = threading.Event()

    def work(waits: bool) -> str:
        return "waited" if waits and go_on.wait(10) else "quick"

    async def both() -> str:
        workers = Workers(work)
        writers = asyncio.gather(*(workers.call(True, writes=True) for _ in range(4 * MOST)))
        quick = await asyncio.wait_for(workers.call(False), 5)
        go_on.set()
        assert set(await writers) == {"waited"}
        return str(quick)

    assert asyncio.run(both()) == "quick"


def test_calls_that_were_given_up_are_in_nobody_s_way() -> None:
    go_on = threading.Event()
    done: list[str] = []

    def work(name: str) -> str:
        if name == "stuck":
            go_on.wait(10)
        done.append(name)
        return name

    async def give_up_then_go_on() -> str:
        workers = Workers(work)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call_all(workers, ["stuck"] * (MOST + 1)), 0.5)
        quick = await asyncio.wait_for(workers.call("quick"), 5)
        assert done == ["quick"]
        go_on.set()
        return str(quick)

    assert asyncio.run(give_up_then_go_on()) == "quick"


def test_threads_that_are_needed_no_more_leave() -> None:
    go_on = threading.Event()
    before = handlers()

    async def until(enough: Callable[[int], bool]) -> None:
        async with asyncio.timeout(10):
            while not enough(len(handlers() - before)):
                await asyncio.sleep(0.001)

    async def wait_much_then_little() -> None:
        workers = Workers(go_on.wait)
        waiting = asyncio.gather(*(workers.call(10) for _ in range(10)))
        await until(lambda number: number >= 10)
        go_on.set()
        await waiting
        await until(lambda number: number == CORE)

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
    async def give_up_then_go_on() -> Any:
        workers = Workers(time.sleep)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(workers.call(0.1), 0.01)
        await asyncio.sleep(0.2)
        return await workers.call(0)

    assert asyncio.run(give_up_then_go_on()) is None


def test_a_call_left_behind_by_another_loop_is_in_nobody_s_way() -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(workers.call(0.1), 0.01)

    workers = Workers(time.sleep)
    asyncio.run(give_up())
    assert asyncio.run(call_all(workers, [0.2, 0])) == [None, None]
