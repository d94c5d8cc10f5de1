"""Parameters that cannot go together are refused before anything is made."""

import pytest

from infra.stack.account import StackError
from infra.stack.parameters import check


def test_snap_start_wants_a_newer_python() -> None:
    with pytest.raises(StackError, match=r"Choose --runtime python3\.13"):
        check({"Runtime": "python3.11", "SnapStart": "on"})


def test_a_table_beyond_the_boundary_is_refused() -> None:
    parameters = {"Runtime": "python3.13", "TableName": "Orders", "Boundary": "on"}
    with pytest.raises(StackError, match="Choose --table-name TodoItems-Orders"):
        check(parameters)
    check({**parameters, "Boundary": "off"})
    check({**parameters, "TableName": "TodoItems-try"})


@pytest.mark.parametrize(
    "parameters",
    [{"Runtime": "python3.12", "SnapStart": "on"}, {"Runtime": "python3.11", "SnapStart": "off"}],
)
def test_other_parameters_go_together(parameters: dict[str, str]) -> None:
    check(parameters)
