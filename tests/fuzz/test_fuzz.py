"""Schemathesis finds nothing, having seen everything: each operation succeed, each link lead on."""

from pathlib import Path

import pytest

from service.document import Document
from tests.contracts import CUSTOMERS, LIBRARY, SHIPPED, load
from tests.fuzz.run import declared_links, fuzz, leading
from tests.servers import serve

EXAMPLES = 300
STATEFUL_RUNS = 6
"""Which links a run follows is left to chance: so many more runs may be had for the rest."""


@pytest.mark.parametrize(
    "path",
    [pytest.param(SHIPPED, marks=pytest.mark.shipped), CUSTOMERS, LIBRARY],
    ids=lambda path: path.stem,
)
def test_schemathesis_finds_nothing(path: Path, tmp_path: Path) -> None:
    contract = load(path)
    links = declared_links(contract.document.data)
    assert links
    with serve(path, f"sqlite:///{tmp_path}/items.db") as server:
        served = Document(server.get("/openapi.json").json)
        run = fuzz(served, server.url, tmp_path / "report.ndjson", EXAMPLES)
        assert run.exit_code == 0, run.output
        followed = leading(run.followed)
        for number in range(STATEFUL_RUNS):
            if followed >= links:
                break
            report = tmp_path / f"report{number}.ndjson"
            more = fuzz(served, server.url, report, EXAMPLES, "stateful")
            assert more.exit_code == 0, more.output
            followed |= leading(more.followed)
    expected = {f"{each.kind.method.upper()} {each.path}" for each in contract.operations.values()}
    assert run.succeeded >= expected
    assert followed >= links
    assert run.cases > 1000
