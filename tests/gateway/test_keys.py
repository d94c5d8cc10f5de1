"""The keys of this machine: made once, shown once, kept for their owner alone."""

import stat
from pathlib import Path

import pytest

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
