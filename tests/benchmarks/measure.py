"""The measuring: one child process a variant, asked in turn, so that noise hits all alike."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from service.contract.document import read
from tests.benchmarks.cases import CASES, UNANSWERED
from tests.benchmarks.packaged import unpack
from tests.benchmarks.venvs import ROOT
from tests.certificates import authority
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
        samples = _warm(interpreters, environ, effort)
        # By now every module is compiled.
        return samples | _cold(interpreters, environ, effort.cold_rounds, Path(directory))


def _warm(interpreters: Mapping[str, Path], environ: Mapping[str, str], effort: Effort) -> Samples:
    samples: Samples = {}
    with ExitStack() as stack:
        children = {
            variant: stack.enter_context(
                _child(python, variant, {**environ, **stack.enter_context(_engine())})
            )
            for variant, python in interpreters.items()
        }
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
                        seconds = child.seconds(store, case.name, effort.calls[store])
                        taken[variant].append(seconds)
                # The first round warmed up.
                samples[store, case.name] = {name: taken[name][1:] for name in taken}
    return samples


def _cold(
    interpreters: Mapping[str, Path], environ: Mapping[str, str], rounds: int, directory: Path
) -> Samples:
    """Every variant as it is deployed: the service is its zip, unpacked, and sees nothing else.

    The engine speaks TLS, with a certificate of an authority that each variant finds beside those
    that botocore trusts, and reads with them.
    """
    made = authority(directory)
    taken: dict[str, list[float]] = {variant: [] for variant in interpreters}
    with ExitStack() as stack:
        runs: dict[str, Callable[[], float]] = {}
        for variant, python in interpreters.items():
            served = {**environ, **stack.enter_context(_engine(made.server))}
            if variant == "service":
                task = unpack(directory / "task")
                for bundle in task.glob("botocore/*.pem"):
                    bundle.write_bytes(bundle.read_bytes() + made.root.read_bytes())
                command = _command(python, "packaged", "-S")
                runs[variant] = partial(_printed, [*command, "--cold"], served, task)
            else:
                bundle = directory / f"{variant}.pem"
                bundle.write_bytes(_botocores(python).read_bytes() + made.root.read_bytes())
                served["AWS_CA_BUNDLE"] = str(bundle)
                command = _command(python, variant)
                runs[variant] = partial(_printed, [*command, "--cold"], served, ROOT)
        for _ in range(rounds):
            for variant, run in runs.items():
                taken[variant].append(run())
    return {COLD: taken}


def _printed(command: list[str], environ: Mapping[str, str], folder: Path) -> float:
    return float(subprocess.check_output(command, env=environ, cwd=folder))


def _botocores(python: Path) -> Path:
    """The bundle of the botocore that an interpreter of a venv has."""
    [bundle] = python.parents[1].glob("lib/python*/site-packages/botocore/cacert.pem")
    return bundle


@contextmanager
def _engine(certificate: Path | None = None) -> Iterator[dict[str, str]]:
    """An engine of its own for one variant: where it is, as the environment says it."""
    options = [str(certificate)] if certificate else []
    command = [sys.executable, "-m", "tests.benchmarks.engine", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout
        scheme = "https" if certificate else "http"
        try:
            port = process.stdout.readline().strip()
            yield {"AWS_ENDPOINT_URL": f"{scheme}://127.0.0.1:{port}"}
        finally:
            process.kill()


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
def _child(python: Path, variant: str, environ: Mapping[str, str]) -> Iterator[Child]:
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
    foreign = ("AWS_", "POWERTOOLS_", "PYTHON", "REQUESTS_CA_BUNDLE")
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
