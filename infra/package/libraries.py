"""The third-party code of the zip: fetched for Lambda's platform, pruned, compiled.

`locks/lambda.txt` says what there is, hash by hash. What no request can reach is left out.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from uv import find_uv_bin

from infra.package import standin
from infra.package.runtimes import CannotPackage, wheel_platform

LOCK = Path(__file__).parents[2] / "locks" / "lambda.txt"

TASK = "/var/task/"
"""Where Lambda unpacks the zip: the folder that traces name."""

STAND_INS = (
    "httpx.py",  # Connexion's OAuth asks the issuer of a token with it
    "jinja2.py",  # Connexion's templates in a contract, and its Swagger UI
    "requests.py",  # Connexion's references to other hosts
    "starlette/testclient.py",
    "werkzeug/__init__.py",  # only `werkzeug.local` is used
    "yaml.py",  # Lambda has the contract as JSON
)
"""Modules that are imported and never used: `standin` takes the place of each."""

_LEFT_OUT = (
    *("httpx", "jinja2", "requests", "yaml"),
    *("_yaml", "certifi", "charset_normalizer", "h11", "httpcore", "idna"),  # what those import
    *(".lock", "*.dist-info", "bin"),  # nobody asks for the version of a package
    *("**/tests", "**/*.pyi", "**/py.typed"),
    *("botocore/data", "dateutil/zoneinfo/*.tar.gz"),
    *("connexion/cli.py", "connexion/__main__.py", "jsonschema/cli.py", "jsonschema/__main__.py"),
    *("jsonschema/benchmarks", "markupsafe/*.c", "multipart", "werkzeug/debug"),
)
"""Patterns of what the wheels bring and no request reaches."""

_DATA = (
    "dynamodb/2012-08-10/service-2.json.gz",
    "endpoints.json",
    "sdk-default-configuration.json",
)
"""What is kept of botocore's data: all that a DynamoDB client with standard retries reads."""

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


def put_libraries(folder: Path, python: Path, runtime: str, architecture: str) -> None:
    """Fill an empty folder with all that the function imports from others, compiled.

    Raises:
        CannotPackage: uv could not fetch the wheels.
    """
    fetch(folder, python, runtime, architecture)
    data = {name: (folder / "botocore/data" / name).read_bytes() for name in _DATA}
    _prune(folder)
    for name, content in data.items():
        _write(folder / "botocore/data" / name, content)
    for name in STAND_INS:
        _write(folder / name, Path(standin.__file__).read_bytes())
    compile_tree(folder, python)


def fetch(folder: Path, python: Path, runtime: str, architecture: str) -> None:
    """Put the wheels into a folder as they are. Raises CannotPackage."""
    platform = wheel_platform(runtime, architecture)
    version = runtime.removeprefix("python")
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    options += ["--python-platform", platform, "--python-version", version, "--python", str(python)]
    done = subprocess.run(  # noqa: S603
        [find_uv_bin(), "pip", "install", "--quiet", *options, "--target", folder, "-r", LOCK],
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


def _prune(folder: Path) -> None:
    for path in list(_left_out(folder)):
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
