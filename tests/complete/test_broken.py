"""What is broken is left alone, and all that does not depend on it is completed."""

from pathlib import Path

import pytest

from infra.cli import main
from tests.contracts import STRANGER


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """One with a reference that leads to a response, where a schema is due."""
    file = tmp_path / "parrots.yaml"
    text = STRANGER.read_text("utf-8")
    broken = "#/paths/~1parrots/get/responses/200"
    file.write_text(text.replace('"#/components/schemas/Parrots"', f'"{broken}"'), "utf-8")
    return file


def test_a_broken_reference_stops_no_repair_elsewhere(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["complete", str(contract), "--write"]) == 0
    text = contract.read_text("utf-8")
    assert "application/problem+json" in text
    assert "/xml" not in text
    assert "#/paths/~1parrots/get/responses/200" in text
    assert main(["check", str(contract)]) != 0
    told = "".join(capsys.readouterr())
    assert "leads to what may not stand here" in told
    assert "  POST    /parrots                   create" in told


def test_a_document_of_another_version_is_refused(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract.write_text("swagger: '2.0'\ninfo: {}\npaths: {}\n", "utf-8")
    assert main(["complete", str(contract)]) != 0
    assert "Convert it: npx swagger2openapi FILE." in capsys.readouterr().err
