"""`make soak`: tries every hazard under load, and tells what was held, survived, lost and wrong.

Exits with 1 if anything was lost or wrong. A run that is whole writes its table into
docs/figures.md; a shorter one tries less of everything, and leaves out what other tests try.
"""

import argparse
import json
import sys
import warnings
from contextlib import ExitStack

from tests.benchmarks import figures
from tests.engines import aws_credentials
from tests.soak.ground import FULL_SECONDS, Ground
from tests.soak.hazards import soak
from tests.soak.tally import SECTION, Tallies, Tally, as_json, as_markdown, as_table


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")
    tallies: dict[str, Tally] = {}
    with ExitStack() as stack:
        stack.enter_context(aws_credentials())
        for hazard, tally in soak(Ground(stack), options.seconds):
            tallies[hazard] = tally
            sys.stderr.write(f"{'ok' if tally.is_good else 'NO'}  {hazard}\n")
        if options.seconds >= FULL_SECONDS:
            figures.write(SECTION, as_markdown(tallies))
        return tell(tallies, options.json)


def tell(tallies: Tallies, json_: bool) -> int:
    """Print what was found; the exit code."""
    lines = [json.dumps(as_json(tallies), indent=2)] if json_ else as_table(tallies)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if all(each.is_good for each in tallies.values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument(
        "--seconds", type=float, default=FULL_SECONDS, help=f"how long [{FULL_SECONDS}]"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
