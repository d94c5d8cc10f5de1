"""Revisions: finds an earlier contract in a file, in git, at an address, or on a stage."""

import subprocess
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from infra.aws.stage import Stage
from infra.check import refusing
from service.contract.derivation import derive
from service.contract.document import ContractError, content_of, parse
from service.contract.model import Contract

_RELEASE = "release"
_STAGE = "stage:"
_SECONDS = 30


class NoRelease(Exception):
    """There is nothing to compare with, which is not a fault."""


class NotFound(Exception):
    """What was asked for is not available; the text says why."""


class Unreadable(Exception):
    """A file is not a contract; the text says why."""


def earlier(old: str, new: Path, region: str | None) -> Contract:
    """The contract that `old` names, seen from the file `new`.

    Raises NoRelease, NotFound, Unreadable, OSError, Refused.
    """
    if stage := stage_in(old):
        return _of_stage(stage, region)
    return contract_in(*_content(old, new), old)


def shards_of(old: str, region: str | None) -> int:
    """The number of shards that a stage's lists read; 1 if it is not a stage. Raises NotFound."""
    stage = stage_in(old)
    if stage is None:
        return 1
    # Imported here: the other places need no AWS.
    from infra.aws.account import Account, StackError
    from infra.deploy.served import live_shards

    try:
        return live_shards(Account(region), stage)
    except StackError as error:
        raise NotFound(str(error)) from error


def stage_in(address: str) -> Stage | None:
    """The stage of `stage:NAME`; None for other addresses. Raises NotFound."""
    if not address.startswith(_STAGE):
        return None
    try:
        return Stage(address.removeprefix(_STAGE))
    except ValueError as error:
        raise NotFound(f"{error}.") from error


def contract_in(content: bytes, suffix: str, name: str) -> Contract:
    """The contract in some content. Raises Unreadable, Refused."""
    try:
        document = parse(content, suffix)
    except ContractError as error:
        raise Unreadable(f"{name} is not a contract: {error}") from error
    with refusing(document):
        return derive(document)


def _of_stage(stage: Stage, region: str | None) -> Contract:
    """The live contract of a stage, from its zip. Raises NotFound."""
    # Imported here: the other sources do not need AWS.
    from infra.aws.account import Account, StackError
    from infra.deploy.served import live_contract

    try:
        return live_contract(Account(region), stage)
    except StackError as error:
        raise NotFound(str(error)) from error


def _content(old: str, new: Path) -> tuple[bytes, str]:
    """The content of the old contract, and the suffix of its format.

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
    """The exit code and output of git in the folder of a file. Raises NotFound."""
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
