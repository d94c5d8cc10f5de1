"""The keys of this machine: made once, shown once, kept for their owner alone."""

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from infra.data import slug
from infra.gateway import usage
from infra.gateway.credentials import local_credentials
from infra.gateway.keys import FILE, KeyFile, Keys, NameTaken, NoSuchKey, Plan
from infra.gateway.responses import Refusal
from infra.gateway.secrets import write_secret
from tests.gateway.signing import signed
from tests.gateway.test_signatures import at

NOVEMBER, DECEMBER = 1_795_996_800.0, 1_796_083_200.0


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


def test_processes_that_make_keys_at_once_lose_none(file: KeyFile) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        names = [f"application-{number}" for number in range(20)]
        made = [processes.submit(file.create, name) for name in names]
        values = {each.result() for each in made}
    assert len(values) == len(names)
    assert {each.name for each in file.read()} == {*names}


# -- what they have used -----------------------------------------------------------------------


def admits(file: KeyFile, value: str, at: float) -> bool:
    """Whether a server that has just been started lets a request with the key through."""
    try:
        return bool(Keys(file.path, Plan(quota=2), lambda: at).admitted(value))
    except Refusal as refusal:
        return refusal.type != "QUOTA_EXCEEDED"


def test_what_was_used_of_a_quota_outlives_the_server(file: KeyFile) -> None:
    one, other = (file.create(name) for name in ("one", "other"))
    assert [admits(file, one, NOVEMBER) for _ in range(3)] == [True, True, False]
    assert admits(file, other, NOVEMBER)
    assert [admits(file, one, DECEMBER) for _ in range(3)] == [True, True, False]


def test_no_contract_keeps_its_items_where_a_quota_is_counted() -> None:
    """`serve` names a file of items after a contract's title."""
    assert slug(usage.FILE.removesuffix(".db")) != usage.FILE.removesuffix(".db")


def test_a_quota_of_nothing_lets_nothing_through(file: KeyFile) -> None:
    keys = Keys(file.path, Plan(quota=0))
    with pytest.raises(Refusal):
        keys.admitted(file.create("one"))


# -- other secrets -----------------------------------------------------------------------------


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
