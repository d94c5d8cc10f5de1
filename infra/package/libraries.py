"""The third-party code of the zip: fetched for Lambda's platform, pruned, compiled.

`locks/lambda.txt` has all libraries, with their hashes. What no request can reach is left out,
unless the contract's functions ask for it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from uv import find_uv_bin

from infra.package.data import AMAZON_ROOTS, cut
from infra.package.runtimes import CannotPackage, wheel_platform
from infra.package.standins import docstring, empty, jsonschema, local, typing_extensions, unused

LOCK = Path(__file__).parents[2] / "locks" / "lambda.txt"

TASK = "/var/task/"
"""Where Lambda unpacks the zip: the folder that appears in traces."""

_TEST_CLIENT = "starlette/testclient.py"

_UNUSED = (
    *("anyio/__init__.py", "anyio/abc.py", "anyio/to_thread.py"),  # Starlette's threads
    *("asgiref/__init__.py", "asgiref/sync.py"),  # Connexion's, under Flask
    "httpx.py",  # Connexion's OAuth asks the issuer of a token with it
    "jinja2.py",  # Connexion's templates in a contract, and its Swagger UI
    "python_multipart/__init__.py",  # forms
    "python_multipart/exceptions.py",
    "python_multipart/multipart.py",
    "requests.py",  # Connexion's references to other hosts
    _TEST_CLIENT,
    "werkzeug/__init__.py",
    "yaml.py",  # Lambda has the contract as JSON
)
"""Modules that are imported and never used."""

STAND_INS: Mapping[str, ModuleType] = {
    **dict.fromkeys(_UNUSED, unused),
    "botocore/docs/__init__.py": empty,
    "botocore/docs/docstring.py": docstring,
    "jsonschema/__init__.py": jsonschema,
    "jsonschema/exceptions.py": jsonschema,
    "jsonschema/validators.py": jsonschema,
    "typing_extensions.py": typing_extensions,
    "urllib3/http2/__init__.py": empty,
    "werkzeug/local.py": local,
}
"""The replacements of modules."""

_LEFT_OUT = (
    *("anyio", "asgiref", "httpx", "jinja2", "jsonschema", "python_multipart", "requests"),
    *("werkzeug", "yaml"),
    *("_yaml", "certifi", "charset_normalizer", "h11", "httpcore", "idna"),  # what those import
    *("attr", "attrs", "jsonschema_specifications", "markupsafe", "referencing", "rpds"),
    *(".lock", "*.dist-info", "bin"),  # the versions of packages are not needed
    *("**/tests", "**/*.pyi", "**/py.typed"),
    *("botocore/data", "dateutil/zoneinfo/*.tar.gz"),
    *("botocore/docs/bcdoc", "botocore/docs/[!_du]*.py"),  # all but docstring and utils
    *("connexion/cli.py", "connexion/__main__.py", "multipart"),
)
"""Patterns of what the wheels contain and no request reaches."""

_COMPILE = f"""
import sys
from pathlib import Path
from py_compile import PycInvalidationMode, compile

root = Path(sys.argv[1])
for path in sorted(root.rglob("*.py")):
    compile(
        str(path),
        dfile={TASK!r} + path.relative_to(root).as_posix(),
        doraise=True,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
"""


@dataclass(frozen=True)
class More:
    """What a contract's functions need and the service does not."""

    libraries: Path | None = None
    """A list of libraries with their hashes, in the format of pip and uv."""
    services: bool = False
    """Whether they call other services of AWS."""

    @property
    def content(self) -> bytes:
        """A text that changes with what they need."""
        listed = self.libraries.read_bytes() if self.libraries else b""
        return b"services" * self.services + listed


NOTHING_MORE = More()


def put_libraries(
    folder: Path, python: Path, runtime: str, architecture: str, more: More = NOTHING_MORE
) -> None:
    """Fill an empty folder with all third-party code that the function imports, compiled.

    A library that functions ask for is left unchanged; with any library, or another service of
    AWS, all of botocore's data is kept.

    Raises:
        CannotPackage: uv could not fetch the wheels.
    """
    fetch(folder, python, runtime, architecture, more)
    kept = _asked_for(folder, more)
    needed = cut(folder / "botocore")
    if more.libraries or more.services:
        kept.add("botocore")
        needed = {AMAZON_ROOTS: needed[AMAZON_ROOTS]}
    _prune(folder, kept)
    for name, content in needed.items():
        _write(folder / "botocore" / name, content)
    whole = {each.removesuffix(".py") for each in kept}
    for name, module in STAND_INS.items():
        if _stands_for(name) not in whole:
            _write(folder / name, Path(str(module.__file__)).read_bytes())
    compile_tree(folder, python)


def fetch(
    folder: Path, python: Path, runtime: str, architecture: str, more: More = NOTHING_MORE
) -> None:
    """Unpack the wheels into a folder. Raises CannotPackage."""
    platform = wheel_platform(runtime, architecture)
    version = runtime.removeprefix("python")
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    options += ["--python-platform", platform, "--python-version", version, "--python", str(python)]
    lists: list[str | Path] = ["-r", LOCK]
    if more.libraries:
        lists += ["-r", more.libraries]
    done = subprocess.run(  # noqa: S603
        [find_uv_bin(), "pip", "install", "--quiet", *options, "--target", folder, *lists],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotPackage(
            f"The libraries cannot be had for {runtime} on {architecture}. uv says:\n"
            f"{done.stderr.strip()[-2000:]}\n"
            "Look at the connection to the package index. If a wheel is missing for this "
            "platform, choose another runtime or architecture."
        )


def compile_tree(folder: Path, python: Path) -> None:
    """Put the bytecode of every module below a folder beside it.

    It holds the module's path in Lambda and the hash of its source, which is never checked: so
    Python need not look at the source (PEP 552). One fresh process, without randomness, writes
    the same bytes each time.
    """
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(  # noqa: S603
        [python, "-S", "-P", "-W", "ignore", "-c", _COMPILE, folder],
        env={**environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
        check=True,
    )


def _asked_for(folder: Path, more: More) -> set[str]:
    """The top-level entries of the libraries that functions ask for."""
    if more.libraries is None:
        return set()
    names = {_canonical(name) for name in _PINNED.findall(more.libraries.read_text("utf-8"))}
    return {
        line.partition("/")[0].partition(",")[0]
        for record in folder.glob("*.dist-info/RECORD")
        if _canonical(record.parent.name.partition("-")[0]) in names
        for line in record.read_text("utf-8").splitlines()
    }


_PINNED = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:\[.*?\]\s*)?==", re.MULTILINE)


def _canonical(name: str) -> str:
    """A distribution's name, as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _stands_for(name: str) -> str:
    """The library that a stand-in replaces. Nothing in Lambda uses a test client."""
    return "" if name == _TEST_CLIENT else name.partition("/")[0].removesuffix(".py")


def _prune(folder: Path, kept: Collection[str]) -> None:
    for path in list(_left_out(folder)):
        if path.relative_to(folder).parts[0] in kept:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _left_out(folder: Path) -> Iterator[Path]:
    for pattern in _LEFT_OUT:
        yield from folder.glob(pattern)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link to the very file in uv's cache
    path.write_bytes(content)
