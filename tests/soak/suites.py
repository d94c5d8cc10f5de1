"""Suites: hazards that tests of other rooms try, run whole and counted by their tests."""

import re
import subprocess
import sys
from collections.abc import Sequence

from tests.contracts import ROOT

_PASSED = re.compile(r"(\d+) passed")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.*)$", re.MULTILINE)


def run(tests: Sequence[str]) -> tuple[int, list[str]]:
    """How many tests passed, and a line for each that did not."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", *tests]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed, failed = _PASSED.search(ended.stdout), _FAILED.findall(ended.stdout)
    if ended.returncode and not failed:
        failed = [f"the tests ended with {ended.returncode}: {ended.stdout[-500:]}{ended.stderr}"]
    return int(passed[1]) if passed else 0, failed
