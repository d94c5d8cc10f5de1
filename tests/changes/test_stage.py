"""What a change does to kept items, the gateway, the indexes and the bill."""

import re
from pathlib import Path

import orjson
import pytest
from ruamel.yaml import YAML

from infra.changes.bill import changes_of_bill
from infra.changes.report import changes
from infra.changes.stage import changes_at_gateway, changes_for_items, changes_of_indexes
from infra.deploy.template import FILE
from infra.prices import STANDING
from service.contract.derivation import derive
from service.contract.document import Document
from tests.changes.contracts import Json, contract
from tests.contracts import ALL, ROOT, SIGNED_IN, TODOS, load

STRING: Json = {"type": "string", "maxLength": 20}
SHORTER: Json = {"type": "string", "maxLength": 10}
MORE: Json = {"extra": {"type": "string"}}


def test_items_may_be_kept_that_a_tighter_bound_refuses() -> None:
    (change,) = changes_for_items(contract(shown=STRING), contract(shown=SHORTER))
    assert str(change) == "/things: items may be kept that value (maxLength) refuses"
    assert change.is_narrowing
    assert list(changes_for_items(contract(shown=SHORTER), contract(shown=STRING))) == []


def test_what_is_newly_required_is_lacked_by_items_unless_it_has_a_default() -> None:
    (told,) = changes_for_items(contract(), contract(required=("id", "value")))
    assert str(told) == "/things: items may be kept that value (required) refuses"
    default = {"type": "string", "default": ""}
    with_default = contract(required=("id", "value"), shown=default)
    assert list(changes_for_items(contract(), with_default)) == []


def test_what_is_described_no_more_stays_in_the_table() -> None:
    (told,) = changes_for_items(contract(more=MORE), contract())
    assert "'extra' stays in the table" in told.text
    assert not told.is_narrowing


def test_items_with_other_owners_are_not_found() -> None:
    (told,) = changes_for_items(load(TODOS), load(SIGNED_IN))
    assert "other callers own its items" in told.text


def test_checks_of_the_gateway_that_begin_and_end_are_told() -> None:
    found = list(changes_at_gateway(contract(create=STRING), contract(create=SHORTER)))
    assert found == [
        "+ createThing /value maxLength 10, checked by the gateway",
        "- createThing /value maxLength 20",
    ]


def test_a_filter_builds_an_index_and_makes_writes_dearer() -> None:
    old, new = contract(), contract(filters=("colour",))
    assert list(changes_of_indexes(old, new)) == [
        "+ byColour: built, then filled from the items that are there (minutes to hours)"
    ]
    assert list(changes_of_indexes(new, old)) == ["- byColour: dropped once nothing reads it"]
    *told, bill = changes_of_bill(old, new, 1_000_000)
    assert {each.partition(":")[0] for each in told} == {
        "createThing",
        "changeThing",
        "deleteThing",
    }
    assert re.match(r"in all: [\d.]+ → [\d.]+ dollars for 1,000,000 calls of each operation", bill)


@pytest.mark.parametrize("path", [TODOS, SIGNED_IN], ids=lambda path: path.stem)
def test_what_stays_as_it_is_changes_nothing(path: object) -> None:
    same = load(TODOS if path is TODOS else SIGNED_IN)
    for found in (changes_for_items, changes_at_gateway, changes_of_indexes):
        assert list(found(same, same)) == []
    assert list(changes_of_bill(same, same, 1)) == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_a_zip_keeps_of_a_contract_is_that_contract(path: Path) -> None:
    """A deployment that changes nothing tells of nothing, whatever the contract is."""
    contract = load(path)
    kept = derive(Document(orjson.loads(orjson.dumps(contract.document.data))))
    report = changes(kept, contract)
    assert (report.clients, report.items, report.gateway) == ((), (), ())
    assert (report.indexes, report.bill) == ((), ())


def test_the_bill_grows_with_the_calls_beyond_what_stands() -> None:
    old, new = contract(create=SHORTER), contract(create=SHORTER, filters=("colour",))

    def bill(calls: int) -> float:
        (told,) = (each for each in changes_of_bill(old, new, calls) if each.startswith("in all"))
        before, after = (float(each.replace(",", "")) for each in re.findall(r"[\d,]+\.\d+", told))
        assert after > before
        return after - STANDING

    assert bill(20_000_000) == pytest.approx(2 * bill(10_000_000), rel=0.001)


def test_what_a_month_costs_without_a_call_is_what_the_template_puts_up() -> None:
    """CloudWatch asks for each metric that an alarm looks at, and for the dashboard."""
    template = YAML(typ="safe").load(re.sub(r"!\w+", "", FILE.read_text("utf-8")))
    metrics = 0
    for each in template["Resources"].values():
        if each["Type"] == "AWS::CloudWatch::Alarm":
            told = each["Properties"].get("Metrics", [{"MetricStat": {}}])
            metrics += sum("MetricStat" in one for one in told)
    assert pytest.approx(metrics * 0.10 + 3.00) == STANDING
    assert f"dashboard {STANDING:.2f}" in (ROOT / "docs/costs.md").read_text("utf-8")
