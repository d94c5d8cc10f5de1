"""Reloading: the server is started anew whenever the contract, the code or the page changes."""

import shlex
import sys
from pathlib import Path

from watchfiles import Change, PythonFilter, run_process

ROOT = Path(__file__).parent.parent


def keep_running(arguments: list[str], contract: Path) -> int:
    """Run `todo-api` with these arguments, again after every change, until Ctrl-C."""
    code = [ROOT / name for name in ("service", "infra", "frontend")]
    run_process(
        contract.resolve().parent,
        *(folder for folder in code if folder.is_dir()),
        target=shlex.join([sys.executable, "-m", "infra", *arguments]),
        target_type="command",
        watch_filter=_Sources(contract.resolve(), code),
        callback=lambda _: print("\nA file has changed: starting anew.\n", flush=True),  # noqa: T201
    )
    return 0


class _Sources(PythonFilter):
    """The contract and the code. The contract's folder is watched for it: an editor that saves
    by renaming puts another file in its place."""

    def __init__(self, contract: Path, code: list[Path]) -> None:
        super().__init__(extra_extensions=(".html", ".css", ".js"))
        self.contract = contract
        self.code = code

    def __call__(self, change: Change, path: str) -> bool:
        if Path(path) == self.contract:
            return True
        return super().__call__(change, path) and any(
            Path(path).is_relative_to(folder) for folder in self.code
        )
