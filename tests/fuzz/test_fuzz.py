"""Schemathesis finds nothing in the contract that is shipped."""

from pathlib import Path

import pytest

from tests.contracts import SHIPPED
from tests.fuzz.finding import finds_nothing


@pytest.mark.hypothesis
@pytest.mark.shipped
def test_schemathesis_finds_nothing(tmp_path: Path, examples: int) -> None:
    finds_nothing(SHIPPED, tmp_path, examples)
