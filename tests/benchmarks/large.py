"""Contracts of many collections: what each of them costs at start, and its last route a request.

All is held against the same for one collection, in the same run. INIT is that of the zip.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from service.contract.derivation import derive
from service.contract.document import Document
from tests.benchmarks.packaged import unpack
from tests.benchmarks.venvs import ROOT
from tests.contracts.many import many

SECTION = "Many collections"
"""Of `docs/figures.md`."""

COLLECTIONS = (1, 10, 30, 60, 118)
MOST = {"derive": 1.5, "init": 2.0, "last": 1.2, "check": 4.0}
"""ms of a further collection; times INIT at one; times the first route; seconds."""

NAMES = {
    "derive": "derive, ms of a further collection",
    "init": "INIT, times that of one collection",
    "last": "last route, times the first",
    "check": "check, seconds",
}
_INIT = "import time, service.lambda_function; print(time.process_time())"


@dataclass(frozen=True)
class Start:
    """CPU seconds of one round with so many collections."""

    derive: float
    init: float
    first: float
    last: float
    check: float


Starts = Mapping[int, list[Start]]


def measure_starts(python: Path, rounds: int) -> Starts:
    """Rounds in which every number of collections has its turn; `python` is that of the service."""
    with TemporaryDirectory() as directory:
        task = unpack(Path(directory) / "task")
        contracts = {number: Path(directory) / f"{number}.json" for number in COLLECTIONS}
        for number, file in contracts.items():
            file.write_text(json.dumps(derive(Document(many(number))).document.data))
        starts: dict[int, list[Start]] = {number: [] for number in COLLECTIONS}
        for _ in range(rounds):
            for number, file in contracts.items():
                starts[number].append(_start(python, task, file, number))
    return starts


def _start(python: Path, task: Path, contract: Path, collections: int) -> Start:
    environ = {
        "CONTRACT": str(contract),
        "STORE": "dynamodb:TodoItems",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    init = _printed([python, "-S", "-W", "ignore", "-c", _INIT], environ, task)
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.large_child"]
    found = _printed([*command, contract, str(collections)], dict(os.environ), ROOT)
    return Start(init=init, **found)


def _printed(command: list[str | Path], environ: dict[str, str], folder: Path) -> Any:
    return json.loads(subprocess.check_output(command, env=environ, cwd=folder))


FIGURES: dict[str, Callable[[Start, Start, int], float]] = {
    "derive": lambda start, one, more: (start.derive - one.derive) * 1000 / more,
    "init": lambda start, one, _: start.init / one.init,
    "last": lambda start, _, __: start.last / start.first,
    "check": lambda start, _, __: start.check,
}


def figure(starts: Starts, name: str, collections: int) -> float:
    """The median over the rounds, each held against one collection in the same round."""
    pairs = zip(starts[collections], starts[1], strict=True)
    more = max(collections - 1, 1)
    return median(FIGURES[name](start, one, more) for start, one in pairs)


def over_budget(starts: Starts) -> list[str]:
    """A sentence for each budget that is exceeded."""
    return [
        f"{NAMES[name]}: {found:.2f} at {number} collections, at most {most}."
        for name, most in MOST.items()
        for number in starts
        if (found := figure(starts, name, number)) > most
    ]


def as_table(starts: Starts) -> Iterator[str]:
    """Lines for a reader."""
    yield f"\n{'Collections':38}" + "".join(f"{number:>8}" for number in starts)
    for name, title in NAMES.items():
        cells = "".join(f"{figure(starts, name, number):>8.2f}" for number in starts)
        yield f"  {title:36}{cells}   (budget {MOST[name]})"


def as_markdown(starts: Starts) -> Iterator[str]:
    """Lines of a table for docs/figures.md."""
    yield "| collections | " + " | ".join(map(str, starts)) + " | at most |"
    yield "| --- |" + " --- |" * (len(starts) + 1)
    for name, title in NAMES.items():
        cells = " | ".join(f"{figure(starts, name, number):.2f}" for number in starts)
        yield f"| {title} | {cells} | {MOST[name]:g} |"


def as_json(starts: Starts) -> list[dict[str, Any]]:
    return [
        {
            "case": NAMES[name],
            "figures": {number: round(figure(starts, name, number), 3) for number in starts},
            "budget": most,
        }
        for name, most in MOST.items()
    ]
