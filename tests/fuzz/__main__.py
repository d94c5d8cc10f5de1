"""`make contract`: Schemathesis against the contracts served on this machine, or against an API.

For each a report in `dist/contract`: how each operation answered, and what failed.
"""

import argparse
import json
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from service.contract.document import Document
from tests.contracts import CUSTOMERS, ROOT, SHIPPED
from tests.fuzz.run import PHASES, Run, fuzz
from tests.servers import serve

REPORTS = ROOT / "dist" / "contract"


def main(arguments: list[str]) -> int:
    """The exit code: 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="make contract", description=__doc__)
    parser.add_argument("url", nargs="?", help="of an API that serves its contract itself")
    parser.add_argument("--examples", type=int, default=100, help="of each phase [100]")
    options = parser.parse_args(arguments)
    REPORTS.mkdir(parents=True, exist_ok=True)
    failed = False
    for name, url, run in _runs(options.url, options.examples):
        report = REPORTS / f"{name}.md"
        report.write_text(told(url, run), "utf-8")
        print(f"{report.relative_to(ROOT)}: {_sum(run)}")  # noqa: T201
        failed |= run.exit_code != 0
    return int(failed)


def _runs(url: str | None, examples: int) -> Iterator[tuple[str, str, Run]]:
    if url is not None:
        yield "api", url, _run(url.rstrip("/"), "api", examples)
        return
    for contract in (SHIPPED, CUSTOMERS):
        with (
            TemporaryDirectory() as folder,
            serve(contract, f"sqlite:///{folder}/items.db") as server,
        ):
            run = _run(server.url, contract.stem, examples)
            yield contract.stem, f"`{contract.relative_to(ROOT)}`, served on this machine", run


def _run(url: str, name: str, examples: int) -> Run:
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=30) as answer:
        document = Document(json.load(answer))
    return fuzz(document, url, (REPORTS / f"{name}.ndjson").absolute(), examples)


def told(api: str, run: Run) -> str:
    """A report in Markdown."""
    phases = PHASES.replace(",", ", ")
    lines = [f"# Schemathesis: {api}", "", f"{_sum(run)} Phases: {phases}.", ""]
    lines += ["| operation | requests | answers |", "| --- | --- | --- |"]
    for operation, statuses in sorted(run.statuses.items()):
        answers = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
        lines.append(f"| {operation} | {statuses.total()} | {answers} |")
    lines += ["", "Links that led on:", "", *(f"- {each}" for each in sorted(run.followed))]
    if run.exit_code:
        lines += ["", "## What was found", "", "```", run.output.strip(), "```"]
    return "\n".join(lines) + "\n"


def _sum(run: Run) -> str:
    found = "nothing was found" if run.exit_code == 0 else "there is something to mend"
    total: Counter[int] = sum(run.statuses.values(), Counter())
    return f"{total.total()} requests, {found}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
