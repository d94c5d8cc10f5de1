"""The service's part of the matrix: events as the gateway makes them, and as it never should."""

import json
from pathlib import Path

import pytest

from tests.access.doors import service_door
from tests.access.matrix import Matrix
from tests.access.senders import flawed, makers, senders
from tests.access.table import at_service
from tests.contracts import ACTIONS, ALL, CLOSED, SHIPPED

EVERY = pytest.mark.parametrize(
    "path",
    [*ALL, ACTIONS, *CLOSED, pytest.param(SHIPPED, marks=pytest.mark.shipped)],
    ids=lambda path: path.stem,
)


@EVERY
def test_the_service_does_what_the_contract_says_of_every_caller(
    path: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    with service_door(path, tmp_path, lines) as door:
        matrix = Matrix(path, door, at_service, makers(path))
        everybody = [*senders(path), *flawed(path)]
        assert matrix.unexpected(everybody) == []
    faults = [json.loads(line) for line in lines if json.loads(line)["status"] >= 500]
    assert {each["level"] for each in faults} <= {"ERROR"}
    assert {error for each in faults for error in each["failure"]["errors"]} <= {"CallerUnknown"}
