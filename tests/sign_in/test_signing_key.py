"""The signing key: beside the data, and its owner's alone."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.sign_in.signing_key import UnreadableKey, kept_key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "data" / "identity.json"
    assert kept_key(file).id == kept_key(file).id
    assert [each.name for each in file.parent.iterdir()] == ["identity.json"]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    kept_key(tmp_path / "identity.json")
    assert stat.S_IMODE((tmp_path / "identity.json").stat().st_mode) == 0o600


def test_two_servers_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: kept_key(tmp_path / "identity.json").id, range(4)))
    assert len(set(found)) == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kty": "oct", "k": "eA"}', '{"kty": "RSA"}'])
def test_a_file_that_holds_no_key_is_told_with_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "identity.json"
    file.write_text(text)
    with pytest.raises(UnreadableKey, match="Delete it"):
        kept_key(file)


def test_a_public_key_is_none_to_sign_with(tmp_path: Path) -> None:
    file = tmp_path / "identity.json"
    key = kept_key(file)
    file.write_text(json.dumps(key.jwk))
    with pytest.raises(UnreadableKey):
        kept_key(file)
