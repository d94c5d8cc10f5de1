"""One variant in a process of its own: it times what it is asked to.

python -m tests.benchmarks.child VARIANT          reads {"store", "case", "calls"} lines,
                                                  writes CPU seconds a call for each
python -m tests.benchmarks.child VARIANT --cold   times import, build and first create, once
"""

import importlib
import json
import os
import sys
import time
from typing import IO

from tests.benchmarks.cases import CASES, CREATE, Case, Handler


def main(variant: str, cold: bool) -> None:
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - whatever a handler prints
    if cold:
        print(cold_seconds(variant), file=answers, flush=True)
    else:
        serve(variant, sys.stdin, answers)


def cold_seconds(variant: str) -> float:
    """CPU seconds from nothing imported to the first item created."""
    start = time.process_time()
    handler: Handler = importlib.import_module(f"tests.benchmarks.variants.{variant}").whole()
    answer = handler(CREATE.event, None)
    seconds = time.process_time() - start
    assert int(answer["statusCode"]) in CREATE.statuses, answer
    return seconds


def serve(variant: str, questions: IO[str], answers: IO[str]) -> None:
    module = importlib.import_module(f"tests.benchmarks.variants.{variant}")
    handlers: dict[str, Handler] = {"stubbed": module.stubbed(), "whole": module.whole()}
    for line in questions:
        asked = json.loads(line)
        case = next(each for each in CASES[asked["store"]] if each.name == asked["case"])
        seconds = seconds_a_call(handlers[asked["store"]], case, asked["calls"])
        print(seconds, file=answers, flush=True)


def seconds_a_call(handler: Handler, case: Case, calls: int) -> float:
    """CPU seconds, of all threads, after one call whose answer is checked."""
    case.ask(handler)
    event = case.event
    start = time.process_time()
    for _ in range(calls):
        handler(event, None)
    return (time.process_time() - start) / calls


if __name__ == "__main__":
    main(sys.argv[1], "--cold" in sys.argv[2:])
