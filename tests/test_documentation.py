"""What the README says is so."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from infra.check import check
from infra.cli import main
from infra.gateway.claims import UNPROVEN
from infra.skeletons import skeletons
from service.binding import bind
from service.contract.derivation import derive
from service.contract.document import read
from service.contract.security import Access, Kind
from tests.contracts import ACTIONS, CUSTOMERS, ROOT, SHIPPED
from tests.servers import serve

README = (ROOT / "README.md").read_text("utf-8")
DOCS = [README, *(page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md")))]
URL = "http://127.0.0.1:8000"


def blocks(language: str, text: str = README) -> Iterator[str]:
    for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield found[1]


def conversation() -> list[tuple[str, str]]:
    """The commands of the console blocks, each with the answer that stands below it."""
    text = "".join(blocks("console"))
    steps = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    parts = [re.match(r"((?:[^\n]*\\\n)*[^\n]*)(.*)", step, re.DOTALL) for step in steps]
    return [(part[1], part[2].strip()) for part in parts if part]


def masked(text: str) -> str:
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)


@pytest.mark.shipped
def test_the_calls_of_the_guide_answer_as_the_readme_shows(tmp_path: Path) -> None:
    steps = conversation()
    assert len(steps) == 7
    with serve(SHIPPED, f"sqlite:///{tmp_path}/items.db") as server:
        script = "\necho '----'\n".join(command for command, _ in steps)
        done = subprocess.run(
            ["bash", "-e"], input=script.replace(URL, server.url), capture_output=True, text=True,
            check=True,
        )  # fmt: skip
    answers = [answer.strip() for answer in done.stdout.split("----\n")]
    for (command, expected), answer in zip(steps, answers, strict=True):
        assert masked(answer) == masked(expected), command


COMMANDS = [
    line.split("#")[0].strip()
    for text in DOCS
    for block in blocks("sh", text)
    for line in block.splitlines()
]
COMMANDS += [
    " ".join(each.split()) for text in DOCS for each in re.findall(r"`(\.venv/bin/[^`]*)`", text)
]


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.startswith(".venv/bin/todo-api")]
)
def test_every_command_of_the_readme_is_understood(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its words are parsed; what it would do is tested where it is done."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name, contract in (("openapi.yaml", SHIPPED), ("petstore.yaml", CUSTOMERS)):
        shutil.copy(contract, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "infra.cli._with_contract", lambda options, _: int(not options.contract.is_file())
    )
    monkeypatch.setattr("infra.cli._serve_again_and_again", lambda *_: 0)
    monkeypatch.setattr("infra.cli._on_aws", lambda *_: 0)
    monkeypatch.setattr("infra.cli._on_files", lambda _: 0)
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/todo-api"
    assert main(arguments) == 0


TARGETS = {name for text in DOCS for name in re.findall(r"(?m)(?:^|`)make ([a-z-]+)\b", text)}


PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += (ROOT / "docs").glob("*.md")
LINKS = {
    page.parent / link.split("#")[0]
    for page in PAGES
    for link in re.findall(r"\]\((?!https?:)([^)#]+(?:#[^)]*)?)\)", page.read_text("utf-8"))
}


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`([a-z_.]+(?:/[a-z_.]+)+/?)`", "".join(DOCS))))
)
def test_every_file_that_the_readme_names_exists(path: str) -> None:
    assert (ROOT / path).exists() or path.startswith("data/")


def test_the_function_of_the_readme_answers_as_it_says(tmp_path: Path) -> None:
    """Beside those that the same contract wants for its other operations."""
    (shown,) = blocks("python")
    assert len([line for line in shown.splitlines() if line]) == 8
    contract = tmp_path / ACTIONS.name
    contract.write_bytes(ACTIONS.read_bytes())
    derived = check(ACTIONS)
    others = [derived.operations[each] for each in ("health", "clearTodos")]
    contract.with_suffix(".py").write_text(f"{shown}\n\n{skeletons(others, derived)}")
    with serve(contract, f"sqlite:///{tmp_path}/items.db") as server:
        made = server.request("POST", "/todos", {"title": "Learn AWS"})
        answers = [server.request("POST", f"/todos/{made.json['id']}/complete") for _ in range(2)]
        assert [each.status for each in answers] == [200, 409]
        assert answers[1].json["title"] == "The to-do is done already"
        assert server.get("/health").json["title"] == "Nobody has written this operation yet"
        assert server.get("/health").status == 501


@pytest.mark.shipped
def test_four_lines_close_the_to_dos() -> None:
    (shown,) = blocks("yaml")
    lines = YAML(typ="safe").load(shown)
    document = read(SHIPPED)
    document.data["security"] = lines["security"]
    document.data["paths"]["/todos"] |= lines["paths"]["/todos"]
    document.data["components"] |= lines["components"]
    closed = bind(derive(document))
    asked = {each.access for each in closed.operations.values()}
    assert asked == {Access(Kind.PERSON, ("todos/read",))}
    assert closed.collections["todos"].owned


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_what_only_an_account_can_show_stands_in_the_docs() -> None:
    page = (ROOT / "docs/unproven.md").read_text("utf-8")
    listed = [line.removeprefix("- ") for line in page.splitlines() if line.startswith("- ")]
    assert listed == list(UNPROVEN)


@pytest.mark.parametrize("target", sorted(LINKS))
def test_every_link_between_the_pages_leads_somewhere(target: Path) -> None:
    assert target.exists()
