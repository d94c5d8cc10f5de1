"""The workflows run what the Makefile has, with nothing that could change under them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.clients.toolchains.programs import JAVA_MISSING
from tests.contracts import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
named = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path)["jobs"]
    return found


@named
def test_every_action_is_pinned_by_its_hash(path: Path) -> None:
    uses = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert uses
    for each in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", each), each


@named
def test_a_workflow_may_only_read_unless_a_job_says_more(path: Path) -> None:
    workflow = YAML(typ="safe").load(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert job.get("permissions", {}) in ({}, {"contents": "write"})
        assert job["timeout-minutes"] <= 60


def test_every_job_runs_what_the_makefile_has() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?m)^([a-z0-9-]+):.*##", makefile))
    run = {
        found
        for path in WORKFLOWS
        for job in jobs(path).values()
        for step in job["steps"]
        for found in re.findall(r"^make ([a-z0-9-]+)$", step.get("run", ""))
    }
    run |= set(jobs(WORKFLOWS[0])["make"]["strategy"]["matrix"]["target"])
    assert run <= targets
    assert {"check", "test", "contract", "e2e", "browsers", "clients", "kills", "audit"} <= run


def test_the_job_of_clients_installs_the_jdk_that_they_need() -> None:
    """Without one `make clients` skips those of openapi-generator, and passes."""
    steps = jobs(WORKFLOWS[0])["make"]["steps"]
    (install,) = (each["run"] for each in steps if each.get("if") == "matrix.target == 'clients'")
    package = JAVA_MISSING.rpartition(" ")[2].rstrip(")")
    assert package in install.split()
    assert [each.get("run") for each in steps].index(install) < len(steps) - 1


def test_every_python_of_lambda_is_tested() -> None:
    from infra.package.runtimes import RUNTIMES

    pythons = jobs(WORKFLOWS[0])["test"]["strategy"]["matrix"]["python"]
    assert [f"python{each}" for each in pythons] == list(RUNTIMES)
