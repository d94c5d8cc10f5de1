"""`make bench`: measures every variant in its own venv, prints the ratios, judges the budgets.

Exits with 1 if the service is over a budget, unless `--quick` only tries whether all of it runs.
"""

import argparse
import json
import sys

from tests.benchmarks.measure import QUICK, Effort, measure
from tests.benchmarks.report import as_json, as_table, over_budget
from tests.benchmarks.venvs import LOCKS, interpreter


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    effort = QUICK if options.quick else _full(options.rounds)
    samples = measure({variant: interpreter(variant) for variant in LOCKS}, effort)
    lines = [json.dumps(as_json(samples), indent=2)] if options.json else as_table(samples)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
    over = [] if options.quick else over_budget(samples)
    for sentence in over:
        sys.stderr.write(f"Over budget: {sentence}\n")
    return 1 if over else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--rounds", type=int, default=60, help="how often each case is measured")
    parser.add_argument("--quick", action="store_true", help="try everything once, judge nothing")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _full(rounds: int) -> Effort:
    return Effort(rounds, cold_rounds=max(3, rounds // 6), calls={"stubbed": 100, "whole": 20})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
