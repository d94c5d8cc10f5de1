"""Reloading: the server is started anew whenever the contract, the code or the page changes."""

import shlex
import sys
from pathlib import Path

from watchfiles import PythonFilter, run_process

ROOT = Path(__file__).parent.parent


def keep_running(arguments: list[str], contract: Path) -> int:
    """Run `todo-api` with these arguments, again after every change, until Ctrl-C."""
    command = shlex.join([sys.executable, "-m", "infra", *arguments])
    folders = [ROOT / name for name in ("service", "infra", "frontend")]
    watched = [contract, *(folder for folder in folders if folder.is_dir())]
    run_process(
        *watched,
        target=command,
        target_type="command",
        watch_filter=_Filter(extra_extensions=(contract.suffix, ".html", ".css", ".js")),
        callback=lambda _: print("\nA file has changed: starting anew.\n", flush=True),  # noqa: T201
    )
    return 0


class _Filter(PythonFilter):
    """Sources; not what an interpreter or an editor leaves beside them."""
