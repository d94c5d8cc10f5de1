"""The command `prove`: an API is proven against its contract, and the result reported."""

import argparse
import json
import os
import sys
from contextlib import closing
from random import SystemRandom
from urllib.parse import urlsplit

from infra.console import tell
from infra.exits import Exit
from infra.prove.calls import Settings
from infra.prove.connection import Api, Patient
from infra.prove.exchanges import Unreachable
from infra.prove.journal import Journal, clean
from infra.prove.prover import Outcome, Prover, Wishes
from service.contract.model import Contract

_HERE = {"127.0.0.1", "localhost", "::1"}
_SETTLE = 10.0
"""Seconds for a remote API: indexes lag behind their table, and clocks differ."""


def run(options: argparse.Namespace, contract: Contract) -> int:
    try:
        tokens = [os.environ[variable] for _, variable in options.callers]
        key = os.environ[options.key] if options.key else None
    except KeyError as error:
        tell(f"todo-api prove: the environment has no {error.args[0]}. Export it, with the token.")
        return Exit.MISUSED
    with closing(Api(options.url, tokens, key)) as connection:
        return _run(options, contract, Patient(connection.send))


def _run(options: argparse.Namespace, contract: Contract, api: Patient) -> int:
    journal = Journal(options.journal, options.url)
    try:
        if options.clean:
            tell(f"{clean(journal, api)} items deleted.")
            return Exit.DONE
        outcome = Prover(contract, api, options.url, journal, _wishes(options), tell).run()
    except Unreachable as error:
        tell(f"{error} Is it up? `prove --clean` deletes what was made so far.")
        return Exit.UNAVAILABLE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    if options.json:
        sys.stdout.write(f"{json.dumps(outcome.values)}\n")
    else:
        sys.stdout.write(told(outcome, options.url))
    return Exit.DONE if outcome.is_kept else Exit.FAILED


def _wishes(options: argparse.Namespace) -> Wishes:
    settle = options.settle
    if settle is None:
        settle = 0.0 if urlsplit(options.url).hostname in _HERE else _SETTLE
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    return Wishes(
        seed,
        options.seconds,
        Settings(options.contract_only, settle),
        options.leave,
        len(options.callers),
        options.key is not None,
    )


def told(outcome: Outcome, url: str) -> str:
    """The outcome in readable lines."""
    looked = (
        f"{outcome.requests} requests, {outcome.histories} histories, {outcome.races} races,"
        f" seed {outcome.seed}"
    )
    lines = []
    if outcome.lag:
        lines.append(f"A list did not show a write for up to {outcome.lag:.1f} s.")
    if outcome.throttled or outcome.unanswered:
        lines.append(
            f"{outcome.throttled} requests were throttled, {outcome.unanswered} not answered."
        )
    if outcome.lost:
        lines.append(
            f"{outcome.lost} creates without a key were not answered, and may have left items."
        )
    if outcome.left:
        lines.append(f"{len(outcome.left)} items stay, as nothing can delete them.")
    if outcome.histories == 0:
        lines.append("Nothing was proven: there is no collection to prove.")
    elif outcome.fault is None:
        lines.append(f"{url} means what its contract says, as far as was looked: {looked}.")
    else:
        fault = outcome.fault
        lines += [fault.script, f"{fault.what}, seen {fault.seen} ({looked})", fault.reason]
    return "\n".join(lines) + "\n"
