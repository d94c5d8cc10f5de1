"""Measures what a proof finds, for the table in `docs/figures.md`.

python -m tests.prove.measure [--only seeded|mutants|alarms] [--mutants N] [--runs N]
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread

from infra.exits import Exit
from infra.prove.calls import Settings
from infra.prove.exchanges import Answer, Request, Send
from tests.benchmarks import figures
from tests.contracts import ROOT, TODOS, load
from tests.engines import aws_credentials, running
from tests.fuzz.run import fuzz
from tests.prove.deployments import TOO_MANY, LateStore, deployed, listening, losing, proven
from tests.prove.faults import SEEDED, Seeded
from tests.prove.mutants import Mutant, mutants

SECTION = "What a proof finds"
SECONDS = 10
"""For each fault, here and there."""

_UNIT_TESTS = {
    "sqlite": (
        *("tests/service/test_operations.py", "tests/service/test_preconditions.py"),
        *("tests/stores/test_promises.py", "tests/stores/test_sqlite.py"),
    ),
    "dynamodb": ("tests/stores/test_promises.py", "tests/stores/test_dynamodb.py"),
}
_MOST_SECONDS = 180
_LAG = 2.0
_RATE = 20.0
_AT_ONCE = 20
_LOST = 0.02
_IN_A_SECOND = replace(TOO_MANY, headers={**TOO_MANY.headers, "retry-after": "1"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["seeded", "mutants", "alarms"])
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument("--runs", type=int, default=100)
    options = parser.parse_args()
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "seeded": seeded,
        "mutants": lambda: of_mutants(options.mutants),
        "alarms": lambda: alarms(options.runs),
    }
    lines = figures.table(SECTION)
    for name in [options.only] if options.only else parts:
        rows = {row.split("|")[1]: row for row in parts[name]()}
        lines = [rows.pop(line.split("|")[1], line) for line in lines]
        lines += rows.values()
        figures.write(SECTION, lines)


# -- seeded faults ---------------------------------------------------------------------------------


def seeded() -> Iterator[str]:
    """How many seeded faults a proof finds, and how many Schemathesis does in the same time."""
    ours = {each.name: _seconds_to_find(each) for each in SEEDED}
    times = [each for each in ours.values() if each is not None]
    theirs = [each.name for each in SEEDED if _schemathesis_finds(each)]
    control = _schemathesis_finds(Seeded("none"))
    _tell(f"Schemathesis finds {theirs}; without a fault it finds {'one' if control else 'none'}")
    found = f"{len(times)} of {len(SEEDED)}"
    yield f"| seeded faults, {SECONDS} s each | {found} | {len(theirs)} of {len(SEEDED)} |"
    yield f"| median until a seeded fault is found | {median(times):.1f} s | |"


def _seconds_to_find(each: Seeded) -> float | None:
    contract = load(each.contract)
    with (
        TemporaryDirectory() as folder,
        deployed(contract, Path(folder) / "items.db", each.store) as send,
    ):
        began = time.monotonic()
        outcome = proven(contract, each.between(send), seconds=SECONDS, shrinking=0)
        took = time.monotonic() - began
    _tell(f"{each.name}: {outcome.fault.reason if outcome.fault else 'not found'} ({took:.1f} s)")
    return took if outcome.fault else None


def _schemathesis_finds(each: Seeded) -> bool:
    contract = load(each.contract)
    with (
        TemporaryDirectory() as folder,
        deployed(contract, Path(folder) / "items.db", each.store) as send,
        listening(each.between(send)) as url,
    ):
        report = Path(folder) / "report.ndjson"
        more = ("--max-time", str(SECONDS))
        return fuzz(contract.document, url, report, 100, more).exit_code != 0


# -- mutants ---------------------------------------------------------------------------------------


def of_mutants(number: int) -> Iterator[str]:
    """Of a sample of mechanical mutants those that unit tests kill, and how many are found."""
    every = [*mutants(ROOT)]
    sample = Random(1).sample(every, min(number, len(every)))
    killed: list[Mutant] = []
    found: list[Mutant] = []
    with TemporaryDirectory() as folder, aws_credentials(), running(Path(folder)) as endpoint:
        for each in sample:
            with _mutated(each) as root:
                if not _fails(root, _tests_of(each)):
                    _tell(f"lives   {each.module}:{each.line} {each.change}")
                    continue
                killed.append(each)
                if _fails(root, _proof_of(each, endpoint)):
                    found.append(each)
                else:
                    _tell(f"MISSED  {each.module}:{each.line} {each.change}")
    share = f"{len(found)} of {len(killed)}, {len(sample)} of {len(every)} tried"
    yield f"| mutants that unit tests kill | {share} | |"


@contextmanager
def _mutated(mutant: Mutant) -> Iterator[Path]:
    with TemporaryDirectory(prefix="mutant-") as name:
        root = Path(name)
        for folder in ("service", "infra", "tests", "examples"):
            shutil.copytree(ROOT / folder, root / folder)
        for file in ("openapi.yaml", "pyproject.toml"):
            shutil.copy(ROOT / file, root / file)
        (root / mutant.module).write_text(mutant.source, "utf-8")
        yield root


def _engine(mutant: Mutant) -> str:
    return "dynamodb" if "dynamodb" in mutant.module else "sqlite"


def _tests_of(mutant: Mutant) -> list[str]:
    engine = _engine(mutant)
    other = "sqlite" if engine == "dynamodb" else "dynamodb"
    return ["-m", "pytest", "-x", "-q", *_UNIT_TESTS[engine], "-k", f"not {other}"]


def _proof_of(mutant: Mutant, endpoint: str) -> list[str]:
    more = [endpoint] if _engine(mutant) == "dynamodb" else []
    return ["-m", "tests.prove.proof_of_mutant", str(2 * SECONDS), *more]


def _fails(root: Path, arguments: list[str]) -> bool:
    """One that hangs fails as well."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    try:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=root, env=environment, capture_output=True,
            timeout=_MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != Exit.DONE


# -- false alarms ----------------------------------------------------------------------------------


def alarms(runs: int) -> Iterator[str]:
    """How often something is found where nothing is wrong, though everything is slow and lossy."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [each for each in pool.map(_alarm, range(runs)) if each is not None]
    _tell("\n".join(found) or "no false alarm")
    yield f"| false alarms in {runs} runs that are slow and lossy | {len(found)} | |"


def _alarm(seed: int) -> str | None:
    contract = load(TODOS)
    with (
        TemporaryDirectory() as folder,
        deployed(contract, Path(folder) / "items.db", _Late) as send,
    ):
        limited = _limited(send)
        with _others(limited):
            lossy = losing(limited, seed, _LOST)
            settings = Settings(settle=60)
            outcome = proven(contract, lossy, seed=seed, seconds=1, settings=settings, shrinking=0)
    return f"seed {seed}: {outcome.fault.what}: {outcome.fault.reason}" if outcome.fault else None


class _Late(LateStore):
    late = _LAG

    def now(self) -> float:
        return time.monotonic()


def _limited(send: Send) -> Send:
    """So many requests a second, and as many at once."""
    lock = Lock()
    tokens, last = _RATE, time.monotonic()

    def limited(request: Request) -> Answer | None:
        nonlocal tokens, last
        with lock:
            now = time.monotonic()
            tokens, last = min(_RATE, tokens + (now - last) * _RATE), now
            if tokens < 1:
                return _IN_A_SECOND
            tokens -= 1
        return send(request)

    return limited


@contextmanager
def _others(send: Send) -> Iterator[None]:
    """Two other writers."""
    over = Event()

    def write() -> None:
        headers = {"Content-Type": "application/json"}
        while not over.wait(0.2):
            made = send(Request("POST", "/todos", headers, b'{"title": "Somebody else\'s"}'))
            if made is not None and made.status == 201:
                path = f"/todos/{made.json['id']}"
                send(Request("PUT", path, headers, b'{"completed": true}'))
                send(Request("DELETE", path))

    threads = [Thread(target=write) for _ in range(2)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
