"""Another tool's judgement of the seeded changes stands beside ours, each difference with a reason.

The other is openapi-diff 0.24.1; `docs/diff.md` tells how it is asked.
"""

import json
from pathlib import Path

import pytest

from infra.changes.clients import Effect, changes_for_clients
from service.contract.derivation import derive
from service.contract.document import Document
from tests.changes.seeded import Seeded, seeded
from tests.contracts import ROOT

SEEDED = list(seeded())
THEIRS: dict[str, bool] = json.loads(Path(__file__).with_name("openapi_diff.json").read_bytes())
DIFFERENT = {
    "request: enum tightened": "enum",
    "request: enum added": "enum",
    "request: multipleOf tightened": "multipleOf",
    "response: multipleOf tightened, undone": "multipleOf",
    "request: multipleOf added": "multipleOf",
    "response: multipleOf added, undone": "multipleOf",
    "request: uniqueItems added": "uniqueItems",
    "response: uniqueItems added, undone": "uniqueItems",
    "request: null no longer": "nullable",
    "response: null no longer, undone": "nullable",
    "filter removed": "parameters",
    "limit lowered": "parameters",
    "required header added": "parameters",
}
"""We say that it breaks and they do not, as they do not look at this."""


def breaks(change: Seeded) -> bool:
    """Our own judgement."""
    old, new = (derive(Document(each)) for each in (change.old, change.new))
    return any(each.effect is Effect.BREAKS for each in changes_for_clients(old, new))


@pytest.mark.parametrize("change", SEEDED, ids=lambda each: each.name.replace(" ", "-"))
def test_a_seeded_change_is_judged_as_by_another_tool_or_stands_with_its_reason(
    change: Seeded,
) -> None:
    assert breaks(change) == (THEIRS[change.name] or change.name in DIFFERENT)


def test_a_hundred_changes_are_judged_each_by_both() -> None:
    names = [each.name for each in SEEDED]
    assert len({*names}) == len(names) >= 100
    assert {*names} == {*THEIRS}
    assert not [name for name in DIFFERENT if THEIRS[name]]


def test_each_difference_stands_in_the_docs_with_its_reason() -> None:
    page = (ROOT / "docs" / "diff.md").read_text("utf-8")
    for name, reason in DIFFERENT.items():
        assert any(name in line and f"`{reason}`" in line for line in page.splitlines()), name
    assert f"{len(SEEDED)} seeded changes" in page
    assert f"agree on {len(SEEDED) - len(DIFFERENT)}" in page
