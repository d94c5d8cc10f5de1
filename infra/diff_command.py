"""The command `diff`: two contracts read and held against each other."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from infra.changes.clients import Change, Effect, changes_for_clients
from infra.changes.stage import (
    changes_at_gateway,
    changes_for_items,
    changes_of_indexes,
    changes_of_units,
)
from infra.check import Refused, refusing, told_faults
from infra.console import tell
from infra.exits import Exit
from service.contract.derivation import derive
from service.contract.document import ContractError, Document, content_of, parse
from service.contract.model import Contract

_RELEASE = "release"
_SECONDS = 30


class NoRelease(Exception):
    """There is nothing to compare with, which is no fault."""


class NotFound(Exception):
    """The old contract cannot be had; the text says why."""


def run(options: argparse.Namespace) -> int:
    try:
        old = _derived(*_old(options.old, options.new), options.old)
        new = _derived(content_of(options.new), options.new.suffix, str(options.new))
    except NoRelease as reason:
        sys.stdout.write(f"{reason} Nothing was compared.\n")
        return Exit.DONE
    except NotFound as reason:
        tell(f"todo-api diff: {reason}")
        return Exit.UNAVAILABLE
    except (ContractError, OSError) as error:
        tell(f"todo-api diff: {error}")
        return Exit.REFUSED
    except Refused as refusal:
        sys.stderr.write(told_faults(options.new, refusal.report))
        return Exit.REFUSED
    found = list(changes_for_clients(old, new))
    rest = {
        "items": list(changes_for_items(old, new)),
        "gateway": list(changes_at_gateway(old, new)),
        "indexes": list(changes_of_indexes(old, new)),
        "units": list(changes_of_units(old, new, options.calls)),
    }
    is_breaking = any(each.effect is Effect.BREAKS for each in found)
    may = options.breaking or _major(new) > _major(old)
    if options.json:
        clients = [each._asdict() for each in found]
        sys.stdout.write(json.dumps({"breaking": is_breaking, "clients": clients, **rest}) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _told(found, rest, is_breaking, may))
    return Exit.FAILED if is_breaking and not may else Exit.DONE


def _told(
    found: list[Change], rest: Mapping[str, list[str]], is_breaking: bool, may: bool
) -> Iterator[str]:
    yield "Clients"
    for effect in Effect:
        for each in found:
            if each.effect is effect:
                yield f"  {effect:9}  {each.operation}  {each.direction}: {each.text}"
    if not found:
        yield "  nothing changes for them"
    for name, title in _TITLES.items():
        if rest[name]:
            yield title
            yield from (f"  {each}" for each in rest[name])
    if is_breaking and not may:
        yield "Clients break. Undo it, give the contract a new major version, or use --breaking."


_TITLES = {
    "items": "Items that are kept",
    "gateway": "Checks of bodies",
    "indexes": "Indexes",
    "units": "Largest item",
}


def _major(contract: Contract) -> int:
    """The first number of the contract's version; 0 if it has none."""
    first = str(contract.document.data["info"].get("version", "")).partition(".")[0]
    return int(first) if first.isdigit() else 0


def _derived(content: bytes, suffix: str, name: str) -> Contract:
    """Raises ContractError, Refused."""
    document = Document({})
    try:
        document = parse(content, suffix)
    except ContractError as error:
        raise NotFound(f"{name} is not a contract: {error}") from error
    with refusing(document):
        return derive(document)


# -- where the old one is --------------------------------------------------------------------------


def _old(old: str, new: Path) -> tuple[bytes, str]:
    """The content of the old contract, and the ending that says how it is written.

    Raises NoRelease, NotFound.
    """
    if old.startswith(("http://", "https://")):
        return _fetched(old), Path(urlsplit(old).path).suffix or ".yaml"
    if Path(old).is_file():
        return content_of(Path(old)), Path(old).suffix
    if old == _RELEASE:
        return _in_git(_last_release(new), new.name, new), new.suffix
    revision, _, path = old.partition(":")
    return _in_git(revision, path or new.name, new), Path(path or new.name).suffix


def _fetched(address: str) -> bytes:
    try:
        with urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - http and https alone
            body: bytes = answer.read()
            return body
    except (OSError, HTTPException) as error:
        raise NotFound(f"{address} cannot be read: {error}.") from error


def _last_release(new: Path) -> str:
    code, told, _ = _git(new, "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0")
    if code == 0:
        return told.decode().strip()
    if _git(new, "rev-parse", "--is-shallow-repository")[1].strip() == b"true":
        raise NoRelease("This clone is shallow, and knows no release.")
    raise NoRelease("There is no release yet: no tag like v1.2.0.")


def _in_git(revision: str, path: str, new: Path) -> bytes:
    code, content, errors = _git(new, "show", f"{revision}:./{path}")
    if code != 0:
        reason = errors.decode(errors="replace").strip()
        raise NotFound(f"{revision} is neither a file nor a revision that has {path}: {reason}.")
    return content


def _git(beside: Path, *words: str) -> tuple[int, bytes, bytes]:
    """How git ends in the folder of a file, and what it prints. Raises NotFound."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *words],  # noqa: S607
            cwd=beside.resolve().parent,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise NotFound(f"git cannot be run: {error}.") from error
    return done.returncode, done.stdout, done.stderr
