"""The hazards: what is tried against each, and its part of the time."""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tests.soak import deaths, disks, faults, growth, inputs, kept, lists, races
from tests.soak.ground import FULL_SECONDS, Effort, Ground
from tests.soak.suites import run
from tests.soak.tally import Tally

Exercise = Callable[[Ground, Effort], Tally]


@dataclass(frozen=True)
class Hazard:
    exercise: Exercise
    weight: float = 1.0
    """Of the time that is there, beside the others'."""


EXERCISED: Mapping[str, Hazard] = {
    "lost updates: 16 threads, one item": Hazard(races.lost_updates),
    "repeated creates: 16 threads, 50 keys": Hazard(races.repeated_creates),
    "two servers on one file": Hazard(races.two_servers),
    "`kill -9` of the local server under 12 writers": Hazard(deaths.killed_servers, 2),
    "Lambda killed amid a create": Hazard(deaths.killed_functions),
    "DynamoDB fails, throttles, hangs, is away": Hazard(faults.outages, 3),
    "lost answers of DynamoDB": Hazard(faults.lost_answers),
    "a full disk": Hazard(disks.full_disk),
    "a locked file": Hazard(disks.locked_file, 1.5),
    "file and table of commit 3f1db45": Hazard(kept.kept_data, 0.5),
    "lists walked while others write": Hazard(lists.churned_lists),
    "lists of 100,000 items": Hazard(lists.large_lists),
    "bad requests, byte for byte": Hazard(inputs.bad_requests),
    "fields that only the service writes": Hazard(inputs.server_fields, 0.5),
    "text of any characters": Hazard(inputs.texts, 0.5),
    "cursors that were changed": Hazard(inputs.cursors),
    "100,000 requests to one server": Hazard(growth.growth, 4),
}
"""In every run."""

FAULTS: Mapping[str, tuple[str, ...]] = {
    "disks that are full or read-only at start": ("tests/serve/test_disks.py",),
    "rights that the role has and does not use": ("tests/deploy/test_least_privilege.py",),
    "deploys that fail or die midway": (
        "tests/e2e/test_deaths.py::test_a_deployment_that_dies_leaves_its_items_alone",
        "tests/e2e/test_deaths.py::test_an_update_that_fails_rolls_back_and_the_old_version_serves",
    ),
}
INPUTS: Mapping[str, tuple[str, ...]] = {
    "half-sent, huge and smuggled requests": ("tests/serve/test_raw_sockets.py",),
    "bodies over 64 KiB, too deep, compressed": ("tests/service/test_bodies.py",),
    "markup in titles, in Chromium": ("tests/browser/test_safety.py",),
    "pages of other origins": (
        "tests/browser/test_other_origin.py",
        "tests/gateway/test_allowlist.py",
    ),
    "another's items, hostile tokens and signatures": (
        "tests/access/test_gateway_matrix.py",
        "tests/access/test_service_matrix.py",
    ),
    "secrets and bodies in logs": (
        "tests/service/test_log_codes.py",
        "tests/service/test_proxy.py",
        "tests/gateway/test_authorizers.py::test_no_token_key_signature_or_name_is_ever_logged",
    ),
}
TESTED = {**FAULTS, **INPUTS}
"""Tests of other rooms, in runs that are whole; `make test` and `make e2e` run them as well."""


_UNDER_LOAD = 0.6
"""Of a whole run's time; tests of other rooms take about the rest."""


def soak(ground: Ground, seconds: float) -> Iterator[tuple[str, Tally]]:
    """Each hazard with its tally, as it is done."""
    part = seconds / FULL_SECONDS
    until = time.monotonic() + seconds * (_UNDER_LOAD if part >= 1 else 1)
    weights = sum(each.weight for each in EXERCISED.values())
    for name, hazard in EXERCISED.items():
        now = time.monotonic()
        share = max(until - now, 0) * hazard.weight / weights
        weights -= hazard.weight
        yield name, tried(partial(hazard.exercise, ground, Effort(now + share, part)))
    if part >= 1:
        yield from _tested()


def _tested() -> Iterator[tuple[str, Tally]]:
    for name, tests in FAULTS.items():
        yield name, tried(partial(_survived, tests))
    for name, tests in INPUTS.items():
        yield name, tried(partial(_refused, tests))


def _survived(tests: Sequence[str]) -> Tally:
    passed, failed = run(tests)
    return Tally(survived=passed, wrong=failed)


def _refused(tests: Sequence[str]) -> Tally:
    passed, failed = run(tests)
    return Tally(refused=passed, wrong=failed)


def tried(work: Callable[[], Tally]) -> Tally:
    """What it found; what breaks off found something wrong."""
    try:
        return work()
    except Exception as error:
        traceback.print_exc()
        return Tally(wrong=[f"it broke off: {error!r}"])
