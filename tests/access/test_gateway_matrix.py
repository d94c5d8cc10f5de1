"""The whole matrix, through the local gateway: tokens, signatures, keys, and hostile ones."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.access.doors import gateway_door
from tests.access.matrix import Matrix
from tests.access.senders import METER, ROLE, ann, makers, senders
from tests.access.table import Row, at_gateway
from tests.access.test_service_matrix import EVERY
from tests.contracts import CLOSED, CLUB
from tests.gateway.issuing import hostile
from tests.gateway.signing import USER, not_signed, signed
from tests.gateway.signing import hostile as hostile_signatures

CLOSED_ONES = pytest.mark.parametrize("path", CLOSED, ids=lambda path: path.stem)


@EVERY
def test_whoever_calls_may_do_what_the_contract_says_and_nothing_else(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And nothing of what proves who they are is ever in the log."""
    lines: list[str] = []
    with gateway_door(path, tmp_path, lines) as door:
        matrix = Matrix(path, door, at_gateway, makers(path))
        preflights = [Row("options", each, "preflight") for each in {r.path for r in matrix.rows}]
        assert matrix.unexpected(senders(path), [*matrix.rows, *preflights]) == []
    told = "".join(lines) + caplog.text
    assert '"ERROR"' not in told
    assert {each for each in door.secrets if re.search(rf"\b{re.escape(each)}\b", told)} == set()


@CLOSED_ONES
def test_no_hostile_token_is_let_in_anywhere(path: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    with gateway_door(path, tmp_path, lines) as door:
        matrix = Matrix(path, door, at_gateway, makers(path))
        person = replace(ann(path), key="good")
        flawed = [replace(person, name=flaw, flaw=flaw) for flaw in hostile(door.issuer)]
        assert len(flawed) > 90
        closed = [row for row in matrix.rows if row.person is not None]
        assert matrix.unexpected_alone(flawed, closed) == []
    assert lines == []


def test_no_hostile_signature_is_let_in_anywhere(tmp_path: Path) -> None:
    lines: list[str] = []
    flaws = [*hostile_signatures(USER, "GET", "/", [], None), *not_signed(signed(USER))]
    assert len(flaws) > 40
    with gateway_door(CLUB, tmp_path, lines) as door:
        matrix = Matrix(CLUB, door, at_gateway, makers(CLUB))
        flawed = [
            replace(each, name=f"{each.name}, {flaw}", flaw=flaw, key="good")
            for each in (METER, ROLE)
            for flaw in flaws
        ]
        closed = [row for row in matrix.rows if row.service]
        assert matrix.unexpected_alone(flawed, closed) == []
    assert lines == []
