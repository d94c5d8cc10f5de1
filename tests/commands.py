"""`todo-api` called in this process: quick, where the process itself is not what is tested."""

import io
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from infra.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command has printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def call(*arguments: str | Path, cwd: Path) -> Ended:
    """`todo-api` with these arguments in this folder. Not for a server that would start."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([os.fspath(each) for each in arguments])
        except SystemExit as exit:  # argparse's way to end
            code = int(exit.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())
