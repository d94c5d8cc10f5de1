"""The command `complete`: what it prints, what it writes, and what it refuses."""

import ast
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from infra.complete import REPAIRS
from tests.commands import call
from tests.complete.test_completing import ORDERS, PLANTS
from tests.contracts import ROOT, TODOS


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    return Path(shutil.copy(PLANTS, tmp_path))


def test_a_difference_is_printed_below_what_clients_notice(plants: Path) -> None:
    before = plants.read_bytes()
    done = call("complete", plants.name, cwd=plants.parent)
    assert done.returncode == 0
    assert done.stdout.startswith(
        "Existing clients notice:\n"
        "  2 errors answer with a problem (RFC 9457) instead of their content\n"
    )
    assert "--- plants.yaml\n+++ plants.yaml\n@@ -14," in done.stdout
    assert plants.read_bytes() == before


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch here")
def test_the_difference_is_one_that_patch_takes(plants: Path) -> None:
    difference = call("complete", plants.name, cwd=plants.parent).stdout
    command = ["patch", "-p0", plants.name]
    subprocess.run(command, input=difference, text=True, cwd=plants.parent, check=True)
    by_patch = plants.read_bytes()
    shutil.copy(PLANTS, plants)
    call("complete", plants.name, "--write", cwd=plants.parent)
    assert plants.read_bytes() == by_patch


def test_write_writes_it_and_a_second_time_there_is_nothing_to_write(plants: Path) -> None:
    first = call("complete", plants.name, "--write", cwd=plants.parent)
    assert re.search(r"^plants.yaml: written, \+\d+ -\d+ lines$", first.stdout, re.MULTILINE)
    again = call("complete", plants.name, "--write", cwd=plants.parent)
    assert again.stdout == "plants.yaml: nothing to write\n"
    assert call("check", plants.name, cwd=plants.parent).returncode == 0


def test_a_file_keeps_its_rights_and_its_other_name(plants: Path) -> None:
    plants.chmod(0o640)
    link = plants.with_name("link.yaml")
    link.symlink_to(plants)
    call("complete", link.name, "--write", cwd=plants.parent)
    assert link.is_symlink()
    assert stat.S_IMODE(plants.stat().st_mode) == 0o640
    assert "operationId: listPlants" in plants.read_text("utf-8")
    assert sorted(each.name for each in plants.parent.iterdir()) == ["link.yaml", "plants.yaml"]


BOMB = b"a0: &a0 [x, x]\n" + b"".join(
    b"a%d: &a%d [*a%d, *a%d]\n" % (number, number, number - 1, number - 1)
    for number in range(1, 40)
)

REFUSED = {
    "swagger": (b"swagger: '2.0'\n", "Convert it: npx swagger2openapi FILE."),
    "files": (b"openapi: 3.0.3\npaths: {/a: {$ref: 'b.yaml#/c'}}\n", "npx @redocly/cli bundle"),
    "no paths": (b"openapi: 3.0.3\ninfo: {title: A, version: '1'}\n", '"paths" is a required'),
    "version": (b"openapi: 4.0.0\npaths: {}\n", "Write the contract as OpenAPI 3.0.3 or 3.1.0"),
    "empty": (b"", "Start it with 'openapi: 3.0.3'."),
    "list": (b"- 1\n", "Start it with 'openapi: 3.0.3'."),
    "latin-1": (b"a: \xe9\n", "Correct the file."),
    "tabs": (b"a:\n\tb: c\n", "Correct the file."),
    "circle": (b"a: &a [*a]\n", ""),
    "deep": (b"a: " + b"[" * 200 + b"]" * 200, "Move parts to components."),
    "deeper": (b"a: " + b"[" * 20_000, "Move parts to components."),
    "bomb": (BOMB, "Use fewer aliases."),
    "large": (b"a: " + b"x" * 10_000_000, "The file is larger than 1,000,000 bytes."),
    "twice": (b"a: 1\na: 2\n", "Correct the file."),
    "documents": (b"--- 1\n--- 2\n", "Correct the file."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_remedy(tmp_path: Path, name: str) -> None:
    content, remedy = REFUSED[name]
    file = tmp_path / "it.yaml"
    file.write_bytes(content)
    done = call("complete", "it.yaml", "--write", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert remedy in done.stderr
    assert done.stderr.startswith("it.yaml")
    assert file.read_bytes() == content


def test_what_does_not_fit_into_the_text_is_told_with_its_line(tmp_path: Path) -> None:
    """A merge key brings a media type, and nothing beside it can take that away."""
    file = tmp_path / "it.yaml"
    file.write_text(
        "openapi: 3.0.3\n"
        "info: {title: A, version: '1'}\n"
        "x-xml: &xml\n"
        "  application/xml: {}\n"
        "paths:\n"
        "  /rooms:\n"
        "    get:\n"
        "      responses:\n"
        "        '200':\n"
        "          description: Rooms\n"
        "          content:\n"
        "            <<: *xml\n"
        "            application/json: {schema: {type: string}}\n"
    )
    before = file.read_bytes()
    done = call("complete", "it.yaml", "--write", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("it.yaml:11: ")
    assert "so nothing was written" in done.stderr
    assert file.read_bytes() == before


@pytest.mark.parametrize("file", [PLANTS, ORDERS, TODOS], ids=lambda file: file.stem)
def test_windows_line_ends_stay(tmp_path: Path, file: Path) -> None:
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    call("complete", copy.name, "--write", "--concurrency", cwd=tmp_path)
    written = copy.read_bytes()
    assert b"If-Match" in written
    assert written.count(b"\n") == written.count(b"\r\n")


def test_what_check_says_that_complete_does_it_does() -> None:
    """Of every fault whose remedy promises it."""
    kinds = set()
    for path in (ROOT / "service" / "contract").glob("*.py"):
        for call_ in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call_, ast.Call) and "'todo-api complete'" in ast.unparse(call_):
                kinds |= {each.value for each in call_.args if isinstance(each, ast.Constant)}
    kinds = {str(each) for each in kinds if re.fullmatch(r"[a-z]+(-[a-z]+)+|[a-z]+", str(each))}
    assert kinds == set(REPAIRS)
