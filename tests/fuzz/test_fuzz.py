"""Schemathesis finds nothing, having seen everything: each operation succeed, each link lead on."""

from pathlib import Path

import pytest

from tests.contracts import ALL, load
from tests.fuzz.run import declared_links, fuzz
from tests.servers import serve


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_schemathesis_finds_nothing(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    with serve(path, f"sqlite:///{tmp_path}/items.db") as server:
        run = fuzz(f"{server.url}/openapi.json", tmp_path / "report.ndjson", examples=300)
    assert run.exit_code == 0, run.output
    expected = {f"{each.kind.method.upper()} {each.path}" for each in contract.operations.values()}
    assert run.succeeded >= expected
    followed = {" -> ".join(id.split(" -> ")[:2]) for id in run.followed}
    links = declared_links(contract.document.data)
    assert links
    assert followed >= links
    assert run.cases > 1000
