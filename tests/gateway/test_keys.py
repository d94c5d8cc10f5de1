"""The keys of this machine: made once, shown once, kept for their owner alone."""

import json
import stat
from pathlib import Path

import pytest

from infra.cli import main
from infra.gateway.credentials import local_credentials
from infra.gateway.keys import FILE, KeyFile, NameTaken, NoSuchKey
from infra.gateway.secrets import write_secret
from tests.gateway.signing import signed
from tests.gateway.test_signatures import at


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "data" / FILE)


def is_private(path: Path) -> bool:
    return stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_of_keys_does_not_hold_their_values(file: KeyFile) -> None:
    value = file.create("billing")
    assert len(value) >= 20  # AWS: API keys have 20 to 128 characters
    assert value not in file.path.read_text()
    assert is_private(file.path)
    assert [*file.path.parent.iterdir()] == [file.path]


def test_a_name_is_one_keys_alone(file: KeyFile) -> None:
    value = file.create("billing")
    with pytest.raises(NameTaken):
        file.create("billing")
    file.revoke("billing")
    with pytest.raises(NoSuchKey):
        file.revoke("billing")
    assert file.create("billing") != value


def test_a_secret_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret"
    write_secret(path, b"first")
    with pytest.raises(FileExistsError):
        write_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert is_private(path)
    assert [*path.parent.iterdir()] == [path]


def test_a_service_of_this_machine_has_the_same_credentials_after_a_restart(tmp_path: Path) -> None:
    (credential,) = local_credentials(tmp_path / "data").values()
    assert local_credentials(tmp_path / "data") == {credential.access_key: credential}
    assert is_private(tmp_path / "data" / "credentials.json")
    assert credential.caller.startswith("AIDA")
    assert credential.access_key.startswith("LOCAL")  # no real key of AWS does
    request = signed(credential, at=1_000_000_000)
    assert at(credential, 1_000_000_000).signer(request.as_sent) == credential


# -- the command -------------------------------------------------------------------------------


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
