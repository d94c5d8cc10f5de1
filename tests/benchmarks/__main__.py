"""`make bench`: measures every variant in its own venv, prints the ratios, judges the budgets.

Exits with 1 if the service is over a budget, unless `--quick` only tries whether all of it runs.
"""

import argparse
import json
import sys
import warnings
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import figures, large, page, plot, report, shards
from tests.benchmarks.measure import QUICK, Effort, measure
from tests.benchmarks.serving import measure_servers
from tests.benchmarks.venvs import interpreter

FUNCTIONS = ("service", "powertools", "guide")
BURST = 400
"""Requests of one burst: 4 of them are slower than its 99th percentile."""
PAGE_ROUNDS = 9
LARGE_ROUNDS = 3


@dataclass(frozen=True)
class Part:
    """What one part of the benchmark has to tell."""

    rows: list[dict[str, Any]]
    lines: list[str]
    over: list[str]


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    names = [options.only] if options.only else BY_DEFAULT
    parts = [PARTS[name](options) for name in names]
    if options.json:
        lines = [json.dumps([row for part in parts for row in part.rows], indent=2)]
    else:
        lines = [line for part in parts for line in part.lines]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
    over = [] if options.quick else [sentence for part in parts for sentence in part.over]
    for sentence in over:
        sys.stderr.write(f"Over budget: {sentence}\n")
    return 1 if over else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", choices=PARTS, help="measure one part")
    parser.add_argument("--rounds", type=int, default=60, help="how often each case is measured")
    parser.add_argument("--quick", action="store_true", help="try everything once, judge nothing")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def _function(options: argparse.Namespace) -> Part:
    effort = QUICK if options.quick else _full(options.rounds)
    samples = measure({variant: interpreter(variant) for variant in FUNCTIONS}, effort)
    if not options.quick:
        figures.write(report.SECTION, report.as_markdown(samples))
        plot.write(samples)
    return Part(
        report.as_json(samples), list(report.as_table(samples)), report.over_budget(samples)
    )


def _full(rounds: int) -> Effort:
    return Effort(rounds, cold_rounds=max(3, rounds // 4), calls={"stubbed": 100, "whole": 20})


def _server(options: argparse.Namespace) -> Part:
    rounds = 1 if options.quick else options.rounds
    bursts = measure_servers(interpreter("fastapi"), rounds, BURST)
    if not options.quick:
        figures.write(report.SERVERS_SECTION, report.servers_as_markdown(bursts))
    return Part(
        report.servers_as_json(bursts),
        list(report.servers_as_table(bursts)),
        report.servers_over_budget(bursts),
    )


def _page(options: argparse.Namespace) -> Part:
    times = page.measure_page(1 if options.quick else PAGE_ROUNDS)
    if not options.quick:
        figures.write(page.SECTION, page.as_markdown(times))
    return Part(page.as_json(times), list(page.as_table(times)), page.over_budget(times))


def _large(options: argparse.Namespace) -> Part:
    starts = large.measure_starts(interpreter("service"), 1 if options.quick else LARGE_ROUNDS)
    if not options.quick:
        figures.write(large.SECTION, large.as_markdown(starts))
    return Part(large.as_json(starts), list(large.as_table(starts)), large.over_budget(starts))


def _cost(_: argparse.Namespace) -> Part:
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")
    from tests.benchmarks import cost  # which imports Connexion, as no other part does

    costs = cost.measure_costs()
    lines = list(cost.as_table(costs))
    figures.write(cost.SECTION, lines)
    return Part(cost.as_json(costs), lines, [])


def _shards(options: argparse.Namespace) -> Part:
    costs = shards.measure_shards(1 if options.quick else options.rounds)
    lines = list(shards.as_table(costs))
    if not options.quick:
        figures.write(shards.SECTION, lines)
    return Part(shards.as_json(costs), lines, [])


PARTS = {
    "function": _function,
    "server": _server,
    "large": _large,
    "page": _page,
    "cost": _cost,
    "shards": _shards,
}

BY_DEFAULT = ("function", "server", "page")
"""`make bench-large` measures contracts of many collections, which are over their budgets yet."""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
