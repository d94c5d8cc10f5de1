"""The judgement of the page's times; the times themselves are the benchmark's."""

from tests.benchmarks import figures
from tests.benchmarks.page import SECTION, Times, as_markdown, as_table, over_budget

FAST, SLOW = 30.0, 90.0


def times(page: list[float], least: float = 10.0) -> dict[str, Times]:
    return {"add": Times(page, [least] * len(page))}


def test_a_page_that_is_slow_in_most_rounds_is_over_budget() -> None:
    told = over_budget(times([FAST] + [SLOW] * 8))
    assert told == ["add of the page takes 9.0x the least, at most 6.0x."]


def test_a_page_that_is_slow_in_a_round_or_two_is_not() -> None:
    assert over_budget(times([FAST] * 7 + [SLOW] * 2)) == []


def test_a_machine_that_is_slow_for_both_is_no_fault_of_the_page() -> None:
    assert over_budget(times([SLOW] * 9, least=30.0)) == []


def test_the_table_tells_both_times_and_the_budget() -> None:
    assert list(as_table(times([FAST])))[1].split() == [
        "add",
        "30",
        "10",
        "3.0x",
        "(budget",
        "6.0x)",
    ]


def test_among_5000_rows_an_input_may_take_twice_as_long() -> None:
    slow = {f"add{rows}": Times([SLOW], [10.0]) for rows in ("", ", 5,000 rows")}
    assert over_budget(slow) == ["add of the page takes 9.0x the least, at most 6.0x."]


def test_the_figures_have_a_table_of_the_page() -> None:
    head, _, row = as_markdown(times([FAST]))
    assert row == "| add | 30 | 10 | 3.0 (at most 6.0) |"
    assert figures.table(SECTION)[0] == head
