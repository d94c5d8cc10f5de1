"""Schemathesis finds nothing, having seen each operation succeed, and links lead on.

Which links a run follows is left to chance; `tests/service/test_links.py` follows each of them.
"""

from pathlib import Path

import pytest

from service.contract.document import Document
from tests.contracts import ACTIONS, CUSTOMERS, LIBRARY, SHIPPED, SIGNED_IN, TRAITS, load
from tests.contracts.editions import later
from tests.fuzz.run import fuzz
from tests.people import Door
from tests.serve.test_admission import page_is_told
from tests.servers import Server, serve


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> int:
    number: int = pytestconfig.getoption("--examples")
    return number


@pytest.mark.parametrize(
    "path",
    [pytest.param(SHIPPED, marks=pytest.mark.shipped), CUSTOMERS],
    ids=lambda path: path.stem,
)
def test_schemathesis_finds_nothing(path: Path, tmp_path: Path, examples: int) -> None:
    finds_nothing(path, tmp_path, examples)


def test_schemathesis_finds_nothing_in_openapi_3_1(tmp_path: Path, examples: int) -> None:
    """It gets the contract as its author wrote it; its 3.0 twin is the same contract."""
    finds_nothing(later(LIBRARY, tmp_path), tmp_path, examples)


def test_schemathesis_finds_nothing_in_a_contract_with_every_trait(
    tmp_path: Path, examples: int
) -> None:
    finds_nothing(TRAITS, tmp_path, examples)


def test_schemathesis_finds_nothing_in_functions(tmp_path: Path, examples: int) -> None:
    """Clearing what is done may have nothing to clear: it succeeds all the same."""
    finds_nothing(ACTIONS, tmp_path, examples)


def test_schemathesis_finds_nothing_signed_in(tmp_path: Path, examples: int) -> None:
    """Whether strangers are let in is asked by the access matrix: `ignored_auth` does not see
    openIdConnect."""
    finds_nothing(SIGNED_IN, tmp_path, examples // 2)


def signed_in(server: Server) -> list[str]:
    """What makes requests those of somebody who signed in, if the contract wants one."""
    told = page_is_told(server)
    if told is None:
        return []
    token = Door(server.url, told["client"], told["discovery"]).signed_in("ann")["access_token"]
    return ["-H", f"Authorization: Bearer {token}"]


def finds_nothing(path: Path, tmp_path: Path, examples: int) -> None:
    contract = load(path)
    with serve(path, f"sqlite:///{tmp_path}/items.db") as server:
        served = Document(server.get("/openapi.json").json)
        run = fuzz(served, server.url, tmp_path / "report.ndjson", examples, signed_in(server))
    assert run.exit_code == 0, run.output
    expected = {f"{each.method.upper()} {each.path}" for each in contract.operations.values()}
    assert run.succeeded >= expected
    assert run.followed
    assert run.cases > 3 * examples
