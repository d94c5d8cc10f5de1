"""`todo-api new` in a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ended, call

New = Callable[..., Ended]


@pytest.fixture
def new(tmp_path: Path) -> New:
    """The command, its arguments in one text."""

    def new(arguments: str) -> Ended:
        return call("new", *arguments.split(), cwd=tmp_path)

    return new


@pytest.fixture
def written(new: New, tmp_path: Path) -> Callable[[str], Path]:
    """The file that the command has written."""

    def written(arguments: str) -> Path:
        ended = new(arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        return tmp_path / arguments.split()[0]

    return written
