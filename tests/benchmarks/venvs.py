"""The venvs of the variants: one each, holding what its lock names and nothing else."""

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = {"service": "lambda", "powertools": "powertools", "guide": "guide", "fastapi": "fastapi"}


def interpreter(variant: str) -> Path:
    """The Python of a variant's venv, which is made anew if its lock has changed.

    Raises subprocess.CalledProcessError if a package cannot be had.
    """
    lock = ROOT / "locks" / f"{LOCKS[variant]}.txt"
    venv = ROOT / ".venv" / f"bench-{variant}"
    python, stamp = venv / "bin/python", venv / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _uv("venv", "--clear", "--python", ROOT / ".venv/bin/python", venv)
        # Every variant ships .pyc files that are not held against their sources, as the zip of
        # the service does.
        _uv("pip", "sync", "--require-hashes", "--compile-bytecode", "--python", python, lock)
        stamp.write_text(wanted)
    return python


def _uv(*arguments: str | Path) -> None:
    environ = {**os.environ, "PYC_INVALIDATION_MODE": "UNCHECKED_HASH"}
    subprocess.run([ROOT / ".venv/bin/uv", "--quiet", *arguments], env=environ, check=True)
