"""The programs of a browser: found on this machine, or installed where that can be done."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_INSTALL_SECONDS = 480


class NoBrowser(Exception):
    """A browser is missing and cannot be installed from here; the message says what to run."""


@dataclass(frozen=True)
class Program:
    """An executable, under whichever of its `names` it is here.

    `variable` of the environment may name another; `packages` of Debian bring it.
    """

    title: str
    names: tuple[str, ...]
    packages: tuple[str, ...]
    variable: str = ""

    def path(self) -> str:
        """Where it is. Installs it if this is root on a Debian. Raises NoBrowser."""
        with _alone():
            return self.find() or self._install()

    def find(self) -> str | None:
        """The one that the variable names, else the first on the path."""
        named = os.environ.get(self.variable) if self.variable else None
        if named and not shutil.which(named):
            raise NoBrowser(f"{self.variable}={named} is no program. Name another, or unset it.")
        names = [named] if named else self.names
        return next(filter(None, map(shutil.which, names)), None)

    @property
    def command(self) -> list[str]:
        return ["apt-get", "install", "--yes", "--no-install-recommends", *self.packages]

    def _install(self) -> str:
        if is_root() and shutil.which("apt-get"):
            environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for command in (["apt-get", "update"], self.command):
                subprocess.run(
                    command, env=environ, capture_output=True, check=False, timeout=_INSTALL_SECONDS
                )
        found = self.find()
        if found is None:
            raise NoBrowser(
                f"The page is tested in {self.title}, and there is none. Install it:"
                f" sudo {' '.join(self.command)}{self._other}."
            )
        return found

    @property
    def _other(self) -> str:
        other = f" (or name one that is there: {self.variable}=/path/to/{self.names[-1]} make test)"
        return other if self.variable else ""


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: two of them cannot install."""
    with (Path(tempfile.gettempdir()) / f"todo-api-browsers.{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
