"""Reloading: a command is run again whenever the contract, its functions, the code or the page
changes."""

import shlex
import subprocess
import sys
from pathlib import Path

from watchfiles import Change, PythonFilter, run_process, watch

from infra.beside import is_beside
from infra.exits import Exit

ROOT = Path(__file__).parent.parent
_CODE = [ROOT / name for name in ("service", "infra", "frontend")]

_LOOK_MS = 500
"""Milliseconds after which the watch has begun for certain, and the first deployment may begin."""


def keep_running(arguments: list[str], contract: Path) -> int:
    """Run `todo-api` with these arguments, again after every change, until Ctrl-C."""
    run_process(
        *_folders(contract),
        target=shlex.join([sys.executable, "-m", "infra", *arguments]),
        target_type="command",
        watch_filter=_Sources(contract.resolve(), _CODE),
        callback=lambda _: print("\nA file has changed: restarting.\n", flush=True),  # noqa: T201
    )
    return 0


def keep_deploying(arguments: list[str], contract: Path) -> int:
    """Run `todo-api deploy` with these arguments, again after every change, until Ctrl-C.

    Each runs in a process of its own, which reads the current code, and is never interrupted.
    After somebody has agreed once, nobody is asked again; without that, or any success, it ends.
    """
    command = [sys.executable, "-m", "infra", *arguments]
    begun = False
    try:
        for changes in watch(
            *_folders(contract),
            watch_filter=_Sources(contract.resolve(), _CODE),
            yield_on_timeout=True,
            rust_timeout=_LOOK_MS,
        ):
            if changes or not begun:
                begun = True
                code = _finished(command)
                if code not in (Exit.DONE, Exit.REFUSED) and "--yes" not in command:
                    return code
                if code == Exit.DONE and "--yes" not in command:
                    command.append("--yes")
                sys.stderr.write("Waiting for the next change; Ctrl-C ends.\n")
    except KeyboardInterrupt:
        pass
    return Exit.DONE


def _finished(command: list[str]) -> int:
    """The exit code. Ctrl-C also reaches the command, which says how to go on."""
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


def _folders(contract: Path) -> list[Path]:
    return [contract.resolve().parent, *(folder for folder in _CODE if folder.is_dir())]


class _Sources(PythonFilter):
    """The contract, the files beside it, and the code. The contract's whole folder is watched, as
    editors that save by renaming replace the file."""

    def __init__(self, contract: Path, code: list[Path]) -> None:
        super().__init__(extra_extensions=(".html", ".css", ".js"))
        self.contract = contract
        self.code = code

    def __call__(self, change: Change, path: str) -> bool:
        if Path(path) == self.contract or is_beside(Path(path), self.contract):
            return True
        return super().__call__(change, path) and any(
            Path(path).is_relative_to(folder) for folder in self.code
        )
