"""The benchmark itself: it runs, it checks answers, it compares like with like, it tells."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from service.contract.document import read
from tests.benchmarks import figures
from tests.benchmarks.cases import CASES, STUBBED, UNANSWERED, Answer, Case
from tests.benchmarks.measure import COLD, QUICK, Samples, measure
from tests.benchmarks.packaged import unpack
from tests.benchmarks.plot import svg
from tests.benchmarks.report import (
    BUDGETS,
    SECTION,
    as_json,
    as_markdown,
    as_table,
    over_budget,
    ratios,
)
from tests.benchmarks.variants import guide
from tests.benchmarks.venvs import ROOT
from tests.contracts import TODOS

ROWS = {(store, case.name) for store, cases in CASES.items() for case in cases} | {COLD}


def test_every_case_of_the_service_is_answered_rightly_and_timed() -> None:
    samples = measure({"service": Path(sys.executable)}, QUICK)
    assert samples.keys() == ROWS
    for taken in samples.values():
        assert len(taken["service"]) == 1
        assert taken["service"][0] > 0


def test_the_cold_start_is_that_of_the_zip(tmp_path: Path) -> None:
    folder = unpack(tmp_path)
    program = "import botocore, connexion, service, tests.benchmarks.variants.packaged as ours"
    places = "*(each.__file__ for each in (botocore, connexion, service, ours)), sep='\\n'"
    printed = subprocess.check_output(
        [sys.executable, "-S", "-c", f"{program}; print({places})"], cwd=folder, env={}, text=True
    )
    assert len(printed.splitlines()) == 4
    assert all(Path(place).is_relative_to(folder) for place in printed.splitlines())


@pytest.mark.parametrize("case", STUBBED, ids=lambda case: case.name)
def test_the_guides_handler_answers_what_it_is_compared_in(case: Case) -> None:
    handler = guide.stubbed()
    if ("guide", "stubbed", case.name) in UNANSWERED:
        with pytest.raises(AssertionError):
            case.ask(handler)
    else:
        case.ask(handler)


def test_a_wrong_answer_is_not_measured() -> None:
    def handler(*_: Any) -> Answer:
        return {"statusCode": 200, "body": '{"title": "Something else"}'}

    for case in STUBBED:
        with pytest.raises(AssertionError):
            case.ask(handler)


@pytest.mark.parametrize(
    ("variant", "parameters"),
    [("powertools", ("Limit", "IdempotencyKey", "IfNoneMatch")), ("fastapi", ("Limit",))],
)
def test_a_rival_is_held_to_every_bound_of_the_contract(
    variant: str, parameters: tuple[str, ...]
) -> None:
    known = _constants(variant) | _constants("models")
    components = read(TODOS).data["components"]
    schemas = [components["schemas"][name] for name in ("Title", "Description", "Cursor")]
    schemas += [components["parameters"][name]["schema"] for name in parameters]
    for schema in schemas:
        bounds = {"minLength", "maxLength", "pattern", "minimum", "maximum"} & schema.keys()
        assert {schema[bound] for bound in bounds} <= known


def _constants(variant: str) -> set[Any]:
    source = (ROOT / f"tests/benchmarks/variants/{variant}.py").read_text()
    return {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}


def test_a_budget_that_is_exceeded_is_told() -> None:
    samples = _samples(ours=2e-6, theirs=1e-6)
    assert "create (stubbed) takes 2.00x powertools, at most 0.55x." in over_budget(samples)
    assert any("powertools (OVER, budget 0.55x)" in line for line in as_table(samples))


def test_a_budget_that_is_kept_is_told_as_well() -> None:
    samples = _samples(ours=1e-6, theirs=4e-6)
    assert over_budget(samples) == []
    assert any("powertools (ok, budget 0.55x)" in line for line in as_table(samples))
    create = as_json(samples)[0]
    assert create["microseconds"] == {"service": 1.0, "powertools": 4.0, "guide": 4.0}
    assert create["ratios"]["powertools"]["budget"] == 0.55


def test_a_ratio_holds_each_round_to_itself_and_tells_its_spread() -> None:
    taken = {"service": [1e-6, 9e-6, 2e-6, 3e-6], "powertools": [2e-6, 9e-6, 5e-6, 5e-6]}
    told = ratios({("stubbed", "get"): taken}, ("stubbed", "get"))["powertools"]
    assert (told.low, told.median, told.high) == pytest.approx((0.425, 0.55, 0.9))
    [line] = list(as_markdown({("stubbed", "get"): taken}))[2:]
    assert line == "| stubbed: get | 2 | 5 | - | 0.55 (0.42 to 0.90, at most 0.55) |  |"


def test_the_figures_told_have_a_row_for_each_case() -> None:
    told = [line.split(" | ")[0] for line in figures.table(SECTION)[2:]]
    assert told == [f"| {store}: {name}" for store, name in _samples(ours=1, theirs=1)]


def test_the_plot_has_a_bar_for_every_budget() -> None:
    drawn = ElementTree.fromstring(svg(_samples(ours=9e-6, theirs=1e-6)))  # noqa: S314
    bars = [each for each in drawn.iter() if each.tag.endswith("rect")]
    assert len(bars) == sum(map(len, BUDGETS.values()))
    assert all(float(each.attrib["width"]) < 600 for each in bars)


def _samples(ours: float, theirs: float) -> Samples:
    rows = [(store, case.name) for store, cases in CASES.items() for case in cases]
    taken = {"service": [ours], "powertools": [theirs], "guide": [theirs]}
    return dict.fromkeys((*rows, COLD), taken)
