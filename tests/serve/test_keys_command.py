"""`todo-api keys`, with the keys of this machine."""

import json
from pathlib import Path

import pytest

from infra.cli import main
from infra.gateway.keys import FILE


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_key_is_made_listed_and_revoked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "list"]) == 0
    assert "todo-api keys create NAME" in capsys.readouterr().err
    assert main(["keys", "create", "billing"]) == 0
    name, value = capsys.readouterr().out.split()
    assert name == "billing"
    assert main(["keys", "list"]) == 0
    told = capsys.readouterr().out
    assert "billing" in told
    assert value not in told
    assert main(["keys", "revoke", "billing"]) == 0
    assert json.loads((here / "data" / FILE).read_text()) == {"keys": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "billing"], "There is a key 'billing' already. Revoke it first"),
        (["revoke", "nobody"], "There is no key 'nobody': todo-api keys list"),
    ],
)
def test_what_cannot_be_done_says_what_can(
    here: Path,  # noqa: ARG001 - the working directory
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    main(["keys", "create", "billing"])
    assert main(["keys", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": [{}]}', '{"keys": 1}'])
def test_a_file_that_holds_no_keys_is_told(
    here: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    (here / "data").mkdir()
    (here / "data" / FILE).write_text(content)
    assert main(["keys", "list"]) == 3
    assert "holds no keys. Delete it" in capsys.readouterr().err
