"""What is in the zip, and that the same always makes the same zip."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import botocore
import orjson
import pytest

from infra.package import MOST_BYTES, Package, default_runtime, package, table
from infra.package.data import cut
from infra.package.libraries import LOCK, STAND_INS, TASK
from service.contract.derivation import derive
from service.contract.document import Document, read
from tests.benchmarks.packaged import MAKING, this_architecture
from tests.contracts import ROOT, TODOS, load

Contents = dict[str, bytes]

LIBRARIES = {
    *("awsgi", "botocore", "connexion", "dateutil", "inflection", "jmespath", "jsonschema_rs"),
    *("orjson", "six", "starlette", "urllib3"),
}

KEPT = cut(Path(botocore.__file__).parent)
"""What is kept of botocore's data, by name."""

_ELSEWHERE = """
import os, sys
from pathlib import Path
from infra.package import package
from tests.contracts import load
os.umask(0o077)
print(package(load(Path(sys.argv[1])), sys.argv[2], sys.argv[3], Path(sys.argv[4])).sha256)
"""


def test_the_same_makes_the_same_bytes_in_another_folder_and_environment(
    made: Package, tmp_path: Path
) -> None:
    environ = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    folder = tmp_path / "another folder"
    printed = subprocess.check_output(
        [sys.executable, "-c", _ELSEWHERE, TODOS, default_runtime(), this_architecture(), folder],
        env={**environ, "PYTHONOPTIMIZE": "2", "PYTHONPYCACHEPREFIX": str(tmp_path / "cache")},
        cwd=ROOT,
        text=True,
    )
    assert printed.strip() == made.sha256


def test_a_changed_contract_changes_nothing_but_the_contract(
    made: Package, contents: Contents
) -> None:
    data = {**load(TODOS).document.data, "info": {"title": "Other", "version": "2"}}
    other = package(derive(Document(data)), default_runtime(), this_architecture(), MAKING)
    assert other.sha256 != made.sha256
    assert other.path != made.path
    with ZipFile(other.path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    different = {name for name, content in found.items() if contents[name] != content}
    assert found.keys() == contents.keys()
    assert different == {"openapi.json"}


def test_zips_of_the_last_hour_are_kept_and_older_ones_go(made: Package, tmp_path: Path) -> None:
    for library in MAKING.glob("libraries-*.zip"):
        shutil.copy(library, tmp_path)
    old, young = tmp_path / "function-old.zip", tmp_path / "function-young.zip"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    again = package(load(TODOS), default_runtime(), this_architecture(), tmp_path)
    assert set(tmp_path.glob("function-*.zip")) == {young, again.path}
    assert again.sha256 == made.sha256


def test_the_contract_is_in_it_as_json(contents: Contents) -> None:
    assert orjson.loads(contents["openapi.json"]) == read(TODOS).data


def test_no_entry_tells_of_the_day_or_the_user(made: Package) -> None:
    with ZipFile(made.path) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    names = [entry.filename for entry in entries]
    assert len(names) == len(set(names))


def test_every_module_has_bytecode_that_is_never_held_against_its_source(
    contents: Contents,
) -> None:
    """PEP 552: flags 0b01 mean a hash of the source that nobody checks."""
    compiled = [content for name, content in contents.items() if name.endswith(".pyc")]
    sources = [name for name in contents if name.endswith(".py")]
    assert len(compiled) == len(sources)
    assert {content[4:8] for content in compiled} == {b"\x01\0\0\0"}


def test_traces_name_the_places_of_lambda(contents: Contents) -> None:
    name = f"service/__pycache__/wsgi.{sys.implementation.cache_tag}.pyc"
    assert f"{TASK}service/wsgi.py".encode() in contents[name]
    assert not any(os.fsencode(MAKING) in content for content in contents.values())


def test_it_holds_what_the_function_needs_and_nothing_else(contents: Contents) -> None:
    tops = {name.removeprefix("__pycache__/").partition("/")[0] for name in contents}
    stand_ins = {name.removesuffix(".py").partition("/")[0] for name in STAND_INS}
    assert {top.partition(".")[0] for top in tops} == LIBRARIES | stand_ins | {"service", "openapi"}
    data = {name for name in contents if name.startswith("botocore/data/")}
    assert data == {f"botocore/{name}" for name in KEPT if name.startswith("data/")}
    for name in contents:
        assert "/tests/" not in name
        assert not name.endswith((".pyi", ".dist-info/METADATA", "py.typed"))


def test_the_whole_service_is_in_it(contents: Contents) -> None:
    sources = {path.relative_to(ROOT).as_posix(): path for path in ROOT.glob("service/**/*.py")}
    assert {name for name in contents if name.startswith("service/") and name.endswith(".py")} == (
        sources.keys()
    )
    assert all(contents[name] == path.read_bytes() for name, path in sources.items())


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_stands_for_a_module_that_there_is(name: str) -> None:
    """Otherwise it would stay when nobody imports the module any more."""
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert find_spec(module)


@pytest.mark.parametrize(
    ("library", "wanted_by"),
    [
        ("anyio", {"httpx", "starlette"}),
        ("asgiref", {"connexion"}),
        ("attrs", {"jsonschema", "referencing"}),
        ("certifi", {"httpcore", "httpx", "requests"}),
        ("charset-normalizer", {"requests"}),
        ("h11", {"httpcore"}),
        ("httpcore", {"httpx"}),
        ("httpx", {"connexion"}),
        ("idna", {"anyio", "httpx", "requests"}),  # AnyIO: to resolve names, which it never does
        ("jinja2", {"connexion"}),
        ("jsonschema", {"connexion"}),
        ("jsonschema-specifications", {"jsonschema"}),
        ("markupsafe", {"jinja2", "werkzeug"}),
        ("python-multipart", {"connexion"}),
        ("pyyaml", {"connexion"}),
        ("referencing", {"jsonschema", "jsonschema-specifications"}),
        ("requests", {"connexion"}),
        ("typing-extensions", {"anyio", "connexion", "referencing", "starlette"}),
        ("rpds-py", {"jsonschema", "referencing"}),
        ("werkzeug", {"connexion"}),
    ],
)
def test_a_library_is_left_out_only_while_nobody_else_wants_it(
    library: str, wanted_by: set[str]
) -> None:
    """A new dependency that needs one of these has to be looked at."""
    [entry] = re.findall(rf"^{library}==(?:.*\n)(?: .*\n)*", LOCK.read_text(), re.MULTILINE)
    _, _, via = entry.partition("# via")
    assert set(re.findall(r"[a-z][a-z0-9-]+", via)) == wanted_by


def test_it_is_small_and_the_table_tells_what_takes_how_much(made: Package) -> None:
    size = made.path.stat().st_size
    assert size <= MOST_BYTES
    assert sum(made.sizes.values()) == size - 22  # the record that ends a zip
    lines = table(made).splitlines()
    assert len(lines) == len(made.sizes) + 1
    assert lines[0].split()[0] == "jsonschema_rs"
    assert lines[-1].endswith("kB of 12,000 kB")
