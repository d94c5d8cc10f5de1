"""What goes into DynamoDB comes out again."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stores.attributes import to_attribute, to_attributes, to_value, to_values

floats = st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | floats | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(documents)
def test_every_json_value_survives(value: object) -> None:
    assert to_value(to_attribute(value)) == value


@given(floats | st.integers(-(2**63), 2**63 - 1))
def test_a_number_that_is_whole_comes_back_as_an_integer(number: float) -> None:
    found = to_value(to_attribute(number))
    whole = number == int(number) and -(2**63) <= number < 2**63
    assert found == number
    assert type(found) is (int if whole else float)


@given(floats)
def test_a_number_stays_within_what_dynamodb_can_hold(number: float) -> None:
    ((kind, _),) = to_attribute(number).items()
    if kind == "N":
        assert number == 0 or 1e-130 <= abs(number) < 1e126


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-7", -7), ("1.2E+1", 12), ("5.0", 5), ("1E-7", 1e-7), ("1" + "0" * 23, 1e23)],
)
def test_a_number_is_read_however_an_engine_writes_it(text: str, number: float) -> None:
    assert to_value({"N": text}) == number


@pytest.mark.parametrize("number", [5e-324, sys.float_info.max, -1e126])
def test_a_number_beyond_dynamodbs_reach_is_kept_as_binary(number: float) -> None:
    assert to_attribute(number) == {"B": repr(number).encode()}


def test_true_is_not_one() -> None:
    assert to_attribute(True) == {"BOOL": True}
    assert to_attribute(1) == {"N": "1"}


def test_what_is_not_a_json_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not a JSON value"):
        to_attribute({1})


def test_the_services_own_attributes_are_not_read() -> None:
    assert to_values(to_attributes({"title": "Milk", "_token": "x"})) == {"title": "Milk"}
