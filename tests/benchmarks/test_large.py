"""The judgement of many collections; what they cost is the benchmark's."""

from tests.benchmarks.large import Start, as_json, as_table, over_budget

ONE = Start(derive=0.003, init=0.2, first=40e-6, last=40e-6, check=0.5)


def test_what_grows_with_the_collections_alone_is_in_budget() -> None:
    many = Start(derive=0.103, init=0.38, first=40e-6, last=44e-6, check=2.0)
    assert over_budget({1: [ONE], 101: [many]}) == []


def test_each_figure_over_budget_is_told() -> None:
    many = Start(derive=0.203, init=0.5, first=40e-6, last=60e-6, check=5.0)
    assert over_budget({1: [ONE], 101: [many]}) == [
        "derive, ms of a further collection: 2.00 at 101 collections, at most 1.5.",
        "INIT, times that of one collection: 2.50 at 101 collections, at most 2.0.",
        "last route, times the first: 1.50 at 101 collections, at most 1.2.",
        "check, seconds: 5.00 at 101 collections, at most 4.0.",
    ]


def test_table_and_json_tell_every_number_of_collections() -> None:
    starts = {1: [ONE], 11: [ONE]}
    init = list(as_table(starts))[2]
    assert init.split()[-4:] == ["1.00", "1.00", "(budget", "2.0)"]
    assert as_json(starts)[3]["figures"] == {1: 0.5, 11: 0.5}
