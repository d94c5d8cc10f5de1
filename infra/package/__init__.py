"""The Lambda function's zip: its bytes depend on its content, and on nothing else.

In it are the service, the contract as JSON, and the libraries of `locks/lambda.txt` for one
runtime and one processor. Its handler is `service.lambda_function.handler`.
"""

import shutil
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from subprocess import check_output
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from infra.package.libraries import LOCK, NOTHING_MORE, More, compile_tree, put_libraries
from infra.package.runtimes import (
    ARCHITECTURES,
    RUNTIMES,
    CannotPackage,
    default_architecture,
    default_runtime,
    interpreter,
    wheel_platform,
)
from service.contract.model import Contract

__all__ = [
    "ARCHITECTURES", "HANDLER", "RUNTIMES",
    "CannotPackage", "More", "Package",
    "default_architecture", "default_runtime", "package", "table",
]  # fmt: skip

HANDLER = "service.lambda_function.handler"

MOST_BYTES = 12_000_000
"""The larger the zip, the slower a cold start. Lambda itself allows 50 MB."""

_YOUNG_SECONDS = 3600

_SERVICE = Path(__file__).parents[2] / "service"


@dataclass(frozen=True)
class Package:
    """A zip that is ready for upload."""

    path: Path
    sha256: str
    """The digest of the file, in hex."""
    sizes: Mapping[str, int]
    """Bytes in the zip by top-level module, the largest first."""


def package(
    contract: Contract,
    runtime: str,
    architecture: str,
    folder: Path,
    more: More = NOTHING_MORE,
) -> Package:
    """Make the zip in a folder, under a name that depends on its content.

    The folder keeps the libraries as well: the next call needs no network, and takes half a second.

    Raises:
        CannotPackage: no such runtime or processor, no Python of that version, no wheels.
    """
    wheel_platform(runtime, architecture)
    python = interpreter(runtime)
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder)
    with TemporaryDirectory(dir=folder, prefix=".making-") as name:
        libraries = _libraries(folder, Path(name), python, runtime, architecture, more)
        _check_routes(contract)
        made = Path(shutil.copyfile(libraries, Path(name) / "function.zip"))
        tree = Path(name) / "function"
        _put_service(tree)
        _put_functions(tree, contract)
        compile_tree(tree, python)
        (tree / "openapi.json").write_bytes(orjson.dumps(contract.document.data))
        _add(tree, made)
        digest = sha256(made.read_bytes()).hexdigest()
        path = made.replace(folder / f"function-{runtime}-{architecture}-{digest[:16]}.zip")
    return Package(path, digest, _sizes(path))


def table(package: Package) -> str:
    """What takes how much space in a zip, as lines of text."""
    total = package.path.stat().st_size
    lines = [f"  {name:26}{size / 1000:>9,.0f} kB\n" for name, size in package.sizes.items()]
    return f"{''.join(lines)}  {'total':26}{total / 1000:>9,.0f} kB of {MOST_BYTES // 1000:,} kB\n"


def _check_routes(contract: Contract) -> None:
    """Let Connexion check here whether it can route by our list, as it does not in Lambda.

    Raises:
        connexion.exceptions.InvalidSpecification: it cannot, which is a fault of this program.
    """
    with warnings.catch_warnings():
        # Connexion imports Starlette's test client, which is not used here.
        warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")
        from connexion.spec import Specification

        from service.application import routes

    Specification.from_dict(routes(contract))


def _forget_old(folder: Path) -> None:
    """Remove earlier zips, except young ones: another command may still be uploading one."""
    for old in folder.glob("function-*.zip"):
        with suppress(FileNotFoundError):  # deleted meanwhile
            if old.stat().st_mtime < time.time() - _YOUNG_SECONDS:
                old.unlink()


def _libraries(
    folder: Path, making: Path, python: Path, runtime: str, architecture: str, more: More
) -> Path:
    """A zip of only the libraries, which is made again only if something about it has changed."""
    kept = folder / f"libraries-{runtime}-{architecture}-{_key(python, more)}.zip"
    if not kept.exists():
        for old in folder.glob(f"libraries-{runtime}-{architecture}-*.zip"):
            old.unlink(missing_ok=True)
        tree = making / "libraries"
        put_libraries(tree, python, runtime, architecture, more)
        _add(tree, making / kept.name)
        (making / kept.name).replace(kept)
    return kept


def _put_service(tree: Path) -> None:
    for source in _SERVICE.rglob("*.py"):
        copy = tree / source.relative_to(_SERVICE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def _put_functions(tree: Path, contract: Contract) -> None:
    for name, content in contract.files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(content)


def _key(python: Path, more: More) -> str:
    """A key for the lock, the code that packages, and the exact Python that compiles."""
    version = check_output([python, "-I", "-S", "-c", "import sys; print(sys.version)"])  # noqa: S603
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    parts = [version, LOCK.read_bytes(), more.content, *(path.read_bytes() for path in sources)]
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()[:16]


def _add(tree: Path, path: Path) -> None:
    """Add the files below a folder to a zip, the same way on every machine and day."""
    with ZipFile(path, "a") as archive:
        for name, file in sorted(_files(tree)):
            entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED, compresslevel=6)


def _files(tree: Path) -> Iterator[tuple[str, Path]]:
    return ((each.relative_to(tree).as_posix(), each) for each in tree.rglob("*") if each.is_file())


def _sizes(path: Path) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    with ZipFile(path) as archive:
        for entry in archive.infolist():
            # Each entry has a header before its content, and one in the directory at the end.
            sizes[_part(entry.filename)] += entry.compress_size + 76 + 2 * len(entry.filename)
    return dict(sizes.most_common())


def _part(name: str) -> str:
    """`service/wsgi.py` is a part of `service`, `__pycache__/six.cpython-311.pyc` of `six`."""
    module = name.removeprefix("__pycache__/").partition("/")[0]
    return module if module.endswith(".json") else module.partition(".")[0]
