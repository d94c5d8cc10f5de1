"""Secrets of this machine: files that nobody else may read."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path("data")
"""The folder of secrets, which is also that of the data."""


def write_secret(path: Path, content: bytes) -> None:
    """Create the file, completely or not at all: another process may do so at the same moment.

    Raises FileExistsError.
    """
    with _draft(path, content) as draft:
        os.link(draft, path)


def replace_secret(path: Path, content: bytes) -> None:
    """Replace the file atomically: a reader finds the old or the new content."""
    with _draft(path, content) as draft:
        draft.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an exclusive lock on a folder, which is created; the lock ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """A temporary file, readable by its owner only, beside another, whose folder is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield draft
    finally:
        draft.unlink(missing_ok=True)
