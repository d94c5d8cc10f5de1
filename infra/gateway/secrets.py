"""Secrets of this machine: files that nobody else may read, made once."""

import os
from pathlib import Path


def write_secret(path: Path, content: bytes) -> None:
    """Make the file, for its owner alone; its folder, too. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def replace_secret(path: Path, content: bytes) -> None:
    """Put this in its place at once: whoever reads finds the old or the new."""
    written = path.with_name(f"{path.name}.{os.getpid()}")
    write_secret(written, content)
    written.replace(path)
