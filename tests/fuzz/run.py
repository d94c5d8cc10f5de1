"""One Schemathesis run over an API, and what its report says was really tried."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from service.contract.document import Document
from tests.closed import closed
from tests.contracts import ROOT


@dataclass
class Run:
    """`succeeded`: operations that were answered with 2xx. `followed`: links that led to an item,
    which answered with 2xx, or with 412 to a made-up If-Match."""

    exit_code: int
    output: str
    succeeded: set[str] = field(default_factory=set)
    followed: set[str] = field(default_factory=set)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """How often each operation answered with which status."""

    @property
    def cases(self) -> int:
        return sum(each.total() for each in self.statuses.values())


PHASES = "examples,coverage,fuzzing,stateful"


def fuzz(
    document: Document,
    url: str,
    report: Path,
    examples: int,
    more: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Every check, every phase, the committed schemathesis.toml; every operation at `url`.

    Answers are held against the closed contract: nothing in them is undescribed.
    """
    contract = report.with_suffix(".contract.json")
    contract.write_bytes(orjson.dumps(closed(document).data))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--no-color", "--config-file", str(ROOT / "schemathesis.toml")),
        *("run", str(contract), "--url", url, "--max-examples", str(examples), "--checks", "all"),
        *("--phases", PHASES, "--mode", "all"),
        *more,
        *("--continue-on-failure", "--report-ndjson-path", str(report)),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=report.parent, env=environment, check=False
    )
    run = Run(done.returncode, done.stdout + done.stderr)
    for case, status in _cases(report):
        operation = f"{case['value']['method']} {case['value']['path']}"
        run.statuses[operation][status] += 1
        if 200 <= status < 300:
            run.succeeded.add(operation)
        if case.get("is_transition_applied") and (200 <= status < 300 or status == 412):
            run.followed.add(case["transition"]["id"])
    return run


def _cases(report: Path) -> Iterator[tuple[dict[str, Any], int]]:
    for line in report.read_text("utf-8").splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder") or {}
        interactions = recorder.get("interactions") or {}
        for id, case in (recorder.get("cases") or {}).items():
            response = interactions.get(id, {}).get("response")
            if response:
                yield case, response["status_code"]
