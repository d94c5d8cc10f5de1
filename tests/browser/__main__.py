"""The page's tests in one engine after the other, and their sum: `python -m tests.browser`.

    make browsers                                               # all of them in every engine
    make browsers ENGINES=firefox                               # in one
    make browsers ENGINES=firefox TESTS=tests/browser/test_rows.py

What failed is told at the end as the command that runs it again, alone.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from tests.browser import drivers
from tests.browser.drivers.programs import NoBrowser
from tests.contracts import ROOT

INTERRUPTED = 130


@dataclass
class Outcome:
    """What became of the tests in one engine; `code` is pytest's."""

    engine: str
    code: int
    seconds: float
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{self.passed:8} {len(self.failed):8} {self.skipped:8}"
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{self.engine:10}{counts} {minutes:5}:{seconds:02}"


def main(arguments: Sequence[str]) -> int:
    """The exit code: the worst of pytest's."""
    parser = argparse.ArgumentParser(
        "python -m tests.browser",
        usage="%(prog)s [--engines 'NAME ...'] [TEST or option of pytest ...]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engines", default=" ".join(drivers.ENGINES), help="[%(default)s]")
    options, tests = parser.parse_known_args(arguments)
    engines = options.engines.split()
    unknown = [each for each in engines if each not in drivers.ENGINES]
    if unknown:
        parser.error(f"{' '.join(unknown)}: the engines are {', '.join(drivers.ENGINES)}.")
    try:
        drivers.install(engines)
    except NoBrowser as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    outcomes = run_all(engines, tests or [str(Path(__file__).parent.relative_to(ROOT))])
    print(summary(outcomes))  # noqa: T201
    return max(each.code for each in outcomes)


def run_all(engines: Sequence[str], tests: Sequence[str]) -> list[Outcome]:
    """In each engine, whatever came of the last; a reader who interrupts one ends them all."""
    outcomes: list[Outcome] = []
    for number, engine in enumerate(engines, 1):
        print(f"\n{engine}, {number} of {len(engines)}", flush=True)  # noqa: T201
        outcomes.append(run(engine, tests))
        if outcomes[-1].code == INTERRUPTED:
            break
    return outcomes


def run(engine: str, tests: Sequence[str]) -> Outcome:
    """The tests in one engine; pytest itself tells how far they are."""
    with TemporaryDirectory(prefix="browsers-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n", "2", "--engine", engine]
        began = time.monotonic()
        process = subprocess.Popen([*command, f"--junitxml={report}", *tests], cwd=ROOT)
        try:
            code = process.wait()
        except KeyboardInterrupt:  # pytest has got it, too
            process.wait()
            code = INTERRUPTED
        outcome = Outcome(engine, code, time.monotonic() - began)
        if report.exists():
            count(outcome, report)
    return outcome


def count(outcome: Outcome, report: Path) -> None:
    """Reads what pytest has written about each test."""
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        kinds = {each.tag for each in case}
        if kinds & {"failure", "error"}:
            name = case.attrib["name"].partition("[")[0]
            outcome.failed.append(f"{case.attrib['classname'].replace('.', '/')}.py::{name}")
        elif "skipped" in kinds:
            outcome.skipped += 1
        else:
            outcome.passed += 1


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line an engine, and the commands that run again what failed."""
    lines = ["", f"{'':10}{'passed':>8} {'failed':>8} {'skipped':>8} {'time':>8}"]
    lines += [str(each) for each in outcomes]
    for each in outcomes:
        if each.failed:
            tests = " ".join(dict.fromkeys(each.failed))
            lines.append(f"What failed, again: make browsers ENGINES={each.engine} TESTS='{tests}'")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
