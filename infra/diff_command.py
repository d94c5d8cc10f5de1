"""The command `diff`: two contracts, read and compared with each other."""

import argparse
import json
import sys
from dataclasses import asdict

from infra.changes.report import Report, changes
from infra.check import Refused, told_faults
from infra.console import tell
from infra.diff_counting import NotAgreed, counted
from infra.exits import Exit
from infra.kept.judgement import Tallies, refused, told
from infra.revisions import (
    NoRelease,
    NotFound,
    Unreadable,
    contract_in,
    earlier,
    shards_of,
)
from service.contract.document import content_of
from service.contract.model import Contract


def run(options: argparse.Namespace) -> int:
    try:
        return _compared(options)
    except NoRelease as reason:
        sys.stdout.write(f"{reason} Nothing was compared.\n")
        return Exit.DONE
    except Refused as refusal:
        sys.stderr.write(told_faults(options.new, refusal.report))
        return Exit.REFUSED
    except (Unreadable, OSError) as error:
        tell(f"todo-api diff: {error}")
        return Exit.REFUSED
    except NotFound as reason:
        tell(f"todo-api diff: {reason}")
        return Exit.UNAVAILABLE
    except NotAgreed as reason:
        tell(f"todo-api diff: {reason}")
        return Exit.FAILED
    except KeyboardInterrupt:
        tell("\nStopped. Run it again, and the count goes on from there.")
        return Exit.INTERRUPTED


def _compared(options: argparse.Namespace) -> int:
    """Compare, and return the exit code. Raises the errors that `run` reports."""
    old = earlier(options.old, options.new, options.region)
    new = contract_in(content_of(options.new), options.new.suffix, str(options.new))
    shards = options.shards or shards_of(options.old, options.region)
    report = changes(old, new, options.calls, shards)
    tallies = counted(options, new, report.narrowed) if options.count and report.narrowed else {}
    breaks = report.is_breaking and not (options.breaking or _major(new) > _major(old))
    if options.json:
        kept = {name: asdict(each) for name, each in tallies.items()}
        found = {**report.values, **({"counted": kept} if options.count else {})}
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        _tell(report, tallies, options.count, breaks)
    return Exit.FAILED if breaks or refused(tallies) else Exit.DONE


def _tell(report: Report, tallies: Tallies, is_counted: bool, breaks: bool) -> None:
    lines = list(report.told())
    if is_counted:
        found = [*told(tallies)] or ["nothing to count: whatever is kept is fine"]
        lines += ["Counted", *(f"  {each}" for each in found)]
    if breaks:
        lines.append(
            "Clients break. Undo it, give the contract a new major version, or use --breaking."
        )
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _major(contract: Contract) -> int:
    """The first number of the contract's version; 0 if it has none."""
    first = str(contract.document.data["info"].get("version", "")).partition(".")[0]
    return int(first) if first.isdigit() else 0
