"""The service as it is deployed: its zip, unpacked, with the benchmark beside it."""

import compileall
import platform
import shutil
from pathlib import Path
from zipfile import ZipFile

from infra.package import default_runtime, package
from tests.benchmarks.venvs import ROOT
from tests.contracts import TODOS, load

MAKING = ROOT / ".venv" / "package"
"""The folder that zips are made in; it keeps the libraries."""

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}


def this_architecture() -> str:
    """Lambda's word for the processor of this machine."""
    return _ARCHITECTURES[platform.machine()]


def unpack(folder: Path) -> Path:
    """Unpack the zip for this machine, so for Linux, and put the benchmark into it.

    Raises:
        infra.package.CannotPackage: there are no libraries for it.
    """
    made = package(load(TODOS), default_runtime(), this_architecture(), MAKING)
    with ZipFile(made.path) as archive:
        archive.extractall(folder)
    shutil.copytree(
        ROOT / "tests" / "benchmarks", folder / "tests" / "benchmarks",
        ignore=shutil.ignore_patterns("__pycache__", "test_*"),
    )  # fmt: skip
    (folder / "tests" / "__init__.py").touch()
    compileall.compile_dir(folder / "tests", quiet=1)
    return folder
