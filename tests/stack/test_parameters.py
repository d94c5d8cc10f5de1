"""Parameters that cannot go together are refused before anything is made."""

import pytest

from infra.stack.account import StackError
from infra.stack.parameters import check


def test_snap_start_wants_a_newer_python() -> None:
    with pytest.raises(StackError, match=r"Choose --runtime python3\.13"):
        check({"Runtime": "python3.11", "SnapStart": "on"})


@pytest.mark.parametrize(
    "parameters",
    [{"Runtime": "python3.12", "SnapStart": "on"}, {"Runtime": "python3.11", "SnapStart": "off"}],
)
def test_other_parameters_go_together(parameters: dict[str, str]) -> None:
    check(parameters)
