"""Schemathesis finds nothing in a contract that is served, having seen each operation succeed."""

from pathlib import Path

from service.contract.document import Document
from tests.contracts import load
from tests.fuzz.run import fuzz
from tests.people import Door
from tests.serve.test_admission import page_is_told
from tests.servers import Server, serve


def finds_nothing(path: Path, tmp_path: Path, examples: int) -> None:
    """And links lead on: which of them a run follows is left to chance;
    `tests/service/test_links.py` follows each."""
    contract = load(path)
    with serve(path, f"sqlite:///{tmp_path}/items.db") as server:
        served = Document(server.get("/openapi.json").json)
        run = fuzz(served, server.url, tmp_path / "report.ndjson", examples, _signed_in(server))
    assert run.exit_code == 0, run.output
    expected = {f"{each.method.upper()} {each.path}" for each in contract.operations.values()}
    assert run.succeeded >= expected
    assert run.followed
    assert run.cases > 3 * examples


def _signed_in(server: Server) -> list[str]:
    """What makes requests those of somebody who signed in, if the contract wants one."""
    told = page_is_told(server)
    if told is None:
        return []
    token = Door(server.url, told["client"], told["discovery"]).signed_in("ann")["access_token"]
    return ["-H", f"Authorization: Bearer {token}"]
