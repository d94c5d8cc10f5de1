"""Clients in Python: what generates them from a contract, and what walks an API with them.

Both run in `.venv/clients`, which holds the generators and nothing of this project.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.test_documentation import README, URL

BIN = Path(sys.prefix) / "clients" / "bin"
WALKS = Path(__file__).with_name("walks")

SHAPES: dict[str, dict[str, Any]] = {
    "todos": {
        "one": "todo",
        "many": "todos",
        "item": {"title": "Learn AWS", "description": "By doing", "completed": True},
        "filter": {"completed": True},
        "change": {"title": "Learn AWS - Updated"},
    },
    "customers": {
        "one": "customer",
        "many": "customers",
        "item": {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"},
        "filter": {"email": "ada@example.com"},
        "change": {"phone": "+1987654321"},
    },
}
"""What a walk creates, filters by and changes, by the name of the collection."""


def command_of_readme(runner: str, url: str) -> list[str]:
    """The words behind `uvx` or `npx` in the README, for an API at a URL."""
    (line,) = [each for each in README.splitlines() if each.startswith(f"{runner} ")]
    return line.replace(URL, url).split()[1:]


def openapi_python_client(contract: Path, folder: Path) -> Path:
    """The folder of the package `generated`."""
    run(BIN / "openapi-python-client", "generate", "--path", contract, "--meta", "none",
        "--output-path", folder / "generated")  # fmt: skip
    return folder


def datamodel_code_generator(contract: Path, folder: Path) -> Path:
    """The folder of the module `models`."""
    run(BIN / "datamodel-codegen", "--input", contract, "--input-file-type", "openapi",
        "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin",
        "--output", folder / "models.py")  # fmt: skip
    return folder


def walk(name: str, first: str, url: str, shape: dict[str, Any], path: Path) -> None:
    """Walk an API with a generated package in `path`; the error output tells what differed."""
    run(BIN / "python", WALKS / f"{name}.py", first, url, json.dumps(shape), path=path)


def run(*command: str | Path, path: Path | None = None, folder: Path | None = None) -> None:
    """Run a program that has to succeed. `path` is where Python finds modules."""
    paths = os.pathsep.join([str(BIN), os.environ["PATH"]])
    environment = {**os.environ, "PATH": paths, "PYTHONPATH": str(path or "")}
    done = subprocess.run(
        [str(each) for each in command], env=environment, cwd=folder, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
