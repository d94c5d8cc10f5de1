"""What a request costs at DynamoDB: the figures told are those that the engine meters."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra.capacity import Kept, capacity, example_kept, largest_kept
from infra.units import units_of
from service.contract.model import Collection, Contract
from tests.benchmarks import figures
from tests.benchmarks.cases import PAGE
from tests.benchmarks.cost import INDEXES, SECTION, Costs, as_json, as_table, costs, with_indexes
from tests.contracts import TODOS, load
from tests.engines import aws_environment, ministack  # noqa: F401


@pytest.fixture(scope="module")
def measured(ministack: str) -> Costs:  # noqa: F811
    return costs(ministack)


def test_the_figures_told_are_those_that_are_metered(measured: Costs) -> None:
    assert figures.table(SECTION) == list(as_table(measured))


def test_explain_tells_the_same_units_of_each_item_with_each_number_of_indexes() -> None:
    kept = {"guide's": example_kept, "largest": largest_kept}
    told: Costs = {
        item: {number: _explained(with_indexes(number), of) for number in INDEXES}
        for item, of in kept.items()
    }
    assert list(as_table(told)) == figures.table(SECTION)


def _explained(
    contract: Contract, of: Callable[[Contract, Collection], Kept | None]
) -> dict[str, float]:
    names = ("createTodo", "updateTodo", "listTodos")
    create, update, listed = (contract.operations[name] for name in names)
    item = of(contract, create.collection)
    assert item
    return {
        "create": units_of(create, item).write,
        "update": units_of(update, item, moved=0).write,
        "move": units_of(update, item, moved="completed" in create.collection.filters).write,
        "page": units_of(listed, item, count=PAGE).read,
    }


def test_json_tells_each_item_with_each_number_of_indexes(measured: Costs) -> None:
    told = as_json(measured)
    assert [each["indexes"] for each in told] == [*INDEXES, *INDEXES]
    assert told[1]["units"] == {"create": 3, "update": 3, "move": 4, "page": 1.5}


def test_the_largest_item_is_the_largest_that_the_contract_allows(measured: Costs) -> None:
    most = capacity(load(TODOS))
    assert most
    assert measured["largest"][2]["create"] == 3 * most.units


def test_a_table_has_the_indexes_that_are_told() -> None:
    for number in INDEXES:
        assert 1 + len(with_indexes(number).filters["todos"]) == number


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "figures.md"
    file.write_text(
        "# F\n\n## One\nWords.\n\n| a |\n| 1 |\n\nMore.\n\n## Two\n\nNone.\n\n## Three\n\n| b |\n"
    )
    monkeypatch.setattr(figures, "FILE", file)
    return file


def test_a_new_table_takes_the_place_of_the_one_before(file: Path) -> None:
    figures.write("One", ["| c |", "| 2 |", "| 3 |"])
    assert file.read_text().startswith("# F\n\n## One\nWords.\n\n| c |\n| 2 |\n| 3 |\n\nMore.\n")
    assert figures.table("Three") == ["| b |"]


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("section", ["Two", "Four"])
def test_a_section_without_a_table_is_told(section: str) -> None:
    with pytest.raises(ValueError, match=section):
        figures.table(section)
