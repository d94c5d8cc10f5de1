"""The command `new`: a contract, or an addition to one, is written completely or not at all."""

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.check import Refused, contents, hold_against_openapi, refusing, told_faults
from infra.contract_files import changed, replace, unwritable
from infra.exits import Exit
from infra.new.collection import Wish, wish
from infra.new.contract import added, as_text, begun
from infra.new.fields import Misused
from infra.new.words import listed, sentence, words_of
from service.contract.derivation import derive
from service.contract.document import ContractError, Document, parse
from service.contract.model import Contract

_ENDINGS = (".yaml", ".yml", ".json")
_NO_TITLES = {"openapi", "api", "contract", "spec", "swagger"}
"""Names of files that do not describe their content."""


class _Made(NamedTuple):
    """The new content of the file, and what to look at in it."""

    content: bytes
    remarks: Sequence[str] = ()


def run(options: argparse.Namespace) -> int:
    file: Path = options.file
    try:
        wishes = _wishes(options)
        exists = file.exists()
        made = _added(file, options, wishes) if exists else _begun(file, options, wishes)
        replace(file, made.content)
    except Misused as error:
        sys.stderr.write(f"todo-api new: {error}\n")
        return Exit.MISUSED
    except Refused as refusal:
        sys.stderr.write(told_faults(file, refusal.report))
        return Exit.REFUSED
    except OSError as error:
        sys.stderr.write(told_faults(file, unwritable(error)))
        return Exit.UNAVAILABLE
    sys.stdout.writelines(f"{line}\n" for line in _words(file, exists, wishes, made))
    return Exit.DONE


def _wishes(options: argparse.Namespace) -> list[Wish]:
    if options.file.suffix not in _ENDINGS:
        raise Misused(f"{options.file} has to end in {listed(list(_ENDINGS))}, which says how.")
    found: dict[str, Wish] = {}
    for name, fields, filters in options.collections:
        if name in found:
            raise Misused(f"{name!r} is asked for twice. Say all of it behind one --collection.")
        found[name] = wish(name, fields, filters, options.ids, options.id_parameter)
    return list(found.values())


def _begun(file: Path, options: argparse.Namespace, wishes: Sequence[Wish]) -> _Made:
    if not file.parent.is_dir():
        raise Misused(f"There is no folder {file.parent}. Make it first, or name another.")
    data = begun(wishes, options.title or _title(file, wishes))
    content = as_text(data, file.suffix)
    _check(derive(parse(content, file.suffix)), wishes)
    return _Made(content)


def _title(file: Path, wishes: Sequence[Wish]) -> str:
    words = words_of(file.stem)
    if {*map(str.lower, words)} <= _NO_TITLES:
        words = [listed([each.items for each in wishes])]
    return f"{sentence(' '.join(words))} API"


def _added(file: Path, options: argparse.Namespace, wishes: Sequence[Wish]) -> _Made:
    if options.title:
        raise Misused(f"{file} has a title, which stays. Leave out --title, or name a new file.")
    content, document = contents(file)
    hold_against_openapi(document)
    with refusing(document):
        before = derive(document)
        made = added(document, wishes)
        _check(derive(Document(made.data)), wishes, before)
    written = changed(content, file.suffix, document, made.data)
    return _Made(written, made.remarks)


def _check(contract: Contract, wishes: Sequence[Wish], before: Contract | None = None) -> None:
    """Check that what is new can be served; faults in the rest were there before."""
    faults: list[ContractError] = list(contract.faults)
    for each in contract.operations.values():
        if any(each.path.startswith(one.path) for one in wishes):
            faults += (*each.faults, *each.objections)
    for fault in faults:
        if before is None or fault not in before.faults:
            raise Misused(f"{fault.reason} {fault.remedy}")


def _words(file: Path, exists: bool, wishes: Sequence[Wish], made: _Made) -> Iterator[str]:
    paths = listed([each.path for each in wishes])
    yield (
        f"{file}: added {paths}, and left the rest as it was"
        if exists
        else (f"{file}: written, with {paths}")
    )
    if made.remarks:
        yield "Have a look at these:"
        yield from (f"  {each}" for each in made.remarks)
    name = shlex.quote(str(file))
    yield "Next:"
    yield f"  todo-api check {name:<26} whether it can be served"
    yield f"  todo-api serve --contract {name:<15} the API, a page and a reference, on this machine"
