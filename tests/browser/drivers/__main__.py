"""Installs what all the drivers need, or says what to run: `python -m tests.browser.drivers`."""

import sys

from tests.browser.drivers.chromium import CHROMIUM
from tests.browser.drivers.firefox import FIREFOX
from tests.browser.drivers.programs import NoBrowser
from tests.browser.drivers.webkit import DISPLAY, DRIVER

PROGRAMS = (CHROMIUM, FIREFOX, DRIVER, DISPLAY)


def install() -> int:
    """The exit code."""
    for program in PROGRAMS:
        if not program.find():
            print(f"Installing: {' '.join(program.command)}", flush=True)  # noqa: T201
        try:
            program.path()
        except NoBrowser as problem:
            print(problem, file=sys.stderr)  # noqa: T201
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(install())
