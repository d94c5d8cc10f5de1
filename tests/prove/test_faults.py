"""Each seeded fault is found, and an API without one is found to keep its contract."""

from pathlib import Path

import pytest

from tests.contracts import CUSTOMERS, LIBRARY, TODOS, TRAITS, load
from tests.prove.deployments import deployed, proven
from tests.prove.faults import SEEDED, Seeded

_REQUESTS = 200_000
"""At most: a fault ends the search."""


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda each: each.name.replace(" ", "-"))
def test_a_seeded_fault_is_found(seeded: Seeded, tmp_path: Path) -> None:
    contract = load(seeded.contract)
    with deployed(contract, tmp_path / "items.db", seeded.store) as send:
        outcome = proven(contract, seeded.between(send), requests=_REQUESTS, shrinking=0)
    assert outcome.fault is not None
    assert outcome.fault.reason


@pytest.mark.parametrize("path", [TODOS, CUSTOMERS, LIBRARY, TRAITS], ids=lambda path: path.stem)
def test_nothing_is_found_where_nothing_is_wrong(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    with deployed(contract, tmp_path / "items.db") as send:
        outcome = proven(contract, send, requests=1_000)
    assert outcome.fault is None, outcome.fault and outcome.fault.script
    assert outcome.is_kept
    assert outcome.races > 0
