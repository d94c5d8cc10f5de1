"""The file of functions: where it is, and what is in it.

It has the contract's name: `openapi.py`, or a folder `openapi` with an `__init__.py`, beside
`openapi.yaml`. It is loaded from there, always under the same module name: it is not looked up on
`sys.path`, where a contract called `requests.yaml` would find something else.
"""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from service.contract.document import ContractError

Function = Callable[..., Any]

NAME = "contract_functions"
"""The module's name, whatever the contract's file is called."""


@dataclass(frozen=True)
class Functions:
    """The functions in the file; none, and a fault, if it cannot be loaded."""

    file: Path
    module: ModuleType | None = None
    faults: tuple[ContractError, ...] = ()

    @property
    def public(self) -> Iterator[tuple[str, Function]]:
        """The functions that are defined there and have no leading underscore."""
        for name, each in vars(self.module).items() if self.module else ():
            if inspect.isfunction(each) and not name.startswith("_") and _is_own(each.__module__):
                yield name, each

    @property
    def classes(self) -> Iterator[type]:
        for each in vars(self.module).values() if self.module else ():
            if isinstance(each, type) and _is_own(each.__module__):
                yield each


class FileFault(ContractError):
    """A fault in the file of functions, with its line."""

    def __init__(self, file: Path, line: int, reason: str, remedy: str) -> None:
        super().__init__((f"{file.name}:{line}",), reason, remedy, "function")
        self.file = file
        self.line = line


def beside(contract: Path) -> list[Path]:
    """What there is beside a contract's file: a file of functions, a folder, or both by mistake."""
    file, folder = contract.with_suffix(".py"), contract.with_suffix("")
    return [each for each in (file, folder) if _holds_functions(each)]


def load(contract: Path) -> Functions | None:
    """The functions beside a contract's file; None if there is no such file.

    Functions loaded earlier, of any contract, leave `sys.modules` but keep working.
    """
    found = beside(contract)
    if not found:
        return None
    file, *others = found
    if others:
        reason = f"There are a file {file.name} and a folder {others[0].name}."
        return Functions(file, faults=(FileFault(file, 1, reason, "Keep one of them."),))
    return _loaded(file if file.is_file() else file / "__init__.py")


def _holds_functions(path: Path) -> bool:
    return path.is_file() if path.suffix == ".py" else (path / "__init__.py").is_file()


class _Loader(SourceFileLoader):
    """Reads bytecode that is shipped, and writes none: two edits may fall into one second."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        pass


def _loaded(file: Path) -> Functions:
    for name in [each for each in sys.modules if _is_own(each)]:
        del sys.modules[name]
    try:
        return Functions(file, _executed(file))
    except (Exception, SystemExit) as error:
        sys.modules.pop(NAME, None)
        return Functions(file, faults=(_broken(file, error),))


def _executed(file: Path) -> ModuleType:
    loader = _Loader(NAME, str(file))
    folder = [str(file.parent)] if file.name == "__init__.py" else None
    spec = spec_from_file_location(NAME, file, loader=loader, submodule_search_locations=folder)
    module = module_from_spec(cast(ModuleSpec, spec))
    sys.modules[NAME] = module
    loader.exec_module(module)
    return module


def _broken(file: Path, error: BaseException) -> FileFault:
    """The fault, with the last line of the author's own code in the traceback."""
    reason = f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".")
    if isinstance(error, SyntaxError):
        where = Path(error.filename or file)
        return FileFault(where, error.lineno or 1, f"{type(error).__name__}: {error.msg}.", _MEND)
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if _is_of(file, Path(each.filename))]
    line, where = (own[-1].lineno or 1, Path(own[-1].filename)) if own else (1, file)
    remedy = _INSTALL if isinstance(error, ModuleNotFoundError) else _MEND
    return FileFault(where, line, f"It cannot be loaded: {reason}.", remedy)


_MEND = "Correct it."
_INSTALL = "Install it here, and list it with its hashes beside the contract, in a file .txt."


def _is_of(file: Path, source: Path) -> bool:
    return source.is_relative_to(file.parent) if file.name == "__init__.py" else source == file


def _is_own(module: str | None) -> bool:
    return module is not None and (module == NAME or module.startswith(f"{NAME}."))
