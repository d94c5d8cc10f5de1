"""A server that could keep nothing says so at start, with the remedy, and does not serve."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from service.stores.sqlite import SQLiteStore
from tests.contracts import TODOS, load
from tests.servers import COMMAND

AS_ANYBODY = """
import ctypes, os, sys
if os.geteuid() == 0:  # whom permissions stop only without CAP_DAC_OVERRIDE, number 1
    prctl, PR_CAPBSET_READ, PR_CAPBSET_DROP = ctypes.CDLL(None).prctl, 23, 24
    assert not prctl(PR_CAPBSET_READ, 1, 0, 0, 0) or not prctl(PR_CAPBSET_DROP, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""

WITH_LITTLE_ROOM = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, {resource.RLIM_INFINITY}))
os.execv(sys.argv[1], sys.argv[1:])
"""

ON_A_FULL_DISK = """
set -e
mount -t tmpfs -o size=256k tmpfs "$1"
cp "$2"/* "$1"
head -c 1000000 /dev/zero > "$1/fill" 2>&- || true  # more than there is room for
shift 2
exec "$@"
"""


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file that another server has made."""
    path = tmp_path / "kept" / "items.db"
    with closing(SQLiteStore(path, load(TODOS).filters)):
        pass
    return path


def refused(start: Sequence[str], file: Path) -> str:
    command = [*start, str(COMMAND), "serve", "--contract", str(TODOS), "--port", "0"]
    ended = subprocess.run(
        [*command, "--store", f"sqlite:///{file}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("The store cannot be opened. ")
    return ended.stderr


def anybody() -> list[str]:
    if sys.platform != "linux" and os.geteuid() == 0:
        pytest.skip("permissions do not stop root here")
    return [sys.executable, "-c", AS_ANYBODY]


def test_a_file_that_cannot_be_written_is_told(kept: Path) -> None:
    kept.chmod(0o444)
    said = refused(anybody(), kept)
    assert "attempt to write a readonly database; make the file and its folder writable" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("items.db", "make the file and its folder writable"),
        ("new.db", "see that it is a file, in a folder that can be written"),
        ("folder/new.db", "name another file"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told(kept: Path, name: str, said: str) -> None:
    kept.parent.chmod(0o555)
    try:
        assert said in refused(anybody(), kept.parent / name)
    finally:
        kept.parent.chmod(0o755)


@pytest.mark.parametrize("name", ["items.db", "new.db"])
def test_a_file_that_may_not_grow_is_told(kept: Path, name: str) -> None:
    said = refused([sys.executable, "-c", WITH_LITTLE_ROOM], kept.with_name(name))
    assert "disk I/O error; check the disk" in said


@pytest.mark.parametrize("name", ["items.db", "new.db"])
def test_a_full_disk_is_told(kept: Path, tmp_path: Path, name: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    start = [*own_mounts(), "sh", "-c", ON_A_FULL_DISK, "sh", str(disk), str(kept.parent)]
    assert "free some space" in refused(start, disk / name)


def own_mounts() -> list[str]:
    """Runs a command whose mounts nobody else sees. Root may; others where the kernel lets them."""
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    probe = [*command, "true"]
    if shutil.which("unshare") and not subprocess.run(probe, capture_output=True).returncode:
        return command
    pytest.skip("mounting a small disk needs CAP_SYS_ADMIN, or namespaces for everybody")
