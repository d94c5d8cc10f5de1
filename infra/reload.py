"""Reloading: a command runs anew whenever the contract, its functions, the code or the page
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
"""After so long the watch is known to have begun, and the first deployment may."""


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

    Each in a process of its own, which reads the code as it is then, and is never cut short. Who
    has agreed once is not asked again; who has not, and who gets nowhere at all, ends it.
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
    """The exit code. Ctrl-C reaches the command by itself, which says how to go on."""
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


def _folders(contract: Path) -> list[Path]:
    return [contract.resolve().parent, *(folder for folder in _CODE if folder.is_dir())]


class _Sources(PythonFilter):
    """The contract, what stands beside it, and the code. The contract's folder is watched for it:
    an editor that saves by renaming puts another file in its place."""

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
