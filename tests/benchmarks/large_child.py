"""One contract of many collections in a process of its own.

python -m tests.benchmarks.large_child CONTRACT COLLECTIONS   prints CPU seconds as JSON
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from infra.check import check
from service.application import create_app
from service.contract.derivation import derive
from service.contract.document import read
from service.proxy import create_handler
from tests.benchmarks.cases import Event, Handler, on_item
from tests.benchmarks.variants.service import StubStore

DERIVED = 3
ROUNDS, CALLS = 9, 100


def main(file: Path, collections: int) -> dict[str, float]:
    checked = seconds(lambda: check(file))
    gc.disable()  # as in Lambda's INIT
    derived = median(seconds(partial(derive, read(file))) for _ in range(DERIVED))
    handler = create_handler(create_app(derive(read(file)), StubStore()), lambda _: None)
    taken: dict[int, list[float]] = {0: [], collections - 1: []}
    for _ in range(ROUNDS):
        for number in (0, collections - 1):
            event = on_item("GET", collection=f"/todos{number}")
            assert handler(event, None)["statusCode"] in (200, "200")
            taken[number].append(seconds(partial(_ask, handler, event)))
    first, last = median(taken[0]), median(taken[collections - 1])
    return {"derive": derived, "first": first, "last": last, "check": checked}


def _ask(handler: Handler, event: Event) -> None:
    for _ in range(CALLS):
        handler(event, None)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds, of all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
