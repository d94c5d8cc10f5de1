"""A contract that knew nothing of us is served after three commands, as the README has them."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import main
from tests.contracts import ROOT, STRANGER
from tests.servers import serve

TAUGHT = """    parrot = parrots.get(parrot_id)
    says = " ".join([parrot.get("says", ""), *[body["word"]] * (2 if twice else 1)]).strip()
    parrots.update(parrot_id, {"says": says})
    return {"says": says}
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "parrots.yaml"
    file.write_text(STRANGER.read_text("utf-8"), "utf-8")
    return file


def skeletons(contract: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `check` prints to be pasted, once the contract is complete."""
    assert main(["complete", str(contract), "--write"]) == 0
    capsys.readouterr()
    assert main(["check", str(contract)]) != 0
    _, _, text = "".join(capsys.readouterr()).partition("parrots.py:\n\n")
    return text


def test_a_strangers_contract_is_served_when_its_function_is_filled_in(
    contract: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = skeletons(contract, capsys).replace("    raise NotWritten()\n", TAUGHT)
    contract.with_suffix(".py").write_text(text.replace(", NotWritten", ""), "utf-8")
    assert main(["check", str(contract)]) == 0
    with serve(contract, f"sqlite:///{tmp_path}/items.db") as server:
        made = server.request("POST", "/parrots", {"name": "Polly"})
        assert made.status == 201
        path = made.headers["location"]
        assert server.request("POST", f"{path}/teach?twice=true", {"word": "hello"}).json == {
            "says": "hello hello"
        }
        assert server.get(path).json["says"] == "hello hello"
        assert [each["name"] for each in server.get("/parrots").json] == ["Polly"]


def test_a_skeleton_that_is_pasted_as_it_is_passes_mypy_and_answers_501(
    contract: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = contract.with_suffix(".py")
    functions.write_text(skeletons(contract, capsys), "utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(functions)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    with serve(contract, f"sqlite:///{tmp_path}/items.db") as server:
        reply = server.request("POST", "/parrots/1/teach", {"word": "hello"})
        assert (reply.status, reply.json["type"]) == (501, "urn:problem-type:not-written")


def test_what_completing_writes_stays_what_the_author_wrote(contract: Path) -> None:
    assert main(["complete", str(contract), "--write"]) == 0
    written = contract.read_text("utf-8")
    assert "summary: One parrot   # by its number" in written
    assert main(["complete", str(contract), "--write"]) == 0
    assert contract.read_text("utf-8") == written
