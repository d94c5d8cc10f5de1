"""`todo-api access` tells people and programs the matrix that holds."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from infra.access import as_html
from infra.cli import main
from infra.site import site
from service.contract.derivation import derive
from service.contract.document import read
from tests.access.senders import METER, NOBODY, ann
from tests.access.table import Row, Sender, at_gateway, rows
from tests.access.test_service_matrix import EVERY
from tests.contracts import CLUB, TODOS


def callers(path: Path) -> dict[str, Sender]:
    return {
        "nobody": NOBODY,
        "key": replace(NOBODY, key="good"),
        "person": replace(ann(path), key="good"),
        "service": replace(METER, key="good"),
    }


def answer(row: Row, sender: Sender) -> str:
    return at_gateway(row, sender, "own").replace("2xx", "yes")


@EVERY
def test_what_is_told_to_programs_is_what_the_table_says(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["access", "--contract", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["operations"]
    found = {
        (each["path"], method.lower()): each for each in told for method in each["methods"] or [""]
    }
    for row in rows(path):
        each = found[row.path, row.method if row.id else ""]
        assert each["operationId"] == (row.id or None)
        assert each["answers"] == {
            name: answer(row, sender) for name, sender in callers(path).items()
        }, row
        if row.id and each["items"]:
            assert each["items"] == ("own" if row.owned else "everyone")


def test_people_are_told_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "--contract", str(CLUB)]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    cells = [[text.strip() for text in line if text.strip()] for line in lines]
    assert ["PATCH", "/readings/{id}", "a service", "own", "403", "403", "403", "yes"] in cells
    assert ["others", "/visits", "a key", "-", "403", "405", "405", "405"] in cells


@EVERY
def test_the_reference_publishes_the_same_table(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the contract as it is built in; the page is the same on this machine and on a stage."""
    assert main(["access", "--contract", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["operations"]
    page = site(path, read(path))["/docs/"].body.decode()
    table = [
        [unescape(cell) for cell in re.findall("<td><span[^>]*>(.*?)</span></td>", row)]
        for row in page.split("<tr>")[2:]
    ]
    found = [(row[0], row[1], row[3].strip("-"), row[4:]) for row in table]
    assert found == [
        (
            ", ".join(each["methods"]) or "others",
            each["path"],
            each["items"] or "",
            [*each["answers"].values()],
        )
        for each in told
    ]


def test_what_a_contract_says_is_text_in_the_reference() -> None:
    """A path may hold what HTML takes for its own."""
    document = read(TODOS)
    document.data["paths"]["/a&lt;b"] = document.data["paths"].pop("/todos")
    assert b"/a&amp;lt;b" in as_html(derive(document))


def test_a_contract_that_is_refused_has_no_matrix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: {}\n")
    assert main(["access", "--contract", str(tmp_path / "a.yaml")]) == 1
    assert "There is no operation" in capsys.readouterr().err
