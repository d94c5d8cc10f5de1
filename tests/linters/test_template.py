"""What cfn-lint and checkov say of the template."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contracts import ALL, TODOS
from tests.contracts.closed import closed_file
from tests.deploy.templates import EVERYTHING, once_closed, rendered, resolved, write
from tests.linters.cfn_lint import findings

ANSWERED = {("ApiStage", "CKV_AWS_73"), ("Table", "CKV_AWS_119")}
"""What checkov has to say, and no longer where the extras are on."""

CHECKOV = Path(sys.prefix) / "checkov" / "bin" / "checkov"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_cfn_lint_says_nothing(path: Path) -> None:
    assert findings(rendered(path=path)) == []


@pytest.mark.parametrize("branch", [1, 2])
def test_cfn_lint_would_find_a_fault_on_either_side_of_a_condition(branch: int) -> None:
    template = rendered()
    table = template["Resources"]["Table"]["Properties"]
    table["DeletionProtectionEnabled"]["Fn::If"][branch] = "perhaps"
    assert any("perhaps" in each for each in findings(template))


@pytest.mark.parametrize("schemes", [("person",), ("key",), ("person", "key")], ids="-".join)
def test_cfn_lint_says_nothing_of_a_closed_stage(tmp_path: Path, schemes: tuple[str, ...]) -> None:
    assert findings(rendered(path=closed_file(tmp_path / "closed.json", *schemes))) == []


def test_cfn_lint_says_nothing_of_a_stage_that_was_closed_once() -> None:
    assert findings(once_closed()) == []


@dataclass(frozen=True)
class Checkov:
    """What checkov says of the template, and of the same without its suppressions."""

    failed: dict[str, set[tuple[str, str]]]
    """By the file's name: the logical id and the check."""
    comments: list[str]
    passed: int


@pytest.fixture(scope="module")
def checkov(tmp_path_factory: pytest.TempPathFactory) -> Checkov:
    """One run, as it takes ten seconds, over five files: an open stage without access logs, and one
    with them that is closed to all but people with a key; and over what CloudFormation makes of
    everything, as checkov looks at nothing whose condition does not hold by default."""
    assert CHECKOV.exists(), (
        "Run `make .venv/checkov/ready`, which `make templates` does by itself."
    )
    folder = tmp_path_factory.mktemp("checkov")
    files = []
    closed = closed_file(folder / "closed.json", "person", "key")
    for logs, path in (("off", TODOS), ("on", closed)):
        template = rendered(path=path)
        template["Parameters"]["AccessLogs"]["Default"] = logs
        files.append(write(template, folder / f"ours-{logs}.json"))
        for resource in template["Resources"].values():
            resource.pop("Metadata", None)
        files.append(write(template, folder / f"bare-{logs}.json"))
    made = resolved(rendered(EVERYTHING), EVERYTHING)
    for resource in made.values():
        resource.pop("Metadata", None)
    files.append(write({"Resources": made}, folder / "everything.json"))
    command: list[str | Path] = [
        CHECKOV,
        *(f"--file={file}" for file in files),
        "--framework=cloudformation",
    ]
    ended = subprocess.run(
        [*command, "--skip-download", "--output=json"],
        capture_output=True,
        timeout=300,
        check=False,
    )
    told = json.loads(ended.stdout)
    assert told["summary"]["parsing_errors"] == 0
    failed: dict[str, set[tuple[str, str]]] = {file.stem: set() for file in files}
    for each in told["results"]["failed_checks"]:
        name = each["resource"].rpartition(".")[2]
        failed[Path(each["file_path"]).stem].add((name, each["check_id"]))
    skipped = told["results"]["skipped_checks"]
    return Checkov(
        failed,
        [each["check_result"]["suppress_comment"] for each in skipped],
        told["summary"]["passed"],
    )


def test_checkov_says_nothing(checkov: Checkov) -> None:
    assert checkov.failed["ours-off"] == checkov.failed["ours-on"] == set()
    assert checkov.passed >= 4 * 24


def test_every_suppression_has_a_reason_and_still_suppresses_something(checkov: Checkov) -> None:
    """One that is no longer needed would hide the next fault."""
    written = {
        (name, each["id"])
        for name, resource in rendered()["Resources"].items()
        for each in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }
    bare = (checkov.failed[name] for name in ("bare-off", "bare-on", "everything"))
    assert written == set().union(*bare)
    assert min(map(len, checkov.comments)) > 40


def test_an_extra_answers_what_was_waived_without_it(checkov: Checkov) -> None:
    assert checkov.failed["bare-off"] >= ANSWERED
    assert not checkov.failed["everything"] & ANSWERED
