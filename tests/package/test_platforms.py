"""Lambda's runtimes and processors: each library's machine code fits, whatever packs it."""

import re
import struct
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from infra.package import (
    ARCHITECTURES,
    RUNTIMES,
    CannotPackage,
    default_architecture,
    default_runtime,
    package,
)
from infra.package.libraries import fetch
from tests.contracts import ROOT, TODOS, load

MACHINES = {"arm64": 183, "x86_64": 62}
"""`e_machine` of an ELF file: EM_AARCH64, EM_X86_64."""

NOT_TO_BE_HAD = {("python3.11", "arm64")}
EVERY = sorted(set(product(RUNTIMES, ARCHITECTURES)) - NOT_TO_BE_HAD)


@pytest.mark.parametrize(("runtime", "architecture"), EVERY)
def test_all_machine_code_fits_the_runtime(runtime: str, architecture: str, tmp_path: Path) -> None:
    fetch(tmp_path, Path(sys.executable), runtime, architecture)
    libraries = list(tmp_path.rglob("*.so"))
    assert {path.parent.name for path in libraries} >= {"jsonschema_rs", "orjson", "rpds"}
    for path in libraries:
        assert list(misfits(path, runtime, architecture)) == [], path.name


def misfits(path: Path, runtime: str, architecture: str) -> Iterator[str]:
    """Why a shared library would not load in Lambda."""
    content = path.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01":
        yield "no little-endian 64-bit ELF"
    if struct.unpack_from("<H", content, 18)[0] != MACHINES[architecture]:
        yield "another processor"
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", content)
    if max((int(major), int(minor)) for major, minor in found) > RUNTIMES[runtime].glibc:
        yield "a later glibc"
    tag = f".cpython-{runtime.removeprefix('python').replace('.', '')}-"
    if tag not in path.name and not path.name.endswith(".abi3.so"):
        yield "another Python"


def test_what_does_not_fit_is_noticed(tmp_path: Path) -> None:
    fetch(tmp_path, Path(sys.executable), "python3.13", "arm64")
    [schemas] = tmp_path.glob("jsonschema_rs/*.so")
    [json] = tmp_path.glob("orjson/*.so")
    assert list(misfits(json, "python3.13", "arm64")) == []
    assert list(misfits(json, "python3.12", "x86_64")) == ["another processor", "another Python"]
    assert list(misfits(schemas, "python3.11", "arm64")) == ["a later glibc"]


@pytest.mark.parametrize(("runtime", "architecture"), sorted(NOT_TO_BE_HAD))
def test_a_library_without_a_wheel_is_told(runtime: str, architecture: str, tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match=r"(?s)jsonschema-rs.*choose another runtime"):
        fetch(tmp_path, Path(sys.executable), runtime, architecture)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_processor_is_the_cheaper_one_if_it_can_be(runtime: str) -> None:
    chosen = default_architecture(runtime)
    assert (runtime, chosen) not in NOT_TO_BE_HAD
    assert chosen == "arm64" or (runtime, "arm64") in NOT_TO_BE_HAD


def test_the_runtime_is_this_pythons_unless_another_is_asked_for() -> None:
    assert default_runtime() == f"python3.{sys.version_info.minor}"


@pytest.mark.parametrize("runtime", ["python3.10", "python3.99", "nodejs24.x", ""])
def test_a_runtime_that_lambda_lacks_is_refused(runtime: str, tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match=r"Choose one of python3\.11 \(patched until 2027"):
        package(load(TODOS), runtime, "arm64", tmp_path)


def test_a_processor_that_lambda_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match=r"'riscv64'\. Choose arm64 or x86_64"):
        package(load(TODOS), default_runtime(), "riscv64", tmp_path)


def test_a_python_that_this_machine_lacks_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = next(name for name in RUNTIMES if name != default_runtime())
    with pytest.raises(CannotPackage, match=f"uv python install {missing[6:]}`"):
        package(load(TODOS), missing, "x86_64", tmp_path)


def test_an_index_that_cannot_be_reached_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"UV_CACHE_DIR": str(tmp_path / "cache"), "UV_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotPackage, match="Look at the connection to the package index"):
        package(load(TODOS), default_runtime(), "x86_64", tmp_path / "dist")


def test_the_workflow_runs_every_python_that_lambda_offers() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    job = workflow["jobs"]["test"]
    assert [f"python{each}" for each in job["strategy"]["matrix"]["python"]] == [*RUNTIMES]
