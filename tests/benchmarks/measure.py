"""The measuring: one child process a variant, asked in turn, so that noise hits all alike."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from service.contract.document import read
from tests.benchmarks.cases import CASES, UNANSWERED
from tests.benchmarks.packaged import unpack
from tests.benchmarks.venvs import ROOT
from tests.contracts import TODOS

Row = tuple[str, str]
"""What the store is (`stubbed`, `whole`) or `cold`, and the case."""

Samples = dict[Row, dict[str, list[float]]]
"""CPU seconds a request, by row and variant, one a round."""

COLD: Row = ("cold", "first create")


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured."""

    rounds: int
    cold_rounds: int
    calls: Mapping[str, int]
    """Calls of one batch, by store."""


QUICK = Effort(rounds=1, cold_rounds=1, calls={"stubbed": 2, "whole": 2})
"""Enough to see that everything runs and answers rightly, too little to judge."""


def measure(interpreters: Mapping[str, Path], effort: Effort) -> Samples:
    """Samples of every variant that an interpreter is given for."""
    with TemporaryDirectory() as directory:
        environ = _environ(Path(directory))
        with ExitStack() as stack:
            children = {
                variant: stack.enter_context(_child(python, variant, environ))
                for variant, python in interpreters.items()
            }
            warm = _warm(children, effort)
        # By now every module is compiled.
        return warm | _cold(interpreters, environ, effort.cold_rounds, Path(directory))


def _warm(children: "Mapping[str, Child]", effort: Effort) -> Samples:
    samples: Samples = {}
    for store, cases in CASES.items():
        for case in cases:
            able = {
                variant: child
                for variant, child in children.items()
                if (variant, store, case.name) not in UNANSWERED
            }
            taken: dict[str, list[float]] = {variant: [] for variant in able}
            for _ in range(effort.rounds + 1):
                for variant, child in able.items():
                    taken[variant].append(child.seconds(store, case.name, effort.calls[store]))
            # The first round warmed up.
            samples[store, case.name] = {name: taken[name][1:] for name in taken}
    return samples


def _cold(
    interpreters: Mapping[str, Path], environ: dict[str, str], rounds: int, directory: Path
) -> Samples:
    """Every variant as it is deployed: the service is its zip, unpacked, and sees nothing else."""
    commands = {variant: _command(python, variant) for variant, python in interpreters.items()}
    folders = dict.fromkeys(interpreters, ROOT)
    if "service" in interpreters:
        folders["service"] = unpack(directory / "task")
        commands["service"] = _command(interpreters["service"], "packaged", "-S")
    taken: dict[str, list[float]] = {variant: [] for variant in interpreters}
    for _ in range(rounds):
        for variant, command in commands.items():
            printed = subprocess.check_output(
                [*command, "--cold"], env=environ, cwd=folders[variant]
            )
            taken[variant].append(float(printed))
    return {COLD: taken}


class Child:
    """A process that serves one variant."""

    def __init__(self, variant: str, process: subprocess.Popen[str]) -> None:
        self._variant = variant
        self._process = process

    def seconds(self, store: str, case: str, calls: int) -> float:
        """CPU seconds a call. Raises RuntimeError if the child died; it has said why by then."""
        assert self._process.stdin
        assert self._process.stdout
        question = {"store": store, "case": case, "calls": calls}
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The variant {self._variant} failed at {store} {case}.")
        return float(answer)


@contextmanager
def _child(python: Path, variant: str, environ: dict[str, str]) -> Iterator[Child]:
    with subprocess.Popen(
        _command(python, variant),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        cwd=ROOT,
        text=True,
    ) as process:
        yield Child(variant, process)


def _command(python: Path, variant: str, *options: str) -> list[str]:
    return [str(python), *options, "-W", "ignore", "-m", "tests.benchmarks.child", variant]


def _environ(directory: Path) -> dict[str, str]:
    """An environment as Lambda has it, with the contract as JSON, which it has as well."""
    contract = directory / "openapi.json"
    contract.write_text(json.dumps(read(TODOS).data))
    foreign = ("AWS_", "POWERTOOLS_", "PYTHON")
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith(foreign)},
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_SESSION_TOKEN": "example" * 100,  # about as long as a role's
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CONTRACT": str(contract),
        "STORE": "dynamodb:TodoItems",
    }
